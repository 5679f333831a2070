"""What a model makes of trap cases: how many it passes, where it fails, and whether it treats groups alike."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from stance.calibration import Floats
from stance.classifier import Classifier
from stance.labels import LABELS, NONE
from training.trap_cases import DirectionCase, FunctionalityCase, InvarianceCase, TrapCase
from training.trap_gaps import Gap, compute_gaps

_FOLDER = Path(__file__).parent.parent / "tests" / "traps"
DEFAULT_FILES = tuple(_FOLDER / f"{kind}.yaml" for kind in ("functionality", "invariance", "direction"))
# Any change of wording moves a probability a little. Without a margin, a model that does not see what was changed would
# pass half of the direction cases.
MARGIN = 0.05
GROUP_SWAPS = ("name", "place", "gender", "party", "outlet")  # whose variants name groups, the same in many cases

Decisions = NDArray[np.bool_]
_Case = TypeVar("_Case", FunctionalityCase, InvarianceCase, DirectionCase)
_Key = TypeVar("_Key")


@dataclass(frozen=True)
class Rate:
    """How many cases pass.

    Attributes:
        n_cases: how many there are.
        n_passed: how many pass.
        rate: their share, 0 to 1; None where there is no case.
    """

    n_cases: int
    n_passed: int
    rate: float | None


@dataclass(frozen=True)
class Failure:
    """A case that does not pass.

    Attributes:
        case: the case.
        problem: what was expected and what was found.
        probabilities: for each of the case's texts, by name, the probability of each label.
    """

    case: TrapCase
    problem: str
    probabilities: dict[str, dict[str, float]]


@dataclass(frozen=True)
class TrapReport:
    """What a model makes of trap cases.

    Attributes:
        model: its name.
        n_sentences: distinct sentences that were scored.
        kinds: cases that pass, by kind.
        label_needed: the functionality cases with a label that must be found; a model that finds none passes the rest.
        label_found: the invariance cases in which some label is found; the rest pass whatever they say.
        rules: by kind (functionality, direction) and rule.
        swaps: invariance, by what is exchanged.
        changes: direction, by what is changed.
        gaps: between groups, for each swap of `GROUP_SWAPS` that has cases enough, label by label.
        failures: every case that does not pass, in the order of the cases.
    """

    model: str
    n_sentences: int
    kinds: dict[str, Rate]
    label_needed: Rate
    label_found: Rate
    rules: dict[str, dict[int, Rate]]
    swaps: dict[str, Rate]
    changes: dict[str, Rate]
    gaps: list[Gap]
    failures: list[Failure]


@dataclass(frozen=True)
class _Outcome(Generic[_Case]):
    case: _Case
    proba: Floats  # (n_texts, 4)
    found: Decisions  # same shape
    problem: str | None


def run_traps(model: Classifier, cases: Sequence[TrapCase]) -> TrapReport:
    """Score the sentences of trap cases, each distinct one once, and judge every case by its kind.

    Args:
        model: any classifier.
        cases: of any kinds, from `read_traps`.
    """
    texts = list(dict.fromkeys(text for case in cases for text in case.texts.values()))
    proba = dict(zip(texts, model.predict_proba(texts), strict=True))
    thresholds = model.calibration_.thresholds
    functionality = _judge(
        (case for case in cases if isinstance(case, FunctionalityCase)), proba, thresholds, _find_wrong_labels
    )
    invariance = _judge(
        (case for case in cases if isinstance(case, InvarianceCase)), proba, thresholds, _find_differences
    )
    direction = _judge(
        (case for case in cases if isinstance(case, DirectionCase)), proba, thresholds, _find_lack_of_movement
    )
    return TrapReport(
        model=model.info_.name,
        n_sentences=len(texts),
        kinds={"functionality": _rate(functionality), "invariance": _rate(invariance), "direction": _rate(direction)},
        label_needed=_rate(outcome for outcome in functionality if outcome.case.has),
        label_found=_rate(outcome for outcome in invariance if outcome.found.any()),
        rules={
            "functionality": _rate_by(functionality, lambda case: case.rule),
            "direction": _rate_by(direction, lambda case: case.rule),
        },
        swaps=_rate_by(invariance, lambda case: case.swap),
        changes=_rate_by(direction, lambda case: case.change),
        gaps=_compute_gaps(invariance),
        failures=[*_list_failures(functionality), *_list_failures(invariance), *_list_failures(direction)],
    )


def _judge(
    cases: Iterable[_Case],
    proba: Mapping[str, Floats],
    thresholds: Floats,
    find_problem: Callable[[_Case, Floats, Decisions], str | None],
) -> list[_Outcome[_Case]]:
    outcomes = []
    for case in cases:
        rows = np.stack([proba[text] for text in case.texts.values()])
        found = rows >= thresholds
        outcomes.append(_Outcome(case, rows, found, find_problem(case, rows, found)))
    return outcomes


def _find_wrong_labels(case: FunctionalityCase, _proba: Floats, found: Decisions) -> str | None:
    names = [label for label, on in zip(LABELS, found[0], strict=True) if on]
    if set(case.has) <= set(names) and not set(names) & set(case.lacks):
        return None
    expected = ", ".join([*case.has, *(f"no {label}" for label in case.lacks)])
    return f"expected {expected}; found {', '.join(names) or NONE}"


def _find_differences(case: InvarianceCase, _proba: Floats, found: Decisions) -> str | None:
    parts = [
        f"{label} in {', '.join(group for group, on in zip(case.variants, column, strict=True) if on)} alone"
        for label, column in zip(LABELS, found.T, strict=True)
        if column.any() and not column.all()
    ]
    return f"expected the same labels; found {'; '.join(parts)}" if parts else None


def _find_lack_of_movement(case: DirectionCase, proba: Floats, _found: Decisions) -> str | None:
    before, after = proba[:, LABELS.index(case.label)]
    if (after - before) * (1 if case.move == "up" else -1) >= MARGIN - 1e-9:  # a move from 0.30 to 0.35 is enough
        return None
    return f"expected {case.label} {case.move} by {MARGIN} or more; found {before:.2f}, then {after:.2f}"


def _rate(outcomes: Iterable[_Outcome[_Case]]) -> Rate:
    passed = [outcome.problem is None for outcome in outcomes]
    return Rate(len(passed), sum(passed), sum(passed) / len(passed) if passed else None)


def _rate_by(outcomes: Sequence[_Outcome[_Case]], key: Callable[[_Case], _Key]) -> dict[_Key, Rate]:
    """Return the rate for each value of a key, in the order in which the values come."""
    values = dict.fromkeys(key(outcome.case) for outcome in outcomes)
    return {value: _rate(outcome for outcome in outcomes if key(outcome.case) == value) for value in values}


def _list_failures(outcomes: Iterable[_Outcome[_Case]]) -> list[Failure]:
    return [
        Failure(
            case=outcome.case,
            problem=outcome.problem,
            probabilities={
                name: dict(zip(LABELS, row.tolist(), strict=True))
                for name, row in zip(outcome.case.texts, outcome.proba, strict=True)
            },
        )
        for outcome in outcomes
        if outcome.problem is not None
    ]


def _compute_gaps(outcomes: Sequence[_Outcome[InvarianceCase]]) -> list[Gap]:
    gaps = []
    for swap in GROUP_SWAPS:
        own = [outcome for outcome in outcomes if outcome.case.swap == swap]
        gaps += compute_gaps(swap, [dict(zip(o.case.variants, o.proba, strict=True)) for o in own])
    return gaps
