"""The four labels: their names, their order and what they mean.

The order of `LABELS` is the order of every column, table and file of the package.
"""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stance.errors import InputError

LABELS = ("confirmation", "denial", "hedging", "framing")
NONE = "none"

DISPLAY_NAMES = {
    "confirmation": "confirmation",
    "denial": "denial",
    "hedging": "hedging",
    "framing": "rhetorical framing",
}

DEFINITIONS = {
    "confirmation": "A claim is affirmed: someone confirms or admits it, or evidence is put forward that settles it.",
    "denial": "A claim or an accusation is rejected: denied, disputed, contradicted or called false.",
    "hedging": "A claim is left open: weakened, kept at arm's length, or met with a non-answer.",
    "framing": "The wording steers the reader's judgement or feeling: loaded words, drama, ridicule, slogans.",
}

# For models of natural language inference, which judge whether a sentence entails one of these.
HYPOTHESES = {
    "confirmation": "Someone confirms or admits that a claim is true.",
    "denial": "Someone denies a claim or says that it is false.",
    "hedging": "It is left uncertain whether a claim is true.",
    "framing": "The wording is loaded, dramatic or emotional.",
}

# Which label a reader would name first when two are equally strong.
TIE_ORDER = ("denial", "confirmation", "hedging", "framing")


def describe_unknown_label(label: object) -> str:
    """Say that `label` is none of the four, and which one was probably meant."""
    near = get_close_matches(str(label).lower(), LABELS, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"unknown label {label!r}; expected one of {', '.join(LABELS)}{hint}"


def sort_labels(labels: Iterable[str]) -> tuple[str, ...]:
    """Put label names into the order of `LABELS`, each once.

    Raises:
        InputError: a name is none of the four labels.
    """
    given = set(labels)
    for label in sorted(given - set(LABELS), key=str):
        raise InputError(describe_unknown_label(label))
    return tuple(label for label in LABELS if label in given)


def to_indicator(y: ArrayLike | Sequence[Iterable[str]]) -> NDArray[np.int64]:
    """Turn labels in either common form into an indicator matrix.

    Args:
        y: per sentence an iterable of label names (empty where none holds), or an array of 0 and 1,
            shape (n_sentences, 4), columns in the order of `LABELS`.

    Returns:
        Array of 0 and 1, shape (n_sentences, 4).

    Raises:
        InputError: an unknown label, a single string where a list was expected, or another shape.
    """
    if hasattr(y, "columns") or (isinstance(y, np.ndarray) and y.dtype != object):  # a data frame, or numbers
        return _check_indicator(np.asarray(y))
    if not isinstance(y, Iterable) or isinstance(y, (str, bytes, Mapping)):
        raise InputError(f"y: expected the labels of each sentence, found {type(y).__name__}")
    rows = [_list_row(row) for row in y]
    if any(row and not isinstance(row[0], str) for row in rows):
        if len({len(row) for row in rows}) > 1:
            raise InputError(
                f"y: expected {len(LABELS)} values of 0 and 1 for each sentence, found rows of other lengths"
            )
        return _check_indicator(np.array(rows))
    names = [sort_labels(row) for row in rows]
    return np.array([[int(label in row) for label in LABELS] for row in names], dtype=np.int64).reshape(-1, len(LABELS))


def _list_row(row: object) -> list[Any]:
    if not isinstance(row, Iterable) or isinstance(row, (str, bytes, Mapping)):
        raise InputError(f"y: expected a list of labels for each sentence, found {type(row).__name__} ({row!r})")
    return list(row)


def _check_indicator(y: NDArray[np.generic]) -> NDArray[np.int64]:
    if y.ndim != 2 or y.shape[1] != len(LABELS):
        raise InputError(f"y: expected shape (n_sentences, {len(LABELS)}), found {y.shape}")
    if not np.isin(y, (0, 1)).all():
        raise InputError("y: expected only 0 and 1, found other values")
    return y.astype(np.int64)


def to_targets(y: ArrayLike | Sequence[Iterable[str]]) -> NDArray[np.float64]:
    """Turn labels, or how probable each is, into what a model learns to predict.

    Args:
        y: labels as for `to_indicator`, or an array of probabilities ("soft labels"), shape (n_sentences, 4).

    Returns:
        Array of numbers from 0 to 1, shape (n_sentences, 4).

    Raises:
        InputError: as `to_indicator`; or a probability outside 0 to 1.
    """
    if not isinstance(y, np.ndarray) or y.dtype.kind != "f" or np.isin(y, (0, 1)).all():
        return to_indicator(y).astype(np.float64)
    if y.ndim != 2 or y.shape[1] != len(LABELS) or not ((y >= 0) & (y <= 1)).all():
        raise InputError(f"y: expected probabilities from 0 to 1, shape (n_sentences, {len(LABELS)}), found {y.shape}")
    return y.astype(np.float64)


def to_label_names(indicator: ArrayLike) -> list[tuple[str, ...]]:
    """Turn an indicator matrix, shape (n_sentences, 4), into label names per sentence."""
    return [tuple(label for label, on in zip(LABELS, row, strict=True) if on) for row in np.asarray(indicator)]
