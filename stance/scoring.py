"""Sentences and their probabilities → scored sentences."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.calibration import Floats, logit
from stance.labels import LABELS, NONE, TIE_ORDER
from stance.sentences import Sentence


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """A sentence, and what it does.

    Attributes:
        document: the file or text it comes from.
        index: its place among the sentences of the document, from 0.
        id: the identifier it had in a table of sentences; None in running text.
        text: the sentence.
        start: offset of its first character in the document, in Unicode code points; a byte order mark is not
            counted.
        end: offset after its last character.
        labels: the labels that hold, in the order of `stance.LABELS`; may be empty.
        primary: the label a reader would name first, or "none".
        probabilities: by label, calibrated, 0 to 1.
        truncated: whether only the beginning was read, the sentence being longer than the model can take.
        model: name of the model.
    """

    document: str
    index: int
    id: str | None
    text: str
    start: int
    end: int
    labels: tuple[str, ...]
    primary: str
    probabilities: dict[str, float]
    truncated: bool
    model: str

    def to_dict(self) -> dict[str, Any]:
        """Return it with plain types, in the order of the attributes; probabilities rounded to 6 places."""
        rounded = {label: round(value, 6) for label, value in self.probabilities.items()}
        return {**asdict(self), "labels": list(self.labels), "probabilities": rounded}


def find_primary(proba: Floats, thresholds: Floats) -> list[str]:
    """Name the one label that a reader would name first for each sentence.

    It is the label furthest above its threshold, measured in log-odds; on a tie the order is denial, confirmation,
    hedging, framing; `none` where no label reaches its threshold.

    Args:
        proba: probabilities, shape (n_sentences, 4).
        thresholds: shape (4,).
    """
    limits = np.clip(thresholds, 1e-6, 1 - 1e-6)
    margins = logit(np.clip(proba, 1e-9, 1 - 1e-9)) - logit(limits)
    margins[proba < thresholds] = -np.inf
    order = [LABELS.index(label) for label in TIE_ORDER]
    ranked = margins[:, order]
    return [
        NONE if np.isneginf(row).all() else TIE_ORDER[column]
        for row, column in zip(ranked, np.argmax(ranked, axis=1), strict=True)
    ]


def to_scored_sentences(
    sentences: Sequence[Sentence],
    proba: Floats,
    truncated: NDArray[np.bool_],
    thresholds: Floats,
    *,
    document: str,
    model: str,
    ids: Sequence[str | None] | None = None,
    first_index: int = 0,
) -> list[ScoredSentence]:
    """Put sentences and their probabilities, shape (n_sentences, 4), together."""
    primaries = find_primary(proba, thresholds)
    return [
        ScoredSentence(
            document=document,
            index=first_index + i,
            id=ids[i] if ids is not None else None,
            text=sentence.text,
            start=sentence.start,
            end=sentence.end,
            labels=tuple(label for label, p, t in zip(LABELS, proba[i], thresholds, strict=True) if p >= t),
            primary=primaries[i],
            probabilities=dict(zip(LABELS, proba[i].tolist(), strict=True)),
            truncated=bool(truncated[i]),
            model=model,
        )
        for i, sentence in enumerate(sentences)
    ]
