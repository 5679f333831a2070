"""Any Hugging Face encoder: fine-tuned on labelled sentences, or wrapped as somebody else trained it."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.exceptions import NotFittedError
from transformers import (
    AutoConfig,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    set_seed,
)

from stance.calibration import Calibration, Floats
from stance.classifier import (
    MIN_LENGTH,
    Classifier,
    check_each_label_has_examples,
    check_examples,
    check_max_length,
)
from stance.encoder import DEFAULT_ENCODER, find_encoder
from stance.errors import InputError, ModelError
from stance.finetuning import FineTuning, fine_tune, use_mean_pooling
from stance.folder import ModelInfo, check_kind
from stance.heads import Head, NativeHead, build_mapped_head, build_nli_head, read_head, to_float64, write_head
from stance.labels import HYPOTHESES, LABELS, to_targets
from stance.onnx import SURROGATE

_BATCH = 32


class TransformerClassifier(Classifier):
    """A Hugging Face encoder with an output for each label.

    Args:
        encoder: local folder, or name on the hub; MiniLM also comes with an installed package (see `find_encoder`).
        max_length: most tokens read of a sentence; longer ones are cut, and flagged.
        fine_tuning: how `fit` trains.
    """

    kind: ClassVar[str] = "transformer"
    model_: PreTrainedModel
    tokenizer_: PreTrainedTokenizerBase
    head_: Head
    max_length_: int

    def __init__(
        self, encoder: str = DEFAULT_ENCODER, *, max_length: int = 256, fine_tuning: FineTuning | None = None
    ) -> None:
        self.encoder = encoder
        self.max_length = max_length
        self.fine_tuning = fine_tuning or FineTuning()

    def fit(
        self,
        texts: Iterable[str],
        y: ArrayLike | Sequence[Iterable[str]],
        *,
        checkpoints: str | Path | None = None,
    ) -> Self:
        """Fine-tune the encoder; follow with `calibrate` on other sentences.

        The same sentences, settings and seed give the same weights on the same machine (on a GPU, up to the
        order in which it adds).

        Args:
            texts: sentences.
            y: their labels: names per sentence, or 0 and 1, or probabilities ("soft labels", as another model gives
                them) of shape (n_sentences, 4).
            checkpoints: folder for the state of training. If it holds some already, training goes on from the
                last, to the same result; it must then come from the same call.

        Raises:
            InputError: no sentence, or a label without an example.
            ModelError: the encoder is not to be had.
        """
        checked, targets = check_examples(texts, y, convert=to_targets)
        check_each_label_has_examples(targets >= 0.5, "training data")
        source = find_encoder(self.encoder)
        self.tokenizer_ = _load_tokenizer(source)
        set_seed(self.fine_tuning.seed)
        self.model_ = _load_model(
            source,
            num_labels=len(LABELS),
            id2label=dict(enumerate(LABELS)),
            label2id={label: i for i, label in enumerate(LABELS)},
            problem_type="multi_label_classification",
        )
        self.max_length_ = min(check_max_length(self.max_length), _find_longest(self.model_.config))
        if self.fine_tuning.pooling == "mean":
            use_mean_pooling(self.model_)
        self.head_ = NativeHead()
        input_ids = self._encode([(text, None) for text in checked])[0]["input_ids"]
        fine_tune(self.model_, self.tokenizer_, input_ids, targets, self.fine_tuning, checkpoints)
        self._set_up(name="transformer")
        return self

    @classmethod
    def wrap(
        cls,
        model: str | Path | PreTrainedModel,
        mapping: Mapping[str, str],
        *,
        tokenizer: PreTrainedTokenizerBase | None = None,
        max_length: int = 256,
    ) -> Self:
        """Use a sequence classifier that somebody else trained, its labels standing for ours.

        Labels of ours that the mapping leaves out get the probability 0. `calibrate` fits the rest on a few
        labelled sentences.

        Args:
            model: folder, name on the hub, or a loaded model.
            mapping: the model's labels → ours, for example `{"UNCERTAIN": "hedging"}`.
            tokenizer: needed with a loaded model.
            max_length: most tokens read of a sentence.

        Raises:
            InputError: the mapping does not fit the model or our labels.
            ModelError: the model is not to be had.
        """
        wrapped = cls._wrap(model, tokenizer, max_length)
        config = wrapped.model_.config
        # A single output is a yes or no, as transformers' own pipeline has it.
        multi_label = config.problem_type == "multi_label_classification" or len(_list_labels(config)) == 1
        wrapped.head_ = build_mapped_head(_list_labels(config), mapping, multi_label=multi_label)
        return wrapped

    @classmethod
    def wrap_nli(
        cls,
        model: str | Path | PreTrainedModel,
        hypotheses: Mapping[str, str] = HYPOTHESES,
        *,
        tokenizer: PreTrainedTokenizerBase | None = None,
        max_length: int = 256,
    ) -> Self:
        """Use a model of natural language inference without training: does a sentence entail our definitions?

        Args:
            model: folder, name on the hub, or a loaded model.
            hypotheses: one sentence for each of our labels; by default made from their definitions.
            tokenizer: needed with a loaded model.
            max_length: most tokens read of a sentence and a hypothesis together.

        Raises:
            InputError: the model's labels are not those of inference, or a hypothesis is missing.
            ModelError: the model is not to be had.
        """
        wrapped = cls._wrap(model, tokenizer, max_length)
        wrapped.head_ = build_nli_head(_list_labels(wrapped.model_.config), hypotheses)
        longest = max(len(ids) for ids in wrapped.tokenizer_(list(wrapped.head_.hypotheses))["input_ids"])
        if longest + MIN_LENGTH > wrapped.max_length_:
            raise InputError(
                f"max_length: the longest hypothesis has {longest} tokens and leaves no room for a sentence within "
                f"{wrapped.max_length_}; shorten it or raise max_length"
            )
        return wrapped

    @classmethod
    def _wrap(
        cls, model: str | Path | PreTrainedModel, tokenizer: PreTrainedTokenizerBase | None, max_length: int
    ) -> Self:
        wrapped = cls(str(getattr(model, "name_or_path", model)), max_length=check_max_length(max_length))
        if isinstance(model, PreTrainedModel):
            if tokenizer is None:
                raise InputError("tokenizer: expected the tokenizer of the loaded model, found none")
            wrapped.model_, wrapped.tokenizer_ = model, tokenizer
        else:
            wrapped.model_ = _load_model(str(model))
            wrapped.tokenizer_ = tokenizer or _load_tokenizer(str(model))
        wrapped.max_length_ = min(max_length, _find_longest(wrapped.model_.config))
        wrapped._set_up(name="wrapped")
        return wrapped

    def _set_up(self, name: str) -> None:
        # A loaded model may still be in training mode, where dropout changes its scores at every call.
        self.model_.eval()
        self.calibration_ = Calibration()
        self.info_ = ModelInfo(name, self.kind, self.calibration_, {})

    # ---- scoring ----------------------------------------------------------------------------------------------

    def _compute_scores(self, texts: list[str]) -> tuple[Floats, NDArray[np.bool_]]:
        self._check_fitted()
        if not texts:
            return np.zeros((0, len(LABELS))), np.zeros(0, dtype=np.bool_)
        encoded, cut = self._encode(self.head_.pair(texts))
        scores = self.head_.to_scores(self._compute_logits(encoded))
        return scores, np.any(cut.reshape(len(texts), -1), axis=1)

    def _encode(self, pairs: Sequence[tuple[str, str | None]]) -> tuple[dict[str, list[list[int]]], NDArray[np.bool_]]:
        """Tokenize, and tell which inputs had to be cut, shape (n_inputs,)."""
        first = [SURROGATE.sub("\ufffd", text) for text, _ in pairs]
        second = [pair for _, pair in pairs if pair is not None] or None
        encoded = self.tokenizer_(first, second, truncation="only_first", max_length=self.max_length_, verbose=False)
        full = self.tokenizer_(first, second, truncation=False, verbose=False)
        lengths = zip(encoded["input_ids"], full["input_ids"], strict=True)
        return dict(encoded), np.array([len(kept) < len(whole) for kept, whole in lengths])

    @torch.inference_mode()
    def _compute_logits(self, encoded: dict[str, list[list[int]]]) -> Floats:
        device = next(self.model_.parameters()).device
        order = np.argsort([len(ids) for ids in encoded["input_ids"]], kind="stable")
        logits = np.zeros((len(order), len(_list_labels(self.model_.config))))
        for begin in range(0, len(order), _BATCH):
            rows = order[begin : begin + _BATCH]
            batch = {name: [column[i] for i in rows] for name, column in encoded.items()}
            inputs = self.tokenizer_.pad(batch, return_tensors="pt").to(device)
            logits[rows] = to_float64(self.model_(**inputs).logits.float().cpu().numpy())
        return logits

    def _check_fitted(self) -> None:
        if not hasattr(self, "model_"):
            raise NotFittedError(
                "This TransformerClassifier is not fitted yet; call fit first, wrap, or from_pretrained"
            )

    # ---- keeping it -------------------------------------------------------------------------------------------

    def _get_settings(self) -> dict[str, Any]:
        return {"encoder": self.encoder, "max_length": self.max_length_, "head": write_head(self.head_)}

    def _write_files(self, folder: Path) -> None:
        self.model_.save_pretrained(folder)
        self.tokenizer_.save_pretrained(folder)

    @classmethod
    def _read_files(cls, folder: Path, info: ModelInfo) -> Self:
        check_kind(folder, info, cls.kind, "config.json", "model.safetensors")
        max_length = check_max_length(info.settings.get("max_length"))
        model = cls(str(info.settings.get("encoder")), max_length=max_length)
        model.model_ = _load_model(str(folder)).eval()
        model.max_length_ = min(max_length, _find_longest(model.model_.config))
        model.tokenizer_ = _load_tokenizer(str(folder))
        model.head_ = read_head(info.settings.get("head"))
        model.calibration_ = info.calibration
        model.info_ = info
        return model


def _load_model(name_or_dir: str, **config: Any) -> PreTrainedModel:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        loaded = AutoModelForSequenceClassification.from_pretrained(
            name_or_dir,
            config=AutoConfig.from_pretrained(name_or_dir, trust_remote_code=False, **config),
            trust_remote_code=False,
            use_safetensors=True,
            ignore_mismatched_sizes=bool(config),  # other outputs than those of an earlier training are new
        )
    except (OSError, ValueError) as error:
        raise ModelError(f"{name_or_dir}: cannot be loaded as a sequence classifier: {_first_line(error)}") from error
    model: PreTrainedModel = loaded.to(device)
    return model


def _load_tokenizer(name_or_dir: str) -> PreTrainedTokenizerBase:
    try:
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(name_or_dir, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise ModelError(f"{name_or_dir}: its tokenizer cannot be loaded: {_first_line(error)}") from error
    return tokenizer


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def _find_longest(config: Any) -> int:
    """Return how many tokens a network has positions for; RoBERTa's kin count them from after the padding."""
    positions = getattr(config, "max_position_embeddings", None) or 0
    if any(name in config.model_type for name in ("roberta", "camembert", "longformer", "mpnet")):
        positions -= config.pad_token_id + 1
    return positions if positions > 0 else sys.maxsize


def _list_labels(config: Any) -> list[str]:
    return [config.id2label[i] for i in sorted(config.id2label)]
