"""Train the baseline: `python -m training.train_tfidf configs/tfidf.yaml data.train=PATH [key=value …]`."""

import sys
from collections.abc import Sequence
from pathlib import Path

from stance.tfidf import TfidfClassifier
from training.config import TfidfRecipe
from training.data import Split, to_labels, to_texts
from training.run import run_training


def main(argv: Sequence[str] | None = None) -> int:
    """Train as the command line says and return the exit code."""
    return run_training(TfidfRecipe, _fit, "Train the TF-IDF baseline on labelled sentences.", argv)


def _fit(recipe: TfidfRecipe, split: Split, _checkpoints: Path) -> TfidfClassifier:
    model = TfidfClassifier(**recipe.features.model_dump(), seed=recipe.seed)
    return model.fit(to_texts(split.train), to_labels(split.train))


if __name__ == "__main__":
    sys.exit(main())
