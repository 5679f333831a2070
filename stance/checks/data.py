"""Labelled files → a report: figures that describe them, and the outcome of every check."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from stance.checks import soundness, wording
from stance.checks.outcome import CHECKS, WORDING, Check, Row, find_words
from stance.errors import InputError
from stance.examples import fold, is_missing, scan_examples
from stance.labels import LABELS, NONE

_LENGTH_BIN, _LAST_BIN = 5, 100
_MAX_VALUES = 80  # a column with more values is no category
_NOT_CATEGORIES = ("contrast_set", "split")


@dataclass(frozen=True)
class DataReport:
    """What labelled files hold, and whether it is sound.

    Attributes:
        files: their paths.
        n_sentences: labelled sentences that could be read.
        n_problems: problems of rows that could not, and were left out.
        n_groups: documents; None where no sentence names one.
        n_contrast_sets: contrast sets.
        parts: number of sentences on each side of a split.
        labels: number of sentences that carry each label, and none.
        primary: number of sentences of each primary label, where noted.
        n_labels: number of sentences with 0, 1, … labels.
        together: for each two labels the number of sentences that carry both; on the diagonal those of one label.
        lengths: number of sentences for each length in words, in bins of five named by their first; the
            bin of 100 is open.
        columns: for every other column with few values the number of sentences of each value.
        checks: one outcome for each of `CHECKS` that was not left out.
    """

    files: list[str]
    n_sentences: int
    n_problems: int
    n_groups: int | None
    n_contrast_sets: int
    parts: dict[str, int]
    labels: dict[str, int]
    primary: dict[str, int]
    n_labels: dict[int, int]
    together: dict[str, dict[str, int]]
    lengths: dict[int, int]
    columns: dict[str, dict[str, int]]
    checks: list[Check]

    @property
    def passed(self) -> bool:
        """Whether no check failed."""
        return all(check.status != "failed" for check in self.checks)


def check_files(paths: Sequence[str | Path], *, leave_out: Collection[str] = ()) -> DataReport:
    """Check labelled files.

    Several files are taken for the sides of a split, unless their rows have a column `split`. Rows that are no
    labelled sentences fail the check "schema" and are left out of the others.

    Args:
        paths: JSON Lines, CSV, Parquet or exports of Label Studio.
        leave_out: names of checks not to run; "wording" stands for all of `WORDING`.

    Raises:
        InputError: a file cannot be read, no row of it is a labelled sentence, or a check has another name.
        MissingExtraError: a Parquet file, and pyarrow is not installed.
    """
    leave_out = _name_checks(leave_out)
    rows: list[Row] = []
    problems: list[str] = []
    for path in paths:
        examples, found = scan_examples(path)
        if not examples:
            raise InputError(found[0] if found else f"{path}: expected labelled sentences, found none")
        problems += found
        has_parts = any(not is_missing(example.extra.get("split")) for _, example in examples)
        for place, example in examples:
            name = place if example.id is None else f"{path}: {example.id}" if len(paths) > 1 else example.id
            part = str(example.extra.get("split") or "no split") if has_parts else str(path)
            rows.append(Row(example, part, name, find_words(example.text)))
    checks = [check for check in _run_checks(rows, problems, leave_out) if check.name not in leave_out]
    return _describe([str(path) for path in paths], rows, len(problems), checks)


def _name_checks(names: Collection[str]) -> set[str]:
    named = {check for name in names for check in (WORDING if name == "wording" else [name])}
    for name in sorted(named - set(CHECKS)):
        near = get_close_matches(name, CHECKS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(CHECKS)}, or wording"
        raise InputError(f"unknown check {name!r}; {hint}")
    return named


def _run_checks(rows: Sequence[Row], problems: Sequence[str], leave_out: Collection[str]) -> Iterator[Check]:
    same: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        same[fold(row.example.text)].append(row)
    copies = list(same.values())
    yield soundness.check_schema(rows, problems)
    yield soundness.check_long_texts(rows)
    yield soundness.check_labels(rows)
    yield soundness.check_duplicates(copies)
    pairs = soundness.find_near_duplicates(copies) if {"near-duplicates", "leakage"} - set(leave_out) else []
    yield soundness.check_near_duplicates(pairs, len(rows))
    yield soundness.check_leakage(rows, copies, pairs)
    yield soundness.check_contrast_sets(rows)
    yield wording.check_phrases(rows)
    yield wording.check_openings(rows)
    yield wording.check_lengths(rows)
    if "word-list" not in leave_out:
        yield wording.check_word_list(rows)
    yield wording.check_cues(rows)


def _describe(files: list[str], rows: Sequence[Row], n_problems: int, checks: list[Check]) -> DataReport:
    labels = [row.example.labels for row in rows]
    lengths = Counter(min(len(row.example.text.split()) // _LENGTH_BIN * _LENGTH_BIN, _LAST_BIN) for row in rows)
    primary = Counter(row.example.primary for row in rows if row.example.primary is not None)
    return DataReport(
        files=files,
        n_sentences=len(rows),
        n_problems=n_problems,
        n_groups=len({row.group for row in rows}) if any(row.example.group is not None for row in rows) else None,
        n_contrast_sets=len({row.contrast_set for row in rows} - {None}),
        parts=_count(row.part for row in rows),
        labels={
            **{label: sum(label in found for found in labels) for label in LABELS},
            NONE: sum(not found for found in labels),
        },
        primary={label: primary[label] for label in (*LABELS, NONE)} if primary else {},
        n_labels=dict(sorted(Counter(len(found) for found in labels).items())),
        together={a: {b: sum(a in found and b in found for found in labels) for b in LABELS} for a in LABELS},
        lengths={start: lengths[start] for start in range(0, max(lengths) + 1, _LENGTH_BIN)},
        columns=_count_columns(rows),
        checks=checks,
    )


def _count_columns(rows: Sequence[Row]) -> dict[str, dict[str, int]]:
    """Count the values of the columns that sort sentences into a few kinds."""
    values: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        for key, value in row.example.extra.items():
            if key not in _NOT_CATEGORIES and not is_missing(value):
                values[key] += map(str, value) if isinstance(value, list) else [str(value)]
    counts = {key: _count(found) for key, found in values.items()}
    return {key: found for key, found in counts.items() if len(found) <= min(_MAX_VALUES, len(rows) // 2)}


def _count(values: Any) -> dict[str, int]:
    return dict(sorted(Counter(values).items(), key=lambda item: (-item[1], item[0])))
