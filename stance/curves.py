"""What a single number hides: precision against recall, probability against frequency, risk against coverage."""

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve

from stance.calibration import Floats

_POINTS = 100  # of a curve of precision and recall
_COVERAGES = 20


def accumulate(values: Floats) -> Floats:
    """Return the sums of the first 0, 1, …, n values, shape (n + 1,)."""
    return np.concatenate([[0.0], np.cumsum(values)])


def compute_precision_recall(y_true: NDArray[np.int64], y_proba: Floats) -> list[dict[str, float]]:
    """Return what precision and recall one label would have at other thresholds.

    Args:
        y_true: 0 or 1, shape (n_sentences,).
        y_proba: probabilities of the label, same shape.

    Returns:
        `threshold`, `precision` and `recall` at up to 100 points, by rising threshold; every distinct probability is
        a point where there are no more than that, else they are thinned evenly, the first and the last kept. Empty
        for a label without support.
    """
    if not y_true.any():
        return []
    # scikit-learn's last point has no threshold: nothing is found there, and precision 1 is a convention.
    precision, recall, thresholds = precision_recall_curve(y_true, y_proba)
    kept = np.unique(np.linspace(0, len(thresholds) - 1, min(_POINTS, len(thresholds))).round().astype(np.int64))
    return [
        {"threshold": float(thresholds[i]), "precision": float(precision[i]), "recall": float(recall[i])} for i in kept
    ]


def sum_bins(y_true: Floats, y_proba: Floats, weights: Floats, n_bins: int) -> tuple[Floats, Floats, Floats]:
    """Part sentences into bins that hold equally many, as `numpy.array_split` parts a list.

    Args:
        y_true: 0 or 1, shape (n_sentences,), by rising probability.
        y_proba: probabilities of a label, same shape and order.
        weights: how often each sentence counts, whole numbers, same shape and order.
        n_bins: how many; the last are empty where there are fewer sentences.

    Returns:
        For each bin the number of sentences, of those that carry the label, and the sum of probabilities; each of
        shape (n_bins,).
    """
    below = accumulate(weights)
    size, larger = divmod(int(below[-1]), n_bins)
    places = np.arange(n_bins + 1)
    edges = places * size + np.minimum(places, larger)
    rows = np.minimum(np.searchsorted(below, edges, side="right") - 1, len(weights) - 1)
    beyond = edges - below[rows]  # how often the row at an edge counts for the bin before it
    n_true, sum_proba = (
        np.diff(accumulate(weights * values)[rows] + beyond * values[rows]) for values in (y_true, y_proba)
    )
    return np.diff(edges).astype(np.float64), n_true, sum_proba


def compute_reliability(y_true: NDArray[np.int64], y_proba: Floats, n_bins: int = 10) -> list[dict[str, float]]:
    """Return how often one label holds where it is said to be how probable, in bins of equally many sentences.

    Args:
        y_true: 0 or 1, shape (n_sentences,).
        y_proba: probabilities of the label, same shape.
        n_bins: most bins; fewer where there are fewer sentences.

    Returns:
        For each bin, by rising probability, `n_sentences`, mean `probability`, and `frequency`, the share of its
        sentences that carry the label.
    """
    order = np.argsort(y_proba, kind="stable")
    bins = sum_bins(y_true[order].astype(np.float64), y_proba[order], np.ones(len(order)), min(n_bins, len(order)))
    return [
        {"n_sentences": int(n), "probability": float(total / n), "frequency": float(n_true / n)}
        for n, n_true, total in zip(*bins, strict=True)
    ]


