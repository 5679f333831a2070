"""How good decisions and probabilities are: figures of a data set, whose sentences may count more than once.

A figure is a function of how often each sentence counts: once for the figure itself, as often as its document was
drawn for a resample of the bootstrap (`stance.bootstrap`). What does not depend on that, such as sorting, is done once.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix

from stance.calibration import Floats
from stance.curves import RiskCoverage, accumulate, sum_bins
from stance.labels import LABELS, NONE

Indicator = NDArray[np.int64]
_BINS = 10


class LabelFigures:
    """The figures of one label.

    Args:
        y_true: 0 or 1, shape (n_sentences,).
        y_pred: decisions, same shape.
        y_proba: probabilities, same shape.
    """

    def __init__(self, y_true: Indicator, y_pred: Indicator, y_proba: Floats) -> None:
        self._order = np.argsort(y_proba, kind="stable")
        self._proba = y_proba[self._order]
        self._true, self._pred = (y[self._order].astype(np.float64) for y in (y_true, y_pred))
        # Equal probabilities cannot be parted. Only runs of them that hold the label matter to a ranking's figures.
        first = np.flatnonzero(np.diff(self._proba, prepend=-np.inf))
        holds = np.add.reduceat(self._true, first) > 0
        self._first, self._end = first[holds], np.append(first, len(self._proba))[1:][holds]

    def compute(self, weights: Floats) -> dict[str, float]:
        """Compute the figures.

        Args:
            weights: how often each sentence counts, whole numbers, at least one above 0, shape (n_sentences,).

        Returns:
            `precision`, `recall` and `f1`, 0 where they are not defined; `average_precision`, NaN where no sentence
            carries the label; `roc_auc`, NaN where none or every one does; `prevalence`, the share that carries it;
            `brier_score`, the mean squared distance of probability and truth; `calibration_error`, see
            `compute_calibration_error`. All 0 to 1.
        """
        ordered = weights[self._order]
        n, n_true, n_found = float(ordered.sum()), float(ordered @ self._true), float(ordered @ self._pred)
        n_right = float(ordered @ (self._true * self._pred))
        return {
            "precision": _divide(n_right, n_found, 0.0),
            "recall": _divide(n_right, n_true, 0.0),
            "f1": _divide(2 * n_right, n_true + n_found, 0.0),
            **self._compute_ranking(ordered),
            "prevalence": n_true / n,
            "brier_score": float(ordered @ (self._proba - self._true) ** 2) / n,
            "calibration_error": _compute_gap(self._true, self._proba, ordered, _BINS),
        }

    def _compute_ranking(self, ordered: Floats) -> dict[str, float]:
        """Compute average precision (without interpolation) and ROC-AUC (of equal probabilities, half are won)."""
        below, true_below = accumulate(ordered), accumulate(ordered * self._true)
        n, n_true = float(below[-1]), float(true_below[-1])
        here = true_below[self._end] - true_below[self._first]
        precision = (n_true - true_below[self._first]) / np.maximum(n - below[self._first], 1)
        false_below = below[self._first] - true_below[self._first]
        false_here = below[self._end] - below[self._first] - here
        return {
            "average_precision": _divide(float(here @ precision), n_true, np.nan),
            "roc_auc": _divide(float(here @ (false_below + false_here / 2)), n_true * (n - n_true), np.nan),
        }


class Figures:
    """The figures of a data set.

    Args:
        y_true: 0 or 1, shape (n_sentences, 4).
        y_pred: decisions, same shape.
        y_proba: probabilities, same shape.
        primary_right: whether the primary label is right, shape (n_sentences,); None where it is not known.
    """

    def __init__(
        self, y_true: Indicator, y_pred: Indicator, y_proba: Floats, primary_right: NDArray[np.bool_] | None = None
    ) -> None:
        self.risk_coverage = RiskCoverage(y_true, y_pred, y_proba)
        self._support = y_true.sum(axis=0)
        self._labels = {
            label: LabelFigures(y_true[:, i], y_pred[:, i], y_proba[:, i]) for i, label in enumerate(LABELS)
        }
        unknown = np.full(len(y_true), np.nan)
        columns = [
            (y_true & y_pred).sum(axis=1),
            y_true.sum(axis=1) + y_pred.sum(axis=1),
            (y_true == y_pred).all(axis=1),
            unknown if primary_right is None else primary_right,
        ]
        self._columns = np.stack(columns).astype(np.float64)

    def compute(self, weights: Floats) -> dict[str, Any]:
        """Compute the figures.

        Args:
            weights: how often each sentence counts, whole numbers, at least one above 0, shape (n_sentences,).

        Returns:
            `macro_f1`, the mean F1 of the labels; `micro_f1`, F1 of all decisions together; `exact_match`, the share
            of sentences with all four decisions right; `primary_accuracy`, NaN where it is not known;
            `risk_coverage_area`, see `RiskCoverage`; and by label in `labels` what `LabelFigures` computes.
        """
        labels = {label: figures.compute(weights) for label, figures in self._labels.items()}
        n_right, n_true_and_found, n_exact, n_primary = map(float, self._columns @ weights)
        n = float(weights.sum())
        return {
            "macro_f1": sum(figures["f1"] for figures in labels.values()) / len(LABELS),
            "micro_f1": _divide(2 * n_right, n_true_and_found, 0.0),
            "exact_match": n_exact / n,
            "primary_accuracy": n_primary / n,
            "risk_coverage_area": self.risk_coverage.compute_area(weights),
            "labels": labels,
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the figures with each sentence counted once, None for those that are not defined.

        Beside what `compute` returns there are `n_sentences` and, by label, `support`, the number of sentences that
        carry it.
        """
        figures = {"n_sentences": len(self._columns.T), **self.compute(np.ones(len(self._columns.T)))}
        for label, support in zip(LABELS, self._support, strict=True):
            figures["labels"][label]["support"] = int(support)
        plain: dict[str, Any] = _replace_nan(figures)
        return plain


