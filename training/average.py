"""Average seeds of one model: `python -m training.average configs/average.yaml data.train=PATH models=[…]`.

Models fine-tuned from one encoder on the same data mostly lie in one basin, and the mean of their weights is often
better than each, at the cost of one (model soups, Wortsman and others 2022, https://arxiv.org/abs/2203.05482).
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from stance.errors import InputError
from stance.transformer import TransformerClassifier
from training.config import AverageRecipe
from training.data import Split
from training.run import describe_data, run_training, silence_transformers


def main(argv: Sequence[str] | None = None) -> int:
    """Average as the command line says and return the exit code."""
    silence_transformers()
    description = (
        "Average the weights of transformers that were fine-tuned from one encoder with different seeds, on the same "
        "split of the same data; then calibrate and score the mean."
    )
    return run_training(AverageRecipe, _fit, description, argv)


def _fit(recipe: AverageRecipe, _split: Split, _checkpoints: Path) -> TransformerClassifier:
    expected = _name_parts(describe_data(recipe))
    models = []
    for name in recipe.models:
        model = TransformerClassifier.from_pretrained(name)
        if _name_parts(model.info_.training) != expected:
            raise InputError(
                f"{name}: expected a model trained on the files and the split of this recipe, found another; "
                "sentences it has learnt from would be calibrated on"
            )
        models.append(model)
    return average(models, recipe.models)


def average(models: Sequence[TransformerClassifier], names: Sequence[str]) -> TransformerClassifier:
    """Return the first model with the mean of all weights.

    Raises:
        InputError: a model has another tokenizer, or weights of other names or shapes.
    """
    first = models[0]
    states = [model.model_.state_dict() for model in models]
    shapes = [{key: value.shape for key, value in state.items()} for state in states]
    for model, name, shape in zip(models, names, shapes, strict=True):
        if shape != shapes[0]:
            raise InputError(f"{name}: expected the architecture of {names[0]}, found another")
        if model.tokenizer_.get_vocab() != first.tokenizer_.get_vocab():
            raise InputError(f"{name}: expected the tokenizer of {names[0]}, found another")
    mean = {
        key: torch.stack([state[key] for state in states]).mean(dim=0) if value.is_floating_point() else value
        for key, value in states[0].items()
    }
    first.model_.load_state_dict(mean)
    return first


def _name_parts(training: dict[str, Any]) -> dict[str, Any]:
    """Return what decides which sentences were learnt from."""
    data = training.get("data", {})
    parts = {part: [file["sha256"] for file in data.get(part, [])] for part in ("train", "train_only", "validation")}
    return {**parts, **{key: training.get(key) for key in ("validation_fraction", "split_seed")}}


if __name__ == "__main__":
    sys.exit(main())