class RiskCoverage:
    """What is gained by leaving the least sure sentences to a person (selective classification).

    The sureness of a sentence is the probability, by the model's own account, that all four decisions on it are right:
    the product over labels of p where the label is found and 1 - p where it is not. (For one decision that is the
    softmax response of Geifman & El-Yaniv 2017, "Selective classification for deep neural networks",
    https://arxiv.org/abs/1705.08500; the product takes labels for independent.) Coverage is the share of sentences
    kept, the surest first; the selective risk at a coverage is the share of those kept that have a wrong decision. Of
    equally sure sentences each part is as wrong as all of them. The area is the mean risk over the coverages 1/n, 2/n,
    …, 1 (Geifman, Uziel & El-Yaniv 2019, https://arxiv.org/abs/1805.08206); less is better, and a sureness that says
    nothing has the risk of all sentences.

    Args:
        y_true: 0 or 1, shape (n_sentences, 4).
        y_pred: decisions, same shape.
        y_proba: probabilities, same shape.
    """

    def __init__(self, y_true: NDArray[np.int64], y_pred: NDArray[np.int64], y_proba: Floats) -> None:
        sureness = np.where(y_pred == 1, y_proba, 1 - y_proba).prod(axis=1)
        self._order = np.argsort(-sureness, kind="stable")
        self._sureness = sureness[self._order]
        self._wrong = (y_true != y_pred).any(axis=1)[self._order].astype(np.float64)
        # Where each run of equally sure sentences begins, and where the last one ends.
        self._bounds = np.append(np.flatnonzero(np.diff(self._sureness, prepend=np.inf)), len(sureness))

    def compute_area(self, weights: Floats) -> float:
        """Return the area under the curve, 0 to 1, if each sentence counts so often; weights of shape (n_sentences,).

        Within a run of equally sure sentences, from place a to place b, the wrong ones among the first k rise as a
        line, wrong(k) = wrong(a) + (k - a) · rate, so that the sum of wrong(k) / k needs harmonic numbers alone.
        """
        kept, wrong = self._count(weights)
        n = int(kept[-1])
        sizes = np.diff(kept)
        rates = np.diff(wrong) / np.where(sizes == 0, 1, sizes)
        harmonic = accumulate(1 / np.arange(1, n + 1))[kept.astype(np.int64)]
        return float(((wrong[:-1] - kept[:-1] * rates) * np.diff(harmonic) + sizes * rates).sum() / n)

    def compute_curve(self) -> list[dict[str, float]]:
        """Return `coverage`, `risk` and the least `sureness` kept, at 5 %, 10 %, …, 100 % of the sentences."""
        kept, wrong = self._count(np.ones(len(self._order)))
        n = len(self._order)
        sizes = np.unique(-(-np.arange(1, _COVERAGES + 1) * n // _COVERAGES))  # rounded up
        return [
            {
                "coverage": int(size) / n,
                "risk": float(np.interp(size, kept, wrong) / size),
                "sureness": float(self._sureness[size - 1]),
            }
            for size in sizes
        ]

    def _count(self, weights: Floats) -> tuple[Floats, Floats]:
        """Return how many sentences, and how many wrong ones, lie before each bound."""
        ordered = weights[self._order]
        return accumulate(ordered)[self._bounds], accumulate(ordered * self._wrong)[self._bounds]


def list_worst_errors(
    y_true: NDArray[np.int64], y_pred: NDArray[np.int64], y_proba: Floats, n_most: int = 20
) -> NDArray[np.int64]:
    """Return the rows of the sentences that the model is most confidently wrong about, the worst first.

    They are those with a wrong decision to whose true labels the model gives the least probability: the product over
    labels of p where the label holds and 1 - p where it does not.

    Args:
        y_true: 0 or 1, shape (n_sentences, 4).
        y_pred: decisions, same shape.
        y_proba: probabilities, same shape.
        n_most: how many rows at most.
    """
    truth = np.where(y_true == 1, y_proba, 1 - y_proba).prod(axis=1)
    wrong = np.flatnonzero((y_true != y_pred).any(axis=1))
    worst: NDArray[np.int64] = wrong[np.argsort(truth[wrong], kind="stable")][:n_most]
    return worst
