import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
import transformers
from transformers import (
    ModernBertConfig,
    ModernBertForSequenceClassification,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaForSequenceClassification,
)

import stance
from stance import FineTuning, TransformerClassifier
from stance.calibration import sigmoid
from stance.examples import Example
from stance.export import export_onnx, write_exact_onnx
from stance.finetuning import LengthGroupedSampler, find_last_checkpoint, use_mean_pooling
from stance.labels import LABELS
from stance.onnx import OnnxClassifier
from tests.conftest import build_bert
from training.data import to_labels, to_texts

TEXTS = ["The ministry denied the report.", "It may have known, a union leader told supporters.", "The shop opens."]


def assert_alike(model: TransformerClassifier, exported: OnnxClassifier, texts: list[str]) -> None:
    """Int8 is coarse on networks as tiny as these, but sentences keep their order by and large."""
    exact, coarse = model.decision_function(texts), exported.decision_function(texts)
    for column in range(len(LABELS)):
        if np.isfinite(exact[:, column]).all():
            assert np.corrcoef(exact[:, column], coarse[:, column])[0, 1] > 0.8
        else:
            np.testing.assert_array_equal(exact[:, column], coarse[:, column])


def get_weights(model: TransformerClassifier) -> dict[str, torch.Tensor]:
    return {name: weight.clone() for name, weight in model.model_.state_dict().items()}


# ---- fine-tuning ------------------------------------------------------------------------------------------------


def test_fit_learns_its_training_sentences(encoder: str, examples: list[Example]) -> None:
    options = FineTuning(epochs=30, learning_rate=3e-3)
    model = TransformerClassifier(encoder, max_length=48, fine_tuning=options)
    model.fit(to_texts(examples), to_labels(examples)).calibrate(to_texts(examples), to_labels(examples))
    assert (model.predict(to_texts(examples)) == to_labels(examples)).mean() > 0.95


def test_fit_gives_the_same_weights_for_the_same_seed_and_others_for_another(
    encoder: str, examples: list[Example]
) -> None:
    def fit(seed: int) -> dict[str, torch.Tensor]:
        model = TransformerClassifier(encoder, fine_tuning=FineTuning(epochs=1, seed=seed))
        return get_weights(model.fit(to_texts(examples), to_labels(examples)))

    first, second, other = fit(seed=1), fit(seed=1), fit(seed=2)
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["classifier.weight"], other["classifier.weight"])


def test_fit_goes_on_from_checkpoints_to_the_same_weights(
    encoder: str, examples: list[Example], tmp_path: Path
) -> None:
    def fit(checkpoints: Path) -> dict[str, torch.Tensor]:
        options = FineTuning(epochs=3, checkpoint_steps=4)
        model = TransformerClassifier(encoder, fine_tuning=options)
        return get_weights(model.fit(to_texts(examples), to_labels(examples), checkpoints=checkpoints))

    uninterrupted = fit(tmp_path / "whole")
    # 96 sentences in batches of 16 make 18 steps; take up again in the middle of the second and of the third epoch.
    for step in (8, 16):
        source = tmp_path / "whole" / f"checkpoint-{step}"
        if not source.exists():  # only the last two are kept
            continue
        folder = tmp_path / f"from-{step}"
        shutil.copytree(source, folder / source.name)
        resumed = fit(folder)
        assert all(torch.equal(uninterrupted[name], resumed[name]) for name in resumed)
    assert (tmp_path / "from-16").exists()


