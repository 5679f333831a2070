"""A model's figures on labelled sentences."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from stance.classifier import Classifier
from stance.examples import Example
from stance.labels import LABELS
from stance.metrics import compute_metrics
from stance.scoring import find_primary
from training.data import to_labels, to_texts


def compute_scores(model: Classifier, examples: Sequence[Example]) -> dict[str, Any]:
    """Compute a model's figures on labelled sentences: those of `compute_metrics`, and `primary_accuracy`.

    The latter is None where not every sentence has its primary label noted.
    """
    proba = model.predict_proba(to_texts(examples))
    thresholds = model.calibration_.thresholds
    figures = compute_metrics(to_labels(examples), (proba >= thresholds).astype(np.int64), proba)
    noted = [example.primary for example in examples]
    primaries = np.array(find_primary(proba, thresholds))
    accuracy = None if None in noted else float((primaries == np.array(noted)).mean())
    return {**figures, "primary_accuracy": accuracy}


def name_files(paths: Sequence[str]) -> dict[str, str]:
    """Name each file by its last part where that is unique, else by its path."""
    last = [Path(path).name for path in paths]
    return {path: name if last.count(name) == 1 else path for path, name in zip(paths, last, strict=True)}


def print_scores(name: str, scores: dict[str, Any]) -> None:
    """Print the figures of one data set as a table on stdout."""
    print(f"\n{name}: {scores['n_sentences']} sentences")
    print(f"{'':14}{'precision':>10}{'recall':>8}{'F1':>8}{'AP':>8}{'ECE':>8}{'support':>9}")
    for label in LABELS:
        row = scores["labels"][label]
        figures = (row["precision"], row["recall"], row["f1"], row["average_precision"], row["calibration_error"])
        cells = ["-" if figure is None else f"{figure:.3f}" for figure in figures]
        print(f"{label:14}{cells[0]:>10}" + "".join(f"{cell:>8}" for cell in cells[1:]) + f"{row['support']:>9}")
    print(
        f"macro-F1 {scores['macro_f1']:.3f}, micro-F1 {scores['micro_f1']:.3f}, exact match {scores['exact_match']:.3f}"
    )
    if scores["primary_accuracy"] is not None:
        print(f"primary label right on {scores['primary_accuracy']:.3f} of the sentences")
