"""Tiny real models, built from a configuration, never downloaded."""

import os
from pathlib import Path
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"  # before huggingface_hub is imported

import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast, set_seed

from stance import FineTuning, TfidfClassifier, TransformerClassifier
from stance.classifier import Classifier
from stance.examples import Example, read_examples
from stance.export import export_onnx
from training.data import split_by_group, to_labels, to_texts

DATA = Path(__file__).parent / "data"
ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def examples() -> list[Example]:
    return read_examples(DATA / "examples.jsonl")


@pytest.fixture(scope="session")
def parts(examples: list[Example]) -> tuple[list[Example], list[Example]]:
    return split_by_group(examples, 0.3, seed=0)


@pytest.fixture(scope="session")
def tokenizer(examples: list[Example]) -> PreTrainedTokenizerFast:
    words = sorted({word for example in examples for word in example.text.lower().split()})
    letters = [chr(i) for i in range(33, 127)]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *letters, *(f"##{letter}" for letter in letters)]
    vocabulary = {piece: i for i, piece in enumerate(dict.fromkeys([*pieces, *words]))}
    backend = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    backend.normalizer = normalizers.BertNormalizer()
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    backend.post_processor = processors.BertProcessing(("[SEP]", vocabulary["[SEP]"]), ("[CLS]", vocabulary["[CLS]"]))
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    )


def build_bert(tokenizer: PreTrainedTokenizerFast, labels: list[str], **settings: Any) -> BertForSequenceClassification:
    set_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        initializer_range=0.1,  # wide, so that an untrained model tells sentences apart
        id2label=dict(enumerate(labels)),
        label2id={label: i for i, label in enumerate(labels)},
        **settings,
    )
    return BertForSequenceClassification(config)


@pytest.fixture(scope="session")
def encoder(tokenizer: PreTrainedTokenizerFast, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with a tiny pretrained encoder."""
    folder = tmp_path_factory.mktemp("encoder")
    build_bert(tokenizer, ["a", "b"]).bert.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="session")
def fitted_tfidf(parts: tuple[list[Example], list[Example]]) -> TfidfClassifier:
    train, validation = parts
    model = TfidfClassifier(min_df=1).fit(to_texts(train), to_labels(train))
    return model.calibrate(to_texts(validation), to_labels(validation))


@pytest.fixture(scope="session")
def fitted_transformer(encoder: str, parts: tuple[list[Example], list[Example]]) -> TransformerClassifier:
    train, validation = parts
    options = FineTuning(epochs=10, learning_rate=3e-3)
    model = TransformerClassifier(encoder, max_length=48, fine_tuning=options)
    model.fit(to_texts(train), to_labels(train))
    return model.calibrate(to_texts(validation), to_labels(validation))


@pytest.fixture(scope="session")
def exported_onnx(fitted_transformer: TransformerClassifier, tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    return export_onnx(fitted_transformer, tmp_path_factory.mktemp("exported") / "model")


@pytest.fixture(params=["fitted_tfidf", "fitted_transformer", "exported_onnx"])
def classifier(request: pytest.FixtureRequest) -> Classifier:
    """Each kind of classifier, fitted and calibrated."""
    model: Classifier = request.getfixturevalue(request.param)
    return model


torch.set_num_threads(1)