def test_find_last_checkpoint_passes_over_what_was_not_written_to_its_end(
    encoder: str, examples: list[Example], tmp_path: Path
) -> None:
    model = TransformerClassifier(encoder, fine_tuning=FineTuning(epochs=1, checkpoint_steps=2))
    model.fit(to_texts(examples), to_labels(examples), checkpoints=tmp_path)
    assert find_last_checkpoint(tmp_path) == tmp_path / "checkpoint-6"
    (tmp_path / "checkpoint-6" / "rng_state.pth").unlink()
    assert find_last_checkpoint(tmp_path) == tmp_path / "checkpoint-4"
    with (tmp_path / "checkpoint-4" / "optimizer.pt").open("r+b") as file:
        file.truncate(100)
    assert find_last_checkpoint(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_fine_tuning_refuses_impossible_values() -> None:
    with pytest.raises(stance.InputError, match=r"epochs=0, learning_rate=-1, pooling='max'"):
        FineTuning(epochs=0, learning_rate=-1, pooling="max")  # type: ignore[arg-type]


def test_sampler_takes_every_sentence_once_and_batches_like_lengths() -> None:
    lengths = np.random.default_rng(0).integers(5, 60, 1005)
    sampler = LengthGroupedSampler(lengths.tolist(), batch_size=10, seed=3)
    first = list(sampler)
    assert sorted(first) == list(range(1005))
    spreads = [np.ptp(lengths[first[begin : begin + 10]]) for begin in range(0, 1000, 10)]
    assert np.mean(spreads) < 5
    sampler.set_epoch(1)
    assert list(sampler) != first
    sampler.set_epoch(0)
    assert list(sampler) == first


def test_use_mean_pooling_starts_from_the_mean_over_tokens(tokenizer: PreTrainedTokenizerFast) -> None:
    model = build_bert(tokenizer, list(LABELS)).eval()
    inputs = tokenizer(TEXTS, padding=True, return_tensors="pt")
    hidden = model.bert(**inputs).last_hidden_state
    mask = inputs["attention_mask"].unsqueeze(-1)
    mean = (hidden * mask).sum(1) / mask.sum(1)
    use_mean_pooling(model)
    with torch.no_grad():
        for name, weight in model.bert.encoder.layer[-1].named_parameters():
            if "query" in name:
                weight.zero_()  # attention is uniform up to its small random start
    first = model.eval().bert(**inputs).last_hidden_state[:, 0]
    norm = torch.nn.functional.layer_norm
    expected = norm(4 * mean + hidden[:, 0], (32,))
    torch.testing.assert_close(first, expected, atol=1e-4, rtol=1e-4)


def test_fit_refuses_mean_pooling_where_it_cannot_be_had(
    tokenizer: PreTrainedTokenizerFast, examples: list[Example], tmp_path: Path
) -> None:
    config = RobertaConfig(vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=1, num_attention_heads=2)
    RobertaForSequenceClassification(config).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    with pytest.raises(stance.InputError, match="expected first for an encoder of type 'roberta'"):
        TransformerClassifier(str(tmp_path)).fit(to_texts(examples), to_labels(examples))


def test_fit_refuses_an_empty_set_and_a_label_without_examples(encoder: str) -> None:
    model = TransformerClassifier(encoder)
    with pytest.raises(stance.InputError, match="found none"):
        model.fit([], [])
    with pytest.raises(stance.InputError, match="confirmation, hedging, framing"):
        model.fit(TEXTS, [["denial"], [], []])


def test_fit_says_which_encoder_is_not_to_be_had(examples: list[Example]) -> None:
    with pytest.raises(stance.ModelError, match="nobody/nothing"):
        TransformerClassifier("nobody/nothing").fit(to_texts(examples), to_labels(examples))


# ---- Hugging Face -----------------------------------------------------------------------------------------------


def test_saved_folder_opens_in_a_plain_pipeline_with_the_same_probabilities(
    fitted_transformer: TransformerClassifier, tmp_path: Path
) -> None:
    fitted_transformer.save_pretrained(tmp_path / "model")
    pipeline: Any = transformers.pipeline("text-classification", model=str(tmp_path / "model"), top_k=None)
    expected = sigmoid(fitted_transformer.decision_function(TEXTS))
    for text, row in zip(TEXTS, expected, strict=True):
        by_name = {entry["label"]: entry["score"] for entry in pipeline([text])[0]}
        assert tuple(sorted(by_name)) == tuple(sorted(LABELS))
        np.testing.assert_allclose([by_name[label] for label in LABELS], row, atol=1e-5)


def test_saved_folder_holds_nothing_that_runs_code(fitted_transformer: TransformerClassifier, tmp_path: Path) -> None:
    fitted_transformer.save_pretrained(tmp_path / "model")
    assert {path.suffix for path in (tmp_path / "model").iterdir()} <= {".json", ".safetensors", ".txt"}
    assert json.loads((tmp_path / "model" / "config.json").read_text())["id2label"]["1"] == "denial"


# ---- long sentences ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["fitted_transformer", "exported_onnx"])
def test_score_text_flags_what_it_cut(kind: str, request: pytest.FixtureRequest) -> None:
    model = request.getfixturevalue(kind)
    long = "Word " + "word " * 9_999
    scored = model.score_text(f"Short. {long}. Short.")
    assert [sentence.truncated for sentence in scored] == [False, True, False]
    # 48 tokens are read, two of which mark the ends.
    np.testing.assert_allclose(model.predict_proba(["Word " + "word " * 45]), model.predict_proba([long]), atol=1e-6)


# ---- ONNX -------------------------------------------------------------------------------------------------------


def test_export_onnx_agrees_with_the_model(
    fitted_transformer: TransformerClassifier, exported_onnx: OnnxClassifier, examples: list[Example]
) -> None:
    assert_alike(fitted_transformer, exported_onnx, to_texts(examples))


def test_write_exact_onnx_is_the_same_function_at_any_shape(
    fitted_transformer: TransformerClassifier, tmp_path: Path
) -> None:
    write_exact_onnx(fitted_transformer, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    for texts in ([TEXTS[0]], TEXTS, ["Word " + "word " * 9] * 5):
        inputs = fitted_transformer.tokenizer_(texts, padding=True, return_tensors="np")
        logits = session.run(["logits"], {name: value.astype(np.int64) for name, value in inputs.items()})[0]
        np.testing.assert_allclose(logits, fitted_transformer.decision_function(texts), atol=1e-4)


def test_export_onnx_takes_other_architectures(
    tokenizer: PreTrainedTokenizerFast, tmp_path: Path, examples: list[Example]
) -> None:
    config = ModernBertConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        pad_token_id=0, cls_token_id=2, sep_token_id=3, bos_token_id=2, eos_token_id=3,
    )  # fmt: skip
    ModernBertForSequenceClassification(config).save_pretrained(tmp_path / "encoder")
    tokenizer.model_input_names = ["input_ids", "attention_mask"]
    tokenizer.save_pretrained(tmp_path / "encoder")
    tokenizer.model_input_names = ["input_ids", "token_type_ids", "attention_mask"]
    model = TransformerClassifier(str(tmp_path / "encoder"), max_length=48, fine_tuning=FineTuning(epochs=1))
    model.fit(to_texts(examples), to_labels(examples))
    assert_alike(model, export_onnx(model, tmp_path / "onnx"), to_texts(examples))
