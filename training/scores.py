"""A model's figures on labelled sentences."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.bootstrap import Interval
from stance.calibration import Floats
from stance.classifier import Classifier
from stance.examples import Example
from stance.labels import LABELS
from stance.metrics import Figures
from stance.scoring import find_primary
from training.data import to_labels, to_texts

# By their keys, as tables name them.
_BY_LABEL = {
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "average_precision": "average precision",
    "roc_auc": "ROC-AUC",
    "brier_score": "Brier score",
    "calibration_error": "calibration error",
    "prevalence": "prevalence",
}
_OVERALL = {
    "macro_f1": "macro-F1",
    "micro_f1": "micro-F1",
    "exact_match": "exact match",
    "primary_accuracy": "primary label right",
    "risk_coverage_area": "area under risk and coverage",
}


@dataclass(frozen=True)
class Outcome:
    """Labelled sentences, and what a model says of them.

    Attributes:
        examples: the sentences.
        y_true: their labels as 0 and 1, shape (n_sentences, 4).
        y_pred: the model's decisions, same shape.
        y_proba: its probabilities, same shape.
        primary: the primary label it finds, by sentence.
    """

    examples: Sequence[Example]
    y_true: NDArray[np.int64]
    y_pred: NDArray[np.int64]
    y_proba: Floats
    primary: list[str]

    @property
    def primary_true(self) -> list[str] | None:
        """The primary labels that were noted; None where some sentence has none noted."""
        noted = [example.primary for example in self.examples if example.primary is not None]
        return noted if len(noted) == len(self.examples) else None

    def to_figures(self) -> Figures:
        """Prepare the figures."""
        noted = self.primary_true
        right = None if noted is None else np.array(self.primary) == np.array(noted)
        return Figures(self.y_true, self.y_pred, self.y_proba, right)


def decide(examples: Sequence[Example], y_proba: Floats, thresholds: Floats) -> Outcome:
    """Make decisions of a model's probabilities, shape (n_sentences, 4), and set them beside the labels."""
    y_pred = (y_proba >= thresholds).astype(np.int64)
    return Outcome(examples, to_labels(examples), y_pred, y_proba, find_primary(y_proba, thresholds))


def score(model: Classifier, examples: Sequence[Example]) -> Outcome:
    """Have a model score labelled sentences, each once."""
    return decide(examples, model.predict_proba(to_texts(examples)), model.calibration_.thresholds)


def compute_scores(model: Classifier, examples: Sequence[Example]) -> dict[str, Any]:
    """Compute a model's figures on labelled sentences: those of `stance.metrics.Figures`."""
    return score(model, examples).to_figures().to_dict()


def name_files(paths: Sequence[str]) -> dict[str, str]:
    """Name each file by its last part where that is unique, else by its path."""
    last = [Path(path).name for path in paths]
    return {path: name if last.count(name) == 1 else path for path, name in zip(paths, last, strict=True)}


def print_scores(name: str, scores: dict[str, Any]) -> None:
    """Print the figures of one data set as a table on stdout, with their `intervals` where they have any."""
    print(f"\n{name}: {scores['n_sentences']} sentences")
    print_table(scores)


def print_table(scores: dict[str, Any]) -> None:
    """Print the figures alone."""
    intervals = scores.get("intervals") or {}
    by_label = intervals.get("labels", {})
    print(f"{'':20}" + "".join(f"{label:20}" for label in LABELS).rstrip())
    for key, title in _BY_LABEL.items():
        cells = [format_figure(scores["labels"][label][key], by_label.get(label, {}).get(key)) for label in LABELS]
        print(f"{title:20}" + "".join(f"{cell:20}" for cell in cells).rstrip())
    cells = [str(scores["labels"][label]["support"]) for label in LABELS]
    print(f"{'support':20}" + "".join(f"{cell:20}" for cell in cells).rstrip())
    for key, title in _OVERALL.items():
        if scores[key] is not None:
            print(f"{title:30}{format_figure(scores[key], intervals.get(key))}")


def format_figure(figure: float | None, interval: Sequence[float] | None) -> str:
    """Return a figure with its interval, as in 0.667 (0.52–0.79); a dash where it is not defined."""
    if figure is None:
        return "–"
    return f"{figure:.3f}" if interval is None else f"{figure:.3f} ({interval[0]:.2f}–{interval[1]:.2f})"


def format_interval(interval: Interval | None) -> str:
    """Return an interval alone, as in 0.521 to 0.786; a dash where there is none."""
    return "–" if interval is None else f"{interval[0]:.3f} to {interval[1]:.3f}"
