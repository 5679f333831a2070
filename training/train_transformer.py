"""Fine-tune a transformer: `python -m training.train_transformer configs/minilm.yaml data.train=PATH [key=value …]`."""

import sys
from collections.abc import Sequence
from pathlib import Path

from stance.finetuning import FineTuning
from stance.transformer import TransformerClassifier
from training.config import TransformerRecipe
from training.data import Split, to_labels, to_texts
from training.run import run_training, silence_transformers


def main(argv: Sequence[str] | None = None) -> int:
    """Train as the command line says and return the exit code."""
    silence_transformers()
    description = (
        "Fine-tune a pretrained encoder on labelled sentences. "
        "After an interruption, the same command goes on where it stopped, to the same result."
    )
    return run_training(TransformerRecipe, _fit, description, argv)


def build_classifier(recipe: TransformerRecipe) -> TransformerClassifier:
    """Return the classifier of a recipe, not yet fitted."""
    options = FineTuning(**recipe.optimizer.model_dump(), pooling=recipe.encoder.pooling, seed=recipe.seed)
    return TransformerClassifier(recipe.encoder.name, max_length=recipe.encoder.max_length, fine_tuning=options)


def _fit(recipe: TransformerRecipe, split: Split, checkpoints: Path) -> TransformerClassifier:
    return build_classifier(recipe).fit(to_texts(split.train), to_labels(split.train), checkpoints=checkpoints)


if __name__ == "__main__":
    sys.exit(main())
