"""Where a model is good and where it is not: figures of parts of a data set."""

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.bootstrap import bootstrap
from stance.calibration import Floats
from stance.comparison import compute_f1, count_by_document
from stance.errors import InputError, join_problems
from stance.examples import Example, is_missing, to_rows
from stance.labels import LABELS

MIN_SENTENCES = 30
SOURCE = "source"  # a column by which every report slices where there is one

_LENGTHS = {"1-9": 9, "10-19": 19, "20-29": 29}  # words at most
_VALUES = {
    "length": (*_LENGTHS, "30+"),
    "quotation": ("yes", "no"),
    "headline": ("yes", "no"),
    "question": ("yes", "no"),
}
# Single marks count where no letter stands outside them, so that an apostrophe is none.
_QUOTATION = re.compile(r"“[^”]+”|\"[^\"]+\"|«[^»]+»|(?<!\w)['‘](?=\w).+?['’](?!\w)")
_CLOSING = " \t\n\"'”’»)]}"


def describe_form(text: str) -> dict[str, str]:
    """Return which slice a sentence belongs to by its form.

    Returns:
        `length` in words, as "1-9", "10-19", "20-29" or "30+"; and as "yes" or "no" `quotation` (it holds a pair of
        quotation marks), `headline` (it ends without punctuation) and `question` (it ends with a question mark), the
        latter two without regard to closing quotation marks and brackets.

    >>> describe_form("“Who knew?” she asked.")
    {'length': '1-9', 'quotation': 'yes', 'headline': 'no', 'question': 'no'}
    """
    n_words = len(text.split())
    end = text.rstrip(_CLOSING)[-1:]
    answers = {
        "quotation": bool(_QUOTATION.search(text)),
        "headline": end not in {*".!?…:;,-–—"},
        "question": end == "?",
    }
    length = next((name for name, most in _LENGTHS.items() if n_words <= most), "30+")
    return {"length": length, **{name: "yes" if holds else "no" for name, holds in answers.items()}}


def check_columns(examples: dict[str, list[Example]], columns: Sequence[str]) -> None:
    """Refuse columns to slice by that a file does not have, or that bear the name of a slice by form.

    Args:
        examples: labelled sentences by file.
        columns: what the user named.

    Raises:
        InputError: so it is.
    """
    problems = [
        f"--slice {column}: every report slices by {column} as it is; give a column of your own another name"
        for column in columns
        if column in _VALUES
    ]
    for path, rows in examples.items():
        found = list(dict.fromkeys(key for row in to_rows(rows) for key in row))
        problems += [
            f"{path}: no column {column!r} to slice by, found {', '.join(map(repr, found))}"
            for column in columns
            if column not in (*found, *_VALUES)
        ]
    if problems:
        raise InputError(join_problems(problems))


def compute_slices(
    examples: Sequence[Example],
    y_true: NDArray[np.int64],
    y_pred: NDArray[np.int64],
    columns: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """Compute F1 of parts of a data set.

    Args:
        examples: labelled sentences.
        y_true: 0 or 1, shape (n_sentences, 4).
        y_pred: decisions, same shape.
        columns: slice by the values of these columns too; by `source` it is done wherever that column is filled.

    Returns:
        For each slice `slice` and `value`, such as length and 1-9, `n_sentences`, `n_documents`, `too_small`, and by
        label in `labels` its `support` and `f1`; further `macro_f1`, the mean over the labels that occur in the slice,
        and its `interval`. F1 is None for a label that does not occur, and in a slice of fewer than 30 sentences, which
        allow no conclusion; the interval also where there is one document alone.
    """
    slices = []
    for name, values in _sort_into_slices(examples, columns).items():
        for value, rows in values.items():
            groups = [examples[row].group for row in rows]
            counts = count_by_document(y_true[rows], [y_pred[rows]], groups)[:, 0]
            figures = _compute_figures(counts, too_small=len(rows) < MIN_SENTENCES)
            slices.append({"slice": name, "value": value, "n_sentences": len(rows), **figures})
    return slices


def _sort_into_slices(examples: Sequence[Example], columns: Sequence[str]) -> dict[str, dict[str, list[int]]]:
    """Return the rows of each slice: those by form in a fixed order, those by column by falling size."""
    slices: dict[str, dict[str, list[int]]] = {name: {v: [] for v in values} for name, values in _VALUES.items()}
    for row, example in enumerate(examples):
        for name, value in describe_form(example.text).items():
            slices[name][value].append(row)
    if any(not is_missing(example.extra.get(SOURCE)) for example in examples):
        columns = [SOURCE, *columns]
    cells_of = to_rows(examples)
    for column in dict.fromkeys(columns):
        found: dict[str, list[int]] = defaultdict(list)
        for row, cells in enumerate(cells_of):
            found["" if is_missing(cells.get(column)) else str(cells[column])].append(row)
        slices[column] = dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0])))
    return {name: {value: rows for value, rows in values.items() if rows} for name, values in slices.items()}


def _compute_figures(counts: Floats, *, too_small: bool) -> dict[str, Any]:
    """Compute the figures of a slice of its counts by document, shape (n_documents, 4, 3)."""
    totals = counts.sum(axis=0)
    support = totals[:, 0] + totals[:, 2]
    shown = (support > 0) & (not too_small)
    f1 = compute_f1(totals)
    macro = interval = None
    if shown.any():
        macro = float(f1[shown].mean())
        interval = bootstrap(
            lambda drawn: float(compute_f1(np.tensordot(drawn, counts, 1))[shown].mean()), np.arange(len(counts))
        )
    return {
        "n_documents": len(counts),
        "too_small": too_small,
        "macro_f1": macro,
        "interval": interval,
        "labels": {
            label: {"support": int(n), "f1": float(value) if show else None}
            for label, n, value, show in zip(LABELS, support, f1, shown, strict=True)
        },
    }
