"""Every recipe is sound, and runs on a tiny encoder of the architecture it names."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import yaml
from transformers import (
    DebertaV2Config,
    DebertaV2Model,
    ModernBertConfig,
    ModernBertModel,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaModel,
)

import stance
from stance.examples import Example
from stance.export import export_onnx, write_exact_onnx
from stance.transformer import TransformerClassifier
from training import train_transformer
from training.config import AverageRecipe, DistillRecipe, TfidfRecipe, TransformerRecipe, read_config
from training.data import to_texts

CONFIGS = Path(__file__).parent.parent / "configs"
EXAMPLES = Path(__file__).parent / "data" / "examples.jsonl"
KINDS: dict[str, Any] = {"tfidf": TfidfRecipe, "distill": DistillRecipe, "average": AverageRecipe}
MODELS = {"distill": ["teachers=[tfidf]"], "average": ["models=[a,b]"]}
SIZES: dict[str, Any] = {
    "initializer_range": 0.1,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
}


def build_deberta(tokenizer: PreTrainedTokenizerFast) -> PreTrainedModel:
    # as in DeBERTa-v3: relative positions only, shared keys, normalised
    special: dict[str, Any] = {
        "relative_attention": True, "position_buckets": 16, "norm_rel_ebd": "layer_norm", "share_att_key": True,
        "pos_att_type": ["p2c", "c2p"], "position_biased_input": False, "type_vocab_size": 0, "pooler_hidden_size": 32,
        "max_position_embeddings": 64, "pad_token_id": 0,
    }  # fmt: skip
    return DebertaV2Model(DebertaV2Config(vocab_size=len(tokenizer), **SIZES, **special))


def build_modernbert(tokenizer: PreTrainedTokenizerFast) -> PreTrainedModel:
    special: dict[str, Any] = {
        "pad_token_id": 0,
        "cls_token_id": 2,
        "sep_token_id": 3,
        "bos_token_id": 2,
        "eos_token_id": 3,
    }
    return ModernBertModel(ModernBertConfig(vocab_size=len(tokenizer), **SIZES, max_position_embeddings=64, **special))


def build_roberta(tokenizer: PreTrainedTokenizerFast) -> PreTrainedModel:
    special: dict[str, Any] = {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3}
    return RobertaModel(RobertaConfig(vocab_size=len(tokenizer), **SIZES, max_position_embeddings=66, **special))


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_recipe_says_everything_and_nothing_unknown(path: Path) -> None:
    recipe = KINDS.get(path.stem, TransformerRecipe)
    overrides = ["data.train=a.jsonl", *MODELS.get(path.stem, [])]
    read_config(recipe, path, overrides)
    written = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert set(written) >= {"name", "output", "seed", "data"}
    for section in ("encoder", "optimizer", "features"):
        if section in recipe.model_fields:
            keys: Any = recipe.model_fields[section].annotation
            assert set(written[section]) == set(keys.model_fields)


@pytest.mark.parametrize(
    ("name", "build"),
    [("deberta-v3-base", build_deberta), ("modernbert-base", build_modernbert), ("roberta-large", build_roberta)],
)
def test_recipe_trains_exports_and_scores(
    name: str,
    build: Callable[[PreTrainedTokenizerFast], PreTrainedModel],
    tokenizer: PreTrainedTokenizerFast,
    examples: list[Example],
    tmp_path: Path,
) -> None:
    build(tokenizer).save_pretrained(tmp_path / "encoder")
    tokenizer.save_pretrained(tmp_path / "encoder")
    arguments = [
        f"encoder.name={tmp_path / 'encoder'}", "encoder.max_length=48", f"data.train={EXAMPLES}",
        "data.validation_fraction=0.3", f"output={tmp_path / 'model'}", "optimizer.epochs=10",
        "optimizer.learning_rate=3e-3",
    ]  # fmt: skip
    assert train_transformer.main([str(CONFIGS / f"{name}.yaml"), *arguments]) == 0
    model = stance.load(tmp_path / "model")
    assert isinstance(model, TransformerClassifier)
    assert model.info_.name == name
    texts = to_texts(examples)
    assert model.decision_function(texts).std(axis=0).max() > 0.1  # it tells sentences apart

    write_exact_onnx(model, tmp_path / "exact.onnx")  # int8 is coarse on networks as tiny as these
    session = onnxruntime.InferenceSession(str(tmp_path / "exact.onnx"))
    inputs = model.tokenizer_(texts[:8], padding=True, truncation=True, max_length=48, return_tensors="np")
    given = {node.name: inputs[node.name].astype(np.int64) for node in session.get_inputs()}
    np.testing.assert_allclose(session.run(["logits"], given)[0], model.decision_function(texts[:8]), atol=1e-3)
    assert np.isfinite(export_onnx(model, tmp_path / "exported").predict_proba(texts[:8])).all()
