"""What does each sentence of a text do to a claim, and to its reader?

import stance

model = stance.load()
for sentence in model.score_text("The ministry denied the report. It may have known."):
    print(sentence.labels, sentence.text)
"""

from typing import TYPE_CHECKING, Any

from stance.classifier import Classifier
from stance.errors import ConfigError, InputError, MissingExtraError, ModelError, StanceError
from stance.labels import DEFINITIONS, LABELS
from stance.models import load
from stance.scoring import ScoredSentence
from stance.sentences import Sentence, split_sentences

if TYPE_CHECKING:
    from stance.finetuning import FineTuning
    from stance.tfidf import TfidfClassifier
    from stance.transformer import TransformerClassifier

__version__ = "0.1.0"

__all__ = [
    "DEFINITIONS",
    "LABELS",
    "Classifier",
    "ConfigError",
    "FineTuning",
    "InputError",
    "MissingExtraError",
    "ModelError",
    "ScoredSentence",
    "Sentence",
    "StanceError",
    "TfidfClassifier",
    "TransformerClassifier",
    "load",
    "split_sentences",
]

# Training needs scikit-learn or torch; whoever only scores does not wait for them.
_LAZY = {
    "FineTuning": "stance.finetuning",
    "TfidfClassifier": "stance.tfidf",
    "TransformerClassifier": "stance.transformer",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'stance' has no attribute {name!r}")
    from importlib import import_module

    try:
        return getattr(import_module(_LAZY[name]), name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in ("torch", "transformers", "datasets"):
            raise MissingExtraError(f"stance.{name}", str(error.name), "train") from error
        raise