def compute_metrics(y_true: Indicator, y_pred: Indicator, y_proba: Floats) -> dict[str, Any]:
    """Compute the figures of one data set; see `Figures`, whose `to_dict` this returns."""
    return Figures(y_true, y_pred, y_proba).to_dict()


def compute_calibration_error(y_true: NDArray[np.int64], y_proba: Floats, n_bins: int = _BINS) -> float:
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
    return _compute_gap(y_true[order].astype(np.float64), y_proba[order], np.ones(len(order)), n_bins)


def _compute_gap(y_true: Floats, y_proba: Floats, weights: Floats, n_bins: int) -> float:
    _, n_true, sum_proba = sum_bins(y_true, y_proba, weights, n_bins)
    return float(np.abs(n_true - sum_proba).sum() / weights.sum())


def _divide(numerator: float, denominator: float, otherwise: float) -> float:
    return numerator / denominator if denominator else otherwise


def _replace_nan(figures: Any) -> Any:
    if isinstance(figures, dict):
        return {name: _replace_nan(value) for name, value in figures.items()}
    return None if figures != figures else figures


def count_confusion(primary_true: Sequence[str], primary_found: Sequence[str]) -> list[list[int]]:
    """Count which primary label was found where which was true.

    Args:
        primary_true: a label or "none" for each sentence.
        primary_found: likewise.

    Returns:
        5 × 5 counts, rows the truth; both in the order of `LABELS`, then "none".
    """
    counts: list[list[int]] = confusion_matrix(primary_true, primary_found, labels=[*LABELS, NONE]).tolist()
    return counts


def count_cooccurrence(indicator: Indicator) -> list[list[int]]:
    """Count on how many sentences two labels stand together, 4 × 4; the diagonal counts those that carry a label."""
    counts: list[list[int]] = (indicator.T @ indicator).tolist()
    return counts
