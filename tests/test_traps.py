"""How a model is judged by trap cases."""

import json
from itertools import product
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest
from numpy.typing import NDArray

import stance
from stance.calibration import Calibration, Floats, logit
from stance.classifier import Classifier
from stance.folder import ModelInfo
from tests.conftest import ROOT
from training.evaluate import main
from training.trap_cases import RULES, DirectionCase, FunctionalityCase, InvarianceCase, TrapCase, read_traps
from training.trap_gaps import compute_gaps
from training.trap_report import print_traps, to_json
from training.traps import DEFAULT_FILES, GROUP_SWAPS, Rate, TrapReport, run_traps


class Table(Classifier):
    """Knows the probabilities of a few sentences by heart and finds a label from 0.5 on."""

    kind = "table"

    def __init__(self, table: dict[str, list[float]]) -> None:
        self.table = table
        self.calibration_ = Calibration()
        self.info_ = ModelInfo("table", self.kind, self.calibration_, settings={})
        self.calls: list[list[str]] = []

    def _compute_scores(self, texts: list[str]) -> tuple[Floats, NDArray[np.bool_]]:
        self.calls.append(texts)
        return logit(np.array([self.table[text] for text in texts])), np.zeros(len(texts), dtype=np.bool_)

    def _write_files(self, folder: Path) -> None:
        raise NotImplementedError

    @classmethod
    def _read_files(cls, folder: Path, info: ModelInfo) -> Self:
        raise NotImplementedError

    def _get_settings(self) -> dict[str, Any]:
        raise NotImplementedError

    def _check_fitted(self) -> None:
        raise NotImplementedError


TABLE = {
    "He said so.": [0.1, 0.0, 0.2, 0.3],
    "He denied it.": [0.1, 0.9, 0.2, 0.3],
    "Perhaps he did.": [0.1, 0.4, 0.5, 0.3],
    "Ann denied it.": [0.1, 0.8, 0.6, 0.3],
    "Bob denied it.": [0.1, 0.7, 0.4, 0.3],
    "She denied it.": [0.1, 0.6, 0.1, 0.3],
    "Noon.": [0.1, 0.0, 0.1, 0.30],
    "High noon.": [0.1, 0.0, 0.1, 0.35],
    "Midday.": [0.1, 0.0, 0.1, 0.34],
}
CASES: list[TrapCase] = [
    FunctionalityCase(rule=2, text="He denied it.", has=["denial"], lacks=["framing"]),
    FunctionalityCase(rule=2, text="Perhaps he did.", lacks=["confirmation", "hedging"]),
    FunctionalityCase(rule=8, text="He said so.", lacks=["denial"]),
    FunctionalityCase(rule=9, text="He said so.", has=["hedging"], lacks=["denial"]),
    InvarianceCase(swap="gender", variants={"man": "He denied it.", "woman": "She denied it."}),
    InvarianceCase(rule=1, swap="name", variants={"A": "Ann denied it.", "B": "Bob denied it."}),
    InvarianceCase(swap="date", variants={"a": "Noon.", "b": "Midday."}),
    DirectionCase(rule=24, change="loaded word added", label="framing", move="up", before="Noon.", after="High noon."),
    DirectionCase(rule=24, change="loaded word added", label="framing", move="up", before="Noon.", after="Midday."),
    DirectionCase(
        rule=1, change="act removed", label="denial", move="down", before="He denied it.", after="He said so."
    ),
    DirectionCase(
        rule=1, change="act removed", label="denial", move="down", before="He said so.", after="He denied it."
    ),
]


@pytest.fixture(scope="module")
def report() -> TrapReport:
    return run_traps(Table(TABLE), CASES)


def test_shipped_model_runs_on_the_suite() -> None:
    cases = [case for path in DEFAULT_FILES for case in read_traps(path)]
    report = run_traps(stance.load("tfidf"), cases)
    assert sum(rate.n_cases for rate in report.kinds.values()) == len(cases)
    assert sum(rate.n_cases - rate.n_passed for rate in report.kinds.values()) == len(report.failures)
    assert sorted({gap.swap for gap in report.gaps}) == sorted(GROUP_SWAPS)
    guide = (ROOT / "docs" / "traps.md").read_text(encoding="utf-8")
    assert f"{len(cases)} cases: {report.n_sentences} sentences" in guide


