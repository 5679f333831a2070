"""Teach a small model by larger ones: `python -m training.distill configs/distill.yaml data.train=PATH teachers=[…]`.

Knowledge distillation (Hinton, Vinyals and Dean 2015, https://arxiv.org/abs/1503.02531): the student learns the mean
probabilities of the teachers, on unlabelled sentences alone, on labelled ones together with their labels.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

import stance
from stance.calibration import Floats
from stance.drafts import write_draft
from stance.examples import fold
from stance.inputs import read_document
from stance.transformer import TransformerClassifier
from training.config import DistillRecipe
from training.data import Split, to_labels, to_texts
from training.run import run_training, say, silence_transformers
from training.train_transformer import build_classifier

_CHUNK = 256


def main(argv: Sequence[str] | None = None) -> int:
    """Train as the command line says and return the exit code."""
    silence_transformers()
    description = (
        "Train a student on what trained models (teachers) say of labelled and unlabelled sentences. "
        "After an interruption, the same command goes on where it stopped, to the same result."
    )
    return run_training(DistillRecipe, _fit, description, argv)


def _fit(recipe: DistillRecipe, split: Split, checkpoints: Path) -> TransformerClassifier:
    texts = to_texts(split.train)
    labelled = len(texts)
    texts += read_unlabelled(recipe.unlabelled, split)
    say(f"{len(texts) - labelled} unlabelled sentences beside them; {len(recipe.teachers)} teachers")
    targets = np.mean([ask_teacher(teacher, texts, checkpoints) for teacher in recipe.teachers], axis=0)
    weight = recipe.label_weight
    targets[:labelled] = weight * to_labels(split.train) + (1 - weight) * targets[:labelled]
    return build_classifier(recipe).fit(texts, targets, checkpoints=checkpoints)


def read_unlabelled(paths: Sequence[str], split: Split) -> list[str]:
    """Read sentences, each once, without those that are learnt from anyhow or held out."""
    parts = (split.train, split.validation, *split.test.values())
    known = {fold(example.text) for part in parts for example in part}
    texts = (s.text for path in paths for s in read_document(path, warn=say).sentences)
    return list({key: text for text in texts if (key := fold(text)) and key not in known}.values())


def ask_teacher(teacher: str, texts: Sequence[str], checkpoints: Path) -> Floats:
    """Return a teacher's probabilities, shape (n_sentences, 4); they are kept for when training goes on."""
    kept = checkpoints / f"teacher-{Path(teacher).name}.npy"
    if kept.is_file():
        proba: Floats = np.load(kept, allow_pickle=False)
        return proba
    model = stance.load(teacher)
    with tqdm(total=len(texts), desc=f"teacher {model.info_.name}", unit=" sentences", delay=2, disable=None) as bar:
        chunks = []
        for begin in range(0, len(texts), _CHUNK):
            chunks.append(model.predict_proba(texts[begin : begin + _CHUNK]))
            bar.update(len(chunks[-1]))
    proba = np.concatenate(chunks)
    with write_draft(kept) as draft, draft.open("wb") as file:
        np.save(file, proba, allow_pickle=False)
    return proba


if __name__ == "__main__":
    sys.exit(main())
