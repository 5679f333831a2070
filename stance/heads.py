"""How the outputs of a sequence classifier become scores for the four labels. Needs numpy only."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.calibration import Floats
from stance.errors import InputError, ModelError
from stance.labels import LABELS, describe_unknown_label


@dataclass(frozen=True)
class NativeHead:
    """The model has one output for each of our labels, in our order: it was fine-tuned by us."""

    kind: str = "native"

    def pair(self, texts: Sequence[str]) -> list[tuple[str, str | None]]:
        """Return what the model reads for each text."""
        return [(text, None) for text in texts]

    def to_scores(self, logits: Floats) -> Floats:
        """Turn logits, shape (n_sentences, 4), into log-odds of the same shape."""
        return logits


@dataclass(frozen=True)
class MappedHead:
    """Somebody else's labels stand for ours.

    Attributes:
        outputs: for each of our labels the columns of the model that stand for it; none where it is silent.
        multi_label: whether the outputs are independent (sigmoid) or exclusive (softmax).
    """

    outputs: tuple[tuple[int, ...], ...]
    multi_label: bool
    kind: str = "mapped"

    def pair(self, texts: Sequence[str]) -> list[tuple[str, str | None]]:
        """Return what the model reads for each text."""
        return [(text, None) for text in texts]

    def to_scores(self, logits: Floats) -> Floats:
        """Turn logits, shape (n_sentences, n_outputs), into log-odds, shape (n_sentences, 4).

        Of independent outputs the strongest counts; the probabilities of exclusive ones add up.
        """
        scores = np.full((len(logits), len(LABELS)), -np.inf)
        for column, outputs in enumerate(self.outputs):
            if not outputs:
                continue
            inside = logits[:, outputs]
            if self.multi_label:
                scores[:, column] = inside.max(axis=1)
            else:
                outside = np.delete(logits, outputs, axis=1)
                scores[:, column] = np.logaddexp.reduce(inside, axis=1) - np.logaddexp.reduce(outside, axis=1)
        return scores


@dataclass(frozen=True)
class NliHead:
    """A model of natural language inference judges one hypothesis for each of our labels.

    The score is the log-odds of entailment against contradiction (Yin, Hay and Roth 2019, "Benchmarking zero-shot
    text classification", https://aclanthology.org/D19-1404).

    Attributes:
        hypotheses: one sentence for each of `LABELS`.
        entailment: column of the model that says the hypothesis follows.
        contradiction: column that says it does not.
    """

    hypotheses: tuple[str, ...]
    entailment: int
    contradiction: int
    kind: str = "nli"

    def pair(self, texts: Sequence[str]) -> list[tuple[str, str | None]]:
        """Return what the model reads for each text: the text with every hypothesis."""
        return [(text, hypothesis) for text in texts for hypothesis in self.hypotheses]

    def to_scores(self, logits: Floats) -> Floats:
        """Turn logits, shape (n_sentences · 4, n_outputs), into log-odds, shape (n_sentences, 4)."""
        return (logits[:, self.entailment] - logits[:, self.contradiction]).reshape(-1, len(LABELS))


_MAX_OUTPUTS = 10_000

Head = NativeHead | MappedHead | NliHead


def read_head(data: Any) -> Head:
    """Rebuild a head from what `dataclasses.asdict` made of it.

    Raises:
        ModelError: it is of no known kind, or does not fit together.
    """
    try:
        match data["kind"]:
            case "native":
                return NativeHead()
            case "mapped":
                outputs = tuple(tuple(columns) for columns in data["outputs"])
                columns_fit = all(_is_column(column) for columns in outputs for column in columns)
                if len(outputs) == len(LABELS) and columns_fit and isinstance(data["multi_label"], bool):
                    return MappedHead(outputs, data["multi_label"])
            case "nli":
                hypotheses = data["hypotheses"]
                texts_fit = isinstance(hypotheses, list) and all(isinstance(text, str) for text in hypotheses)
                columns_fit = _is_column(data["entailment"]) and _is_column(data["contradiction"])
                if texts_fit and columns_fit and len(hypotheses) == len(LABELS):
                    return NliHead(tuple(hypotheses), data["entailment"], data["contradiction"])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"head in stance.json cannot be read: {error!r}") from error
    raise ModelError(f"head in stance.json: expected native, mapped or nli for {len(LABELS)} labels, found {data}")


def _is_column(value: object) -> bool:
    return type(value) is int and 0 <= value < _MAX_OUTPUTS


def write_head(head: Head) -> dict[str, Any]:
    """Return a head as plain types."""
    return asdict(head)


def build_mapped_head(their_labels: Sequence[str], mapping: Mapping[str, str], *, multi_label: bool) -> MappedHead:
    """Let the labels of another model stand for ours.

    Args:
        their_labels: in the order of the model's outputs.
        mapping: theirs → ours; several may stand for one of ours, and those left out stand for none.
        multi_label: whether the model's outputs are independent.

    Raises:
        InputError: a label is unknown on either side, or nothing is left to tell a label from.
    """
    if not isinstance(mapping, Mapping):
        raise InputError(f"mapping: expected the model's labels and ours, as a dict, found {type(mapping).__name__}")
    problems = [f"{theirs!r} is no label of the model" for theirs in mapping if theirs not in their_labels]
    problems += [describe_unknown_label(ours) for ours in mapping.values() if ours not in LABELS]
    if problems or not mapping:
        raise InputError(
            f"mapping: {'; '.join(problems) or 'is empty'}; expected some of the model's labels "
            f"({', '.join(their_labels)}) as keys and some of {', '.join(LABELS)} as values"
        )
    outputs = tuple(tuple(i for i, theirs in enumerate(their_labels) if mapping.get(theirs) == ours) for ours in LABELS)
    if not multi_label and any(len(columns) == len(their_labels) for columns in outputs):
        raise InputError("mapping: every label of the model stands for the same one of ours; leave at least one out")
    return MappedHead(outputs, multi_label)


def build_nli_head(their_labels: Sequence[str], hypotheses: Mapping[str, str]) -> NliHead:
    """Use a model of natural language inference with one hypothesis for each label.

    Args:
        their_labels: in the order of the model's outputs.
        hypotheses: one sentence for each of our labels.

    Raises:
        InputError: the model has no outputs named entailment and contradiction (or not_entailment), or a
            hypothesis is missing.
    """
    names = [label.lower().replace("-", "_") for label in their_labels]
    against = next((name for name in ("contradiction", "not_entailment") if name in names), None)
    if "entailment" not in names or against is None:
        raise InputError(
            "expected a model of natural language inference with labels 'entailment' and 'contradiction' "
            f"(or 'not_entailment'), found {', '.join(their_labels)}"
        )
    if not isinstance(hypotheses, Mapping):
        raise InputError(f"hypotheses: expected a sentence by label, as a dict, found {type(hypotheses).__name__}")
    lacking = [label for label in LABELS if not hypotheses.get(label)]
    if lacking:
        raise InputError(f"hypotheses: expected one for each label, found none for {', '.join(lacking)}")
    texts = tuple(hypotheses[label] for label in LABELS)
    return NliHead(texts, names.index("entailment"), names.index(against))


def to_float64(logits: NDArray[Any]) -> Floats:
    """Return logits in double precision, in which all scores are computed."""
    return np.asarray(logits, dtype=np.float64)