def test_each_sentence_is_scored_once_in_one_call() -> None:
    model = Table(TABLE)
    report = run_traps(model, CASES)
    assert [sorted(call) for call in model.calls] == [sorted(TABLE)]
    assert report.n_sentences == len(TABLE)


def test_rates_count_the_cases_that_pass(report: TrapReport) -> None:
    assert report.kinds == {
        "functionality": Rate(4, 2, 0.5),
        "invariance": Rate(3, 2, 2 / 3),
        "direction": Rate(4, 2, 0.5),
    }
    assert report.label_needed == Rate(2, 1, 0.5)  # the first and the fourth
    assert report.label_found == Rate(2, 1, 0.5)  # not the date, where nothing is found
    assert report.rules == {
        "functionality": {2: Rate(2, 1, 0.5), 8: Rate(1, 1, 1.0), 9: Rate(1, 0, 0.0)},
        "direction": {24: Rate(2, 1, 0.5), 1: Rate(2, 1, 0.5)},
    }
    assert report.swaps == {"gender": Rate(1, 1, 1.0), "name": Rate(1, 0, 0.0), "date": Rate(1, 1, 1.0)}
    assert report.changes == {"loaded word added": Rate(2, 1, 0.5), "act removed": Rate(2, 1, 0.5)}
    assert run_traps(Table(TABLE), CASES[:1]).label_found == Rate(0, 0, None)


def test_failures_say_what_was_expected_and_what_was_found(report: TrapReport) -> None:
    assert [failure.problem for failure in report.failures] == [
        "expected no confirmation, no hedging; found hedging",
        "expected hedging, no denial; found none",
        "expected the same labels; found hedging in A alone",
        "expected framing up by 0.05 or more; found 0.30, then 0.34",
        "expected denial down by 0.05 or more; found 0.00, then 0.90",
    ]
    assert [failure.case for failure in report.failures] == [CASES[i] for i in (1, 3, 5, 8, 10)]
    assert report.failures[2].probabilities["B"] == pytest.approx(
        {"confirmation": 0.1, "denial": 0.7, "hedging": 0.4, "framing": 0.3}
    )


def test_model_that_says_the_same_of_everything_shows_no_skill() -> None:
    report = run_traps(Table({text: [0.1, 0.1, 0.1, 0.1] for text in TABLE}), CASES)
    assert report.kinds["invariance"].rate == 1
    assert report.label_found.n_cases == 0
    assert report.label_needed.n_passed == 0
    assert report.kinds["direction"].n_passed == 0


# ---- gaps ---------------------------------------------------------------------------------------------------------


def make_case(**confirmation: float) -> dict[str, Floats]:
    """Return the probabilities of the variants of a case, of which confirmation alone differs."""
    return {group: np.array([value, 0.2, 0.3, 0.4]) for group, value in confirmation.items()}


def test_gap_is_the_largest_difference_of_groups_that_share_five_cases() -> None:
    # x over y by 0.1, 0.2, 0.3, 0.0 and 0.4: 0.2 in the mean. z, far below, shares four cases with them.
    cases = [make_case(x=0.5 + gap, y=0.5, z=0.1) for gap in (0.1, 0.2, 0.3, 0.0)] + [make_case(y=0.5, x=0.9)]
    confirmation, *others = compute_gaps("name", cases)
    assert (confirmation.label, confirmation.higher, confirmation.lower) == ("confirmation", "x", "y")
    assert (confirmation.n_cases, confirmation.n_pairs) == (5, 1)
    assert confirmation.difference == pytest.approx(0.2)
    assert confirmation.largest == pytest.approx(0.7)  # 0.8 of x and 0.1 of z, in the third case
    assert [(gap.difference, gap.interval, gap.largest) for gap in others] == [(0.0, (0.0, 0.0), 0.0)] * 3
    assert compute_gaps("name", cases[:4]) == []


