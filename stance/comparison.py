"""Whether one classifier is better than another, and by how much.

Documents are drawn, not sentences; see `stance.bootstrap` for the reason and for the intervals. The test is approximate
randomisation (Noreen 1989, "Computer-intensive methods for testing hypotheses"): if neither classifier is better, it
makes no difference whose decisions on a document are whose.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stance.bootstrap import Interval, bootstrap, number_documents
from stance.calibration import Floats
from stance.labels import LABELS

_DRAWS = 2000
_CHUNK = 100  # draws held in memory at once


def count_by_document(
    y_true: NDArray[np.int64], runs: Sequence[NDArray[np.int64]], groups: Sequence[str | None]
) -> Floats:
    """Count right and wrong decisions in each document.

    Args:
        y_true: 0 or 1, shape (n_sentences, 4).
        runs: decisions of a classifier, same shape; one array for each of its seeds.
        groups: document of each sentence; None stands for a document of its own.

    Returns:
        True positives, false positives and false negatives, shape (n_documents, n_runs, 4, 3).
    """
    rows = number_documents(groups)
    counts = np.zeros((rows.max() + 1, len(runs), len(LABELS), 3))
    for run, y_pred in enumerate(runs):
        decisions = np.stack([y_true & y_pred, ~y_true & y_pred & 1, y_true & ~y_pred & 1], axis=-1)
        np.add.at(counts[:, run], rows, decisions)
    return counts


def compute_f1(counts: Floats) -> Floats:
    """Return F1 of counts, shape (…, 3), as shape (…); 0 where it is not defined."""
    true_positives, false_positives, false_negatives = np.moveaxis(counts, -1, 0)
    denominator = 2 * true_positives + false_positives + false_negatives
    f1: Floats = 2 * true_positives / np.where(denominator == 0, 1, denominator)
    return f1


def compute_macro_f1(counts: Floats) -> Floats:
    """Return macro-F1, mean over runs, of counts summed over documents, shape (…, n_runs, 4, 3), as shape (…)."""
    return np.asarray(compute_f1(counts).mean(axis=(-1, -2)))


def bootstrap_macro_f1(counts: Floats) -> Interval | None:
    """Return the 95 % interval of macro-F1, mean over runs; None where there is one document alone.

    Args:
        counts: what `count_by_document` returns.
    """
    interval: Interval | None = bootstrap(
        lambda drawn: float(compute_macro_f1(np.tensordot(drawn, counts, 1))), np.arange(len(counts))
    )
    return interval


def bootstrap_difference(first: Floats, second: Floats) -> Interval | None:
    """Return the 95 % interval of how much higher the macro-F1 of `second` is; None where there is one document alone.

    It is paired: each sample of documents is the same for both, so that what makes documents hard for both is no
    part of the interval.

    Args:
        first: what `count_by_document` returns for one classifier.
        second: the same for the other, on the same documents; the number of runs may differ.
    """

    def compute(drawn: Floats) -> float:
        gap = [compute_macro_f1(np.tensordot(drawn, counts, 1)) for counts in (second, first)]
        return float(gap[0] - gap[1])

    interval: Interval | None = bootstrap(compute, np.arange(len(first)))
    return interval


def compute_p_value(first: Floats, second: Floats, seed: int = 0) -> float:
    """Return how probable a difference in macro-F1 as large as that of two classifiers is if neither is better.

    Args:
        first: what `count_by_document` returns for one classifier.
        second: the same for the other, on the same documents; the number of runs may differ.
        seed: for the draws.

    Returns:
        The p-value, two-sided, above 0 and at most 1: (1 + number of draws as extreme) / (1 + 2,000).
    """
    rng = np.random.default_rng(seed)
    n_runs = np.lcm(first.shape[1], second.shape[1])
    a, b = (np.tile(counts, (1, n_runs // counts.shape[1], 1, 1)) for counts in (first, second))
    total, difference = (a + b).sum(axis=0), a - b
    observed = abs(compute_macro_f1(a.sum(axis=0)) - compute_macro_f1(b.sum(axis=0)))
    extreme = 0
    for _ in range(_DRAWS // _CHUNK):
        signs = rng.choice([-1, 1], (_CHUNK, len(a)))
        swapped = np.tensordot(signs, difference, 1)
        gaps = compute_macro_f1((total + swapped) / 2) - compute_macro_f1((total - swapped) / 2)
        extreme += int((np.abs(gaps) >= observed - 1e-12).sum())
    return (1 + extreme) / (1 + _DRAWS)


def correct_by_holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number (Holm 1979, https://www.jstor.org/stable/4615733), in their order."""
    order = np.argsort(p_values, kind="stable")
    corrected = np.zeros(len(p_values))
    scaled = np.asarray(p_values, dtype=np.float64)[order] * np.arange(len(p_values), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(scaled), 1)
    return corrected.tolist()
