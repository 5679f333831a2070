"""Labelled data for training: parted by document, without sentences that stand on both sides."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupShuffleSplit

from stance.classifier import check_each_label_has_examples
from stance.errors import InputError
from stance.examples import Example, fold, name_documents, read_examples
from stance.labels import to_indicator
from training.config import DataConfig

_DRAWS = 20


@dataclass(frozen=True)
class Split:
    """Sentences to learn from, to calibrate on, and to report on."""

    train: list[Example]
    validation: list[Example]
    test: dict[str, list[Example]]
    n_dropped: int


def read_split(config: DataConfig) -> Split:
    """Read the files of a recipe and part them.

    Probabilities and thresholds are fitted on the validation part, so that it should be like the text to be scored.
    Sentences made for learning, in which labels are more frequent, are named as `train_only` and never set aside.
    Sentences of the training part are dropped that also stand in the validation or test part, letter for letter, or
    whose document does: the same group in two files is taken for the same document.

    Raises:
        InputError: a file cannot be used, or a part lacks a label.
    """
    examples = [example for path in config.train for example in read_examples(path)]
    test = {path: read_examples(path) for path in config.test}
    if config.validation is None:
        train, validation = split_by_group(examples, config.validation_fraction, config.split_seed)
    else:
        train, validation = examples, read_examples(config.validation)
    train += [example for path in config.train_only for example in read_examples(path)]
    held_out = [example for part in (validation, *test.values()) for example in part]
    texts = {fold(example.text) for example in held_out}
    groups = {example.group for example in held_out} - {None}
    kept = [example for example in train if fold(example.text) not in texts and example.group not in groups]
    for part, name in ((kept, "training part"), (validation, "validation part")):
        where = f"{', '.join((*config.train, *config.train_only))}: {name}"
        if not part:
            raise InputError(f"{where}: expected labelled sentences, found none")
        check_each_label_has_examples(to_labels(part), where)
    return Split(kept, validation, test, len(train) - len(kept))


def split_by_group(examples: Sequence[Example], fraction: float, seed: int) -> tuple[list[Example], list[Example]]:
    """Set a share of the documents aside.

    Of twenty random draws the one is taken whose two parts are most alike in how often they carry each label.

    Args:
        examples: labelled sentences; those without a group stand alone.
        fraction: share of the documents in the second part, above 0 and below 1.
        seed: for the draws.

    Raises:
        InputError: fewer than two documents.
    """
    groups = name_documents(example.group for example in examples)
    if len(set(groups)) < 2:
        raise InputError("a part is set aside by document (group), but there is only one; give data.validation")
    if round(len(set(groups)) * (1 - fraction)) < 1:
        raise InputError(
            f"data.validation_fraction={fraction}: nothing is left to learn from of {len(set(groups))} documents"
        )
    indicator = to_labels(examples)
    draws = GroupShuffleSplit(n_splits=_DRAWS, test_size=fraction, random_state=seed).split(indicator, groups=groups)
    first, second = min(draws, key=lambda rows: _compute_imbalance(indicator, *rows))
    return [examples[i] for i in first], [examples[i] for i in second]


def to_labels(examples: Sequence[Example]) -> NDArray[np.int64]:
    """Return the labels as 0 and 1, shape (n_sentences, 4)."""
    return to_indicator([example.labels for example in examples])


def to_texts(examples: Sequence[Example]) -> list[str]:
    """Return the sentences."""
    return [example.text for example in examples]


def _compute_imbalance(indicator: NDArray[np.int64], first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    return float(np.abs(indicator[first].mean(axis=0) - indicator[second].mean(axis=0)).sum())