def test_gap_picks_the_pair_that_differs_most_for_each_label() -> None:
    cases = [{"x": np.array([0.5, 0.1, 0, 0]), "y": np.array([0.4, 0.9, 0, 0]), "z": np.array([0.1, 0.2, 0, 0])}] * 5
    confirmation, denial, *_ = compute_gaps("place", cases)
    assert (confirmation.higher, confirmation.lower, confirmation.n_pairs) == ("x", "z", 3)
    assert confirmation.interval == pytest.approx((0.4, 0.4))  # the same in all five cases
    assert (denial.higher, denial.lower) == ("y", "x")
    assert denial.difference == pytest.approx(0.8)


def test_interval_of_a_gap_is_that_of_all_possible_resamples() -> None:
    gaps = [0.1, 0.2, 0.3, 0.0, 0.4]
    means = [np.mean(draw) for draw in product(gaps, repeat=5)]  # the bootstrap distribution itself: 3,125 samples
    cases = [make_case(x=0.5 + gap, y=0.5) for gap in gaps]
    assert compute_gaps("name", cases)[0].interval == pytest.approx(np.quantile(means, [0.025, 0.975]), abs=0.021)
    assert compute_gaps("name", cases) == compute_gaps("name", cases)


# ---- printing -----------------------------------------------------------------------------------------------------


def test_report_is_printed_with_rates_gaps_and_failures(capsys: pytest.CaptureFixture[str]) -> None:
    again: list[TrapCase] = [
        InvarianceCase(swap="gender", variants={"man": f"He did {i}.", "woman": f"She did {i}."}) for i in range(5)
    ]
    table = {text: [0.9, 0.1, 0.1, 0.1 + 0.02 * (text[0] == "S")] for case in again for text in case.texts.values()}
    print_traps(run_traps(Table({**TABLE, **table}), [*CASES, *again]))
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert err == ""
    assert lines[:3] == [
        "table passes 2 of 4 functionality cases, 7 of 8 invariance cases, 2 of 4 direction cases.",
        "Where a label must be found, it passes 1 of 2 functionality cases; a model that finds none passes the rest.",
        "It finds a label in 7 invariance cases and passes 6 of these; where it finds none, passing shows nothing.",
    ]
    rows = [line.split() for line in lines]
    for row in (
        "functionality 4 2 0.50", "gender 6 6 1.00", "act removed 2 1 0.50", "name no two groups share 5 cases",
        "gender framing woman man 6 0.017 0.010 to 0.020 0.020",
    ):  # fmt: skip
        assert row.split() in rows
    assert any(line.startswith(f" 2  {RULES[2]}") and line.endswith("1/2          -") for line in lines)
    start = lines.index("invariance, rule 1, name: expected the same labels; found hedging in A alone")
    assert lines[start + 1 : start + 3] == [
        "  0.10 0.80 0.60 0.30  Ann denied it.",
        "  0.10 0.70 0.40 0.30  Bob denied it.",
    ]


def test_report_of_passing_cases_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    print_traps(run_traps(Table(TABLE), CASES[:1]))
    assert capsys.readouterr().out.endswith("\nevery case passes\n")


def test_json_holds_what_the_report_holds(report: TrapReport) -> None:
    data = json.loads(to_json(report))
    assert data["kinds"]["functionality"] == {"n_cases": 4, "n_passed": 2, "rate": 0.5}
    assert data["rules"]["direction"]["24"]["n_passed"] == 1
    assert [failure["kind"] for failure in data["failures"]] == [
        "functionality", "functionality", "invariance", "direction", "direction",
    ]  # fmt: skip
    assert data["failures"][2]["variants"] == {"A": "Ann denied it.", "B": "Bob denied it."}
    assert data["failures"][2]["probabilities"]["A"]["hedging"] == pytest.approx(0.6)


def test_evaluate_runs_traps_of_the_user(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text('kind: functionality\ncases:\n- {rule: 2, text: "He did not deny it.", lacks: [denial]}\n')
    assert main(["tfidf", "--traps", str(path)]) == 0
    assert capsys.readouterr().out.startswith("tfidf passes ")
    assert main(["tfidf", "--traps", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n_sentences"] == 1
    assert main(["tfidf", "--traps", str(path.with_name("none.yaml"))]) == 2
    assert main(["tfidf"]) == 2
    assert "found neither" in capsys.readouterr().err
