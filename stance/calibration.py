"""Probabilities that mean what they say, and a threshold for each label.

Per label, a classifier's score z (log-odds) becomes sigmoid(slope · z + intercept): Platt scaling (Platt 1999,
"Probabilistic outputs for support vector machines", with his smoothed targets). The slope is kept positive, so
calibration never changes which of two sentences a model finds stronger. The threshold is the one that gives
the best F1 on the sentences used for calibration.
"""

from dataclasses import astuple, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.errors import InputError, ModelError
from stance.labels import LABELS, describe_unknown_label

Floats = NDArray[np.float64]
_MAX_NUMBER = 1e12  # of slopes and intercepts that are read from a file


def sigmoid(scores: Floats) -> Floats:
    """Return 1 / (1 + exp(-scores)), exact at ±infinity."""
    with np.errstate(over="ignore"):
        return 1.0 / (1.0 + np.exp(-scores))


def logit(probabilities: Floats) -> Floats:
    """Return the log-odds of probabilities; 0 and 1 give -infinity and infinity."""
    with np.errstate(divide="ignore"):
        return np.log(probabilities) - np.log1p(-probabilities)


@dataclass(frozen=True, slots=True)
class LabelCalibration:
    """How one label's scores become probabilities and decisions.

    Attributes:
        slope: factor on the score, above 0.
        intercept: added after it.
        threshold: the label holds from this probability on; 0 to 1.
    """

    slope: float = 1.0
    intercept: float = 0.0
    threshold: float = 0.5


@dataclass(frozen=True)
class Calibration:
    """The calibration of all four labels.

    Attributes:
        by_label: one entry for each of `LABELS`, in that order.
        n_sentences: on how many labelled sentences it was fitted; 0 when it was not.
    """

    by_label: tuple[LabelCalibration, ...] = (LabelCalibration(),) * len(LABELS)
    n_sentences: int = 0

    @property
    def thresholds(self) -> Floats:
        """The thresholds, shape (4,)."""
        return np.array([label.threshold for label in self.by_label])

    def to_proba(self, scores: Floats) -> Floats:
        """Turn scores into probabilities; both of shape (n_sentences, 4)."""
        slopes = np.array([label.slope for label in self.by_label])
        intercepts = np.array([label.intercept for label in self.by_label])
        return sigmoid(scores * slopes + intercepts)

    def with_thresholds(self, thresholds: dict[str, float]) -> "Calibration":
        """Return a copy with other thresholds for some labels.

        Raises:
            InputError: an unknown label, or a threshold outside 0 to 1.
        """
        by_label = dict(zip(LABELS, self.by_label, strict=True))
        for label, threshold in thresholds.items():
            if label not in by_label:
                raise InputError(describe_unknown_label(label))
            if not isinstance(threshold, (int, float)) or not 0.0 <= threshold <= 1.0:
                raise InputError(f"threshold of {label}: expected a number from 0 to 1, found {threshold!r}")
            by_label[label] = replace(by_label[label], threshold=float(threshold))
        return replace(self, by_label=tuple(by_label.values()))

    def to_dict(self) -> dict[str, Any]:
        """Return what `stance.json` holds of it."""
        labels = {
            name: {"slope": label.slope, "intercept": label.intercept, "threshold": label.threshold}
            for name, label in zip(LABELS, self.by_label, strict=True)
        }
        return {"n_sentences": self.n_sentences, "labels": labels}

    @classmethod
    def from_dict(cls, data: Any) -> "Calibration":
        """Read what `to_dict` wrote.

        Raises:
            ModelError: a label or a number is missing or impossible.
        """
        try:
            by_label = tuple(LabelCalibration(**data["labels"][name]) for name in LABELS)
            n_sentences = int(data["n_sentences"])
            numbers = [number for label in by_label for number in astuple(label)]
            finite = all(type(number) in (int, float) and abs(number) < _MAX_NUMBER for number in numbers)
            possible = finite and all(label.slope > 0 and 0 <= label.threshold <= 1 for label in by_label)
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"calibration in stance.json cannot be read: {error!r}") from error
        if not possible:
            raise ModelError(
                "calibration in stance.json: expected finite numbers, slopes above 0, thresholds from 0 to 1"
            )
        return cls(by_label, n_sentences)


def fit_calibration(scores: Floats, y_true: NDArray[np.int64]) -> Calibration:
    """Fit slope, intercept and threshold of every label on labelled sentences.

    A label on which the model is silent (all scores -infinity) keeps its probability of 0.

    Args:
        scores: log-odds before calibration, shape (n_sentences, 4).
        y_true: 0 or 1, same shape; sentences the model was not trained on.

    Raises:
        InputError: a label has no sentence with it, or none without it.
    """
    lacking = [
        label
        for label, column, truth in zip(LABELS, scores.T, y_true.T, strict=True)
        if not np.isneginf(column).all() and truth.all() | ~truth.any()
    ]
    if lacking:
        raise InputError(
            f"calibration: found no sentence with, or none without, {', '.join(lacking)} among {len(y_true)}; "
            "expected both for each label; add labelled sentences"
        )
    by_label = tuple(_fit_label(column, truth) for column, truth in zip(scores.T, y_true.T, strict=True))
    return Calibration(by_label, len(y_true))


def _fit_label(scores: Floats, truth: NDArray[np.int64]) -> LabelCalibration:
    if np.isneginf(scores).all():
        return LabelCalibration()
    slope, intercept = _fit_platt(scores, truth)
    threshold = find_best_threshold(sigmoid(scores * slope + intercept), truth)
    return LabelCalibration(slope, intercept, threshold)


def _fit_platt(raw: Floats, truth: NDArray[np.int64]) -> tuple[float, float]:
    from scipy.optimize import minimize  # only training needs scipy; scoring starts without it

    # On a common scale, the fit works alike for any model's scores, however narrow or far from 0.
    centre, spread = float(raw.mean()), float(raw.std()) or 1.0
    scores = (raw - centre) / spread
    n_positive = int(truth.sum())
    n_negative = len(truth) - n_positive
    targets = np.where(truth, (n_positive + 1) / (n_positive + 2), 1 / (n_negative + 2))

    def compute_loss(parameters: Floats) -> tuple[float, Floats]:
        slope = np.exp(parameters[0])
        z = slope * scores + parameters[1]
        loss = float(np.mean(np.logaddexp(0, z) - targets * z))
        residual = (sigmoid(z) - targets) / len(z)
        return loss, np.array([residual @ scores * slope, residual.sum()])

    result = minimize(compute_loss, np.zeros(2), jac=True, method="L-BFGS-B", bounds=[(-5, 5), (-50, 50)])
    slope, intercept = float(np.exp(result.x[0])) / spread, float(result.x[1])
    return slope, intercept - slope * centre


def find_best_threshold(proba: Floats, truth: NDArray[np.int64]) -> float:
    """Return the threshold with the highest F1, half-way between the two probabilities it parts.

    Args:
        proba: probabilities of one label, shape (n_sentences,).
        truth: 0 or 1, same shape, with at least one 1.
    """
    order = np.argsort(-proba, kind="stable")
    ranked = proba[order]
    true_positives = np.cumsum(truth[order])
    f1 = 2 * true_positives / (np.arange(1, len(ranked) + 1) + truth.sum())
    f1[:-1][ranked[:-1] == ranked[1:]] = -1.0  # equal probabilities cannot be parted
    best = int(np.argmax(f1))
    below = ranked[best + 1] if best + 1 < len(ranked) else 0.0
    return float((ranked[best] + below) / 2)
