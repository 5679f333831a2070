"""Models that somebody else trained."""

from pathlib import Path

import numpy as np
import pytest
from transformers import PreTrainedTokenizerFast, RobertaConfig, RobertaForSequenceClassification

import stance
from stance import TransformerClassifier
from stance.examples import Example
from stance.export import export_onnx
from stance.labels import HYPOTHESES, LABELS
from tests.conftest import build_bert
from tests.test_transformer import TEXTS, assert_alike
from training.data import to_labels, to_texts


def test_wrap_maps_exclusive_labels(tokenizer: PreTrainedTokenizerFast) -> None:
    model = build_bert(tokenizer, ["SURE", "UNSURE", "GUESS", "LOADED"])
    wrapped = TransformerClassifier.wrap(
        model, {"UNSURE": "hedging", "GUESS": "hedging", "LOADED": "framing"}, tokenizer=tokenizer
    )
    theirs = model(**tokenizer(TEXTS, padding=True, return_tensors="pt")).logits.softmax(-1).detach().numpy()
    proba = wrapped.predict_proba(TEXTS)
    np.testing.assert_allclose(proba[:, 2], theirs[:, 1] + theirs[:, 2], atol=1e-5)
    np.testing.assert_allclose(proba[:, 3], theirs[:, 3], atol=1e-5)
    assert (proba[:, :2] == 0).all()  # silent on confirmation and denial


def test_wrap_maps_independent_labels(tokenizer: PreTrainedTokenizerFast) -> None:
    model = build_bert(tokenizer, ["a", "b", "c"], problem_type="multi_label_classification")
    wrapped = TransformerClassifier.wrap(model, {"a": "denial", "b": "denial"}, tokenizer=tokenizer)
    theirs = model(**tokenizer(TEXTS, padding=True, return_tensors="pt")).logits.sigmoid().detach().numpy()
    np.testing.assert_allclose(wrapped.predict_proba(TEXTS)[:, 1], theirs[:, :2].max(axis=1), atol=1e-5)


def test_wrap_takes_a_single_output_as_yes_or_no(tokenizer: PreTrainedTokenizerFast) -> None:
    model = build_bert(tokenizer, ["hedged"])
    wrapped = TransformerClassifier.wrap(model, {"hedged": "hedging"}, tokenizer=tokenizer)
    theirs = model(**tokenizer(TEXTS, padding=True, return_tensors="pt")).logits.sigmoid().detach().numpy()
    np.testing.assert_allclose(wrapped.predict_proba(TEXTS)[:, 2], theirs[:, 0], atol=1e-5)


def test_wrap_reads_no_more_tokens_than_the_model_has_positions_for(
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    config = RobertaConfig(
        vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, pad_token_id=0,
        max_position_embeddings=64, id2label={0: "a", 1: "b"},
    )  # fmt: skip
    for model, longest in ((build_bert(tokenizer, ["a", "b"]), 64), (RobertaForSequenceClassification(config), 63)):
        wrapped = TransformerClassifier.wrap(model, {"a": "denial"}, tokenizer=tokenizer)
        assert wrapped.max_length_ == longest
        assert [s.truncated for s in wrapped.score_text("Word " + "word " * 500)] == [True]


def test_wrap_turns_dropout_off(tokenizer: PreTrainedTokenizerFast) -> None:
    model = build_bert(tokenizer, ["a", "b"]).train()
    wrapped = TransformerClassifier.wrap(model, {"a": "denial"}, tokenizer=tokenizer)
    np.testing.assert_array_equal(wrapped.predict_proba(TEXTS), wrapped.predict_proba(TEXTS))


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"c": "denial"}, "'c' is no label of the model"),
        ({"a": "denail"}, "did you mean 'denial'"),
        ({}, "is empty"),
        ({"a": "denial", "b": "denial"}, "leave at least one out"),
    ],
)
def test_wrap_refuses_a_mapping_that_does_not_fit(
    tokenizer: PreTrainedTokenizerFast, mapping: dict[str, str], message: str
) -> None:
    with pytest.raises(stance.InputError, match=message):
        TransformerClassifier.wrap(build_bert(tokenizer, ["a", "b"]), mapping, tokenizer=tokenizer)


def test_wrap_nli_scores_entailment_against_contradiction(tokenizer: PreTrainedTokenizerFast) -> None:
    model = build_bert(tokenizer, ["contradiction", "neutral", "entailment"])
    wrapped = TransformerClassifier.wrap_nli(model, tokenizer=tokenizer, max_length=64)
    proba = wrapped.predict_proba(TEXTS)
    for column, label in enumerate(LABELS):
        pairs = tokenizer(TEXTS, [HYPOTHESES[label]] * len(TEXTS), padding=True, return_tensors="pt")
        logits = model(**pairs).logits[:, [0, 2]]
        np.testing.assert_allclose(proba[:, column], logits.softmax(-1)[:, 1].detach().numpy(), atol=1e-5)


def test_wrap_nli_refuses_another_kind_of_model(tokenizer: PreTrainedTokenizerFast) -> None:
    with pytest.raises(stance.InputError, match="found positive, negative"):
        TransformerClassifier.wrap_nli(build_bert(tokenizer, ["positive", "negative"]), tokenizer=tokenizer)


@pytest.mark.parametrize("kind", ["mapped", "nli"])
def test_wrapped_model_is_calibrated_saved_exported_and_loaded_like_the_rest(
    kind: str, tokenizer: PreTrainedTokenizerFast, examples: list[Example], tmp_path: Path
) -> None:
    if kind == "mapped":
        theirs = build_bert(tokenizer, ["x", "y", "z"])
        wrapped = TransformerClassifier.wrap(
            theirs, {"x": "hedging", "y": "framing"}, tokenizer=tokenizer, max_length=48
        )
    else:
        theirs = build_bert(tokenizer, ["entailment", "not_entailment"])
        wrapped = TransformerClassifier.wrap_nli(theirs, tokenizer=tokenizer, max_length=48)
    wrapped.calibrate(to_texts(examples), to_labels(examples))
    assert wrapped.calibration_.n_sentences == len(examples)
    wrapped.save_pretrained(tmp_path / "wrapped")
    loaded = stance.load(tmp_path / "wrapped")
    np.testing.assert_allclose(loaded.predict_proba(TEXTS), wrapped.predict_proba(TEXTS), atol=1e-6)
    assert_alike(wrapped, export_onnx(wrapped, tmp_path / "onnx"), to_texts(examples))


def test_wrap_opens_a_folder(tokenizer: PreTrainedTokenizerFast, tmp_path: Path) -> None:
    build_bert(tokenizer, ["a", "b"]).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    wrapped = TransformerClassifier.wrap(tmp_path, {"a": "denial"})
    assert wrapped.predict_proba(TEXTS).shape == (3, 4)
    with pytest.raises(stance.ModelError, match=r"wrap"):
        stance.load(tmp_path)
