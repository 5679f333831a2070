"""How sure a score is, and whether one classifier is better than another: documents are resampled, not sentences.

Sentences of one document resemble each other, so that they say less than as many from different documents. Intervals
are percentiles of the bootstrap (Efron 1979, https://doi.org/10.1214/aos/1176344552); two classifiers are compared by
approximate randomisation (Noreen 1989, "Computer-intensive methods for testing hypotheses"): if neither is better, it
makes no difference whose decisions on a document are whose.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stance.calibration import Floats
from stance.examples import name_documents
from stance.labels import LABELS

_RESAMPLES = 2000
_CHUNK = 100  # resamples held in memory at once


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
    documents, rows = np.unique(name_documents(groups), return_inverse=True)
    counts = np.zeros((len(documents), len(runs), len(LABELS), 3))
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


def bootstrap_macro_f1(counts: Floats, seed: int = 0, level: float = 0.95) -> tuple[float, float]:
    """Return the interval in which macro-F1 lies in `level` of 2,000 samples of documents, drawn with replacement.

    Args:
        counts: what `count_by_document` returns.
        seed: for the draws.
        level: above 0 and below 1.
    """
    rng = np.random.default_rng(seed)
    n_documents = len(counts)
    scores = [
        compute_macro_f1(np.tensordot(rng.multinomial(n_documents, [1 / n_documents] * n_documents, _CHUNK), counts, 1))
        for _ in range(_RESAMPLES // _CHUNK)
    ]
    low, high = np.quantile(np.concatenate(scores), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


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
    for _ in range(_RESAMPLES // _CHUNK):
        signs = rng.choice([-1, 1], (_CHUNK, len(a)))
        swapped = np.tensordot(signs, difference, 1)
        gaps = compute_macro_f1((total + swapped) / 2) - compute_macro_f1((total - swapped) / 2)
        extreme += int((np.abs(gaps) >= observed - 1e-12).sum())
    return (1 + extreme) / (1 + _RESAMPLES)


def correct_by_holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number (Holm 1979, https://www.jstor.org/stable/4615733), in their order."""
    order = np.argsort(p_values, kind="stable")
    corrected = np.zeros(len(p_values))
    scaled = np.asarray(p_values, dtype=np.float64)[order] * np.arange(len(p_values), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(scaled), 1)
    return corrected.tolist()
