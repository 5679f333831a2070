"""Other ways to the same labels, each as its documentation shows it; `training.compare_peers` sets them beside ours.

Each takes the sentences to learn from, their labels, the pretrained encoder and a seed, and returns a function from
sentences to log-odds, shape (n_sentences, 4). All are calibrated and given thresholds alike.
"""

import random
import re
from collections.abc import Callable, Sequence
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from stance.calibration import Floats, logit
from stance.checks.wording import CUES
from stance.encoder import find_encoder
from stance.labels import LABELS

Score = Callable[[Sequence[str]], Floats]
Peer = Callable[[Sequence[str], NDArray[np.int64], str, int], Score]

_LEAST = 1e-6  # probabilities of 0 and 1 have no log-odds
_BATCH = 16
_SPACY_EPOCHS = 10


def train_cue_list(_texts: Sequence[str], _y: NDArray[np.int64], _encoder: str, _seed: int) -> Score:
    """Count the cue words of each label; nothing is learnt."""
    patterns = [re.compile(rf"\b(?:{'|'.join(CUES[label].values())})\b", re.IGNORECASE) for label in LABELS]
    return lambda texts: np.array([[len(pattern.findall(text)) - 0.5 for pattern in patterns] for text in texts])


def train_frozen(texts: Sequence[str], y: NDArray[np.int64], encoder: str, seed: int) -> Score:
    """Fit a logistic regression for each label on embeddings of the encoder as it is (sentence-transformers)."""
    from sentence_transformers import SentenceTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier

    embed = SentenceTransformer(find_encoder(encoder))
    classifier = OneVsRestClassifier(LogisticRegression(max_iter=1000, random_state=seed))
    classifier.fit(embed.encode(list(texts)), y)
    return lambda texts: np.asarray(classifier.decision_function(embed.encode(list(texts))), dtype=np.float64)


def train_setfit(texts: Sequence[str], y: NDArray[np.int64], encoder: str, seed: int) -> Score:
    """Train SetFit (Tunstall and others 2022, https://arxiv.org/abs/2209.11055), one versus rest.

    It pulls sentences with a label in common together, two pairs for each sentence, then fits a logistic regression.
    """
    from datasets import Dataset
    from setfit import SetFitModel, Trainer, TrainingArguments

    model = SetFitModel.from_pretrained(find_encoder(encoder), multi_target_strategy="one-vs-rest")
    with TemporaryDirectory() as scratch:
        arguments = TrainingArguments(
            output_dir=scratch,
            batch_size=_BATCH,
            max_steps=2 * len(texts) // _BATCH,
            seed=seed,
            save_strategy="no",
            report_to="none",
        )
        data = Dataset.from_dict({"text": list(texts), "label": y.tolist()})
        Trainer(model=model, args=arguments, train_dataset=data).train()
    return lambda texts: _to_scores(model.predict_proba(list(texts), as_numpy=True))


def train_spacy(texts: Sequence[str], y: NDArray[np.int64], _encoder: str, seed: int) -> Score:
    """Train spaCy's `textcat_multilabel` as it comes: words and a small convolution, without pretrained vectors."""
    import spacy
    from spacy.training import Example
    from spacy.util import compounding, fix_random_seed, minibatch

    fix_random_seed(seed)
    nlp = spacy.blank("en")
    category = nlp.add_pipe("textcat_multilabel")
    for label in LABELS:
        category.add_label(label)
    examples = [
        Example.from_dict(nlp.make_doc(text), {"cats": dict(zip(LABELS, map(float, row), strict=True))})
        for text, row in zip(texts, y, strict=True)
    ]
    optimizer = nlp.initialize(lambda: examples)
    order = random.Random(seed)  # noqa: S311 - no secret
    for _ in tqdm(range(_SPACY_EPOCHS), desc="spaCy", unit=" epochs", delay=2, disable=None, leave=False):
        order.shuffle(examples)
        for batch in minibatch(examples, size=compounding(4.0, 32.0, 1.001)):
            nlp.update(batch, sgd=optimizer, drop=0.2)

    def score(texts: Sequence[str]) -> Floats:
        return _to_scores([[doc.cats[label] for label in LABELS] for doc in nlp.pipe(texts)])

    return score


def train_plain(texts: Sequence[str], y: NDArray[np.int64], encoder: str, seed: int) -> Score:
    """Fine-tune with the Trainer of transformers, every setting as it comes (3 epochs, batches of 8, 5e-5)."""
    import torch
    from datasets import Dataset
    from transformers import (
        AutoModelForSequenceClassification,
        AutoTokenizer,
        DataCollatorWithPadding,
        Trainer,
        TrainingArguments,
        set_seed,
    )

    set_seed(seed)
    source = find_encoder(encoder)
    tokenizer = AutoTokenizer.from_pretrained(source)
    model = AutoModelForSequenceClassification.from_pretrained(
        source, num_labels=len(LABELS), problem_type="multi_label_classification"
    )

    def encode(texts: Sequence[str]) -> Any:
        return tokenizer(list(texts), truncation=True, max_length=model.config.max_position_embeddings)

    with TemporaryDirectory() as scratch:
        arguments = TrainingArguments(
            output_dir=scratch,
            seed=seed,
            save_strategy="no",
            report_to="none",
            dataloader_pin_memory=torch.cuda.is_available(),
        )
        trainer = Trainer(
            model=model,
            args=arguments,
            train_dataset=Dataset.from_dict({**encode(texts), "labels": y.astype(np.float32)}),
            data_collator=DataCollatorWithPadding(tokenizer),
        )
        trainer.train()

        def score(texts: Sequence[str]) -> Floats:
            return np.asarray(trainer.predict(Dataset.from_dict(dict(encode(texts)))).predictions, dtype=np.float64)

        return score


def _to_scores(proba: Any) -> Floats:
    return logit(np.clip(np.asarray(proba, dtype=np.float64), _LEAST, 1 - _LEAST))


PEERS: dict[str, Peer] = {
    "cue list": train_cue_list,
    "frozen encoder": train_frozen,
    "spaCy textcat": train_spacy,
    "SetFit": train_setfit,
    "plain Trainer": train_plain,
}
