"""How good decisions and probabilities are: pure functions of `y_true`, `y_pred`, `y_proba`."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, f1_score, precision_recall_fscore_support

from stance.calibration import Floats
from stance.labels import LABELS

Indicator = NDArray[np.int64]


def compute_metrics(y_true: Indicator, y_pred: Indicator, y_proba: Floats) -> dict[str, Any]:
    """Compute the figures of one data set.

    Args:
        y_true: 0 or 1, shape (n_sentences, 4).
        y_pred: decisions, same shape.
        y_proba: probabilities, same shape.

    Returns:
        `n_sentences`, `macro_f1`, `micro_f1`, `exact_match` (share of sentences with all four decisions right), and
        `labels`: by label `precision`, `recall`, `f1`, `average_precision`, `calibration_error`, and `support`, the
        number of sentences that carry it. Precision, recall and F1 are 0 where they are not defined; average
        precision is None for a label without support.
    """
    per_label = precision_recall_fscore_support(y_true, y_pred, average=None, zero_division=0)
    labels = {}
    for i, label in enumerate(LABELS):
        precision, recall, f1, support = (float(values[i]) for values in per_label)
        labels[label] = {
            "precision": precision,
            "recall": recall,
            "f1": f1,
            "average_precision": float(average_precision_score(y_true[:, i], y_proba[:, i])) if support else None,
            "calibration_error": compute_calibration_error(y_true[:, i], y_proba[:, i]),
            "support": int(support),
        }
    return {
        "n_sentences": len(y_true),
        "macro_f1": float(f1_score(y_true, y_pred, average="macro", zero_division=0)),
        "micro_f1": float(f1_score(y_true, y_pred, average="micro", zero_division=0)),
        "exact_match": float((y_true == y_pred).all(axis=1).mean()),
        "labels": labels,
    }


def compute_calibration_error(y_true: NDArray[np.int64], y_proba: Floats, n_bins: int = 10) -> float:
    """Return the expected calibration error of one label, over bins that hold equally many sentences.

    Equal bins by count follow Nixon et al. 2019, "Measuring calibration in deep learning",
    https://arxiv.org/abs/1904.01685.

    Args:
        y_true: 0 or 1, shape (n_sentences,).
        y_proba: probabilities of the label, same shape.
        n_bins: most bins; fewer where there are fewer sentences.

    Returns:
        The mean gap between probability and frequency, 0 to 1; weighted by the size of the bins.
    """
    order = np.argsort(y_proba, kind="stable")
    bins = np.array_split(order, min(n_bins, len(order)))
    gaps = [abs(y_true[rows].mean() - y_proba[rows].mean()) * len(rows) for rows in bins]
    return float(sum(gaps) / len(order))
