"""A trained transformer → an int8 ONNX folder that is scored without torch."""

import contextlib
import logging
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import onnx
import torch
from transformers import BertForSequenceClassification, PreTrainedModel

from stance.folder import write_model_folder
from stance.onnx import ONNX_FILE, TOKENIZER_FILE, OnnxClassifier
from stance.quantization import quantize
from stance.transformer import TransformerClassifier


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep stdout for data, where the exporter prints, and spare the user warnings about its own insides."""
    with contextlib.redirect_stdout(sys.stderr), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        try:
            yield
        finally:
            logging.disable(logging.NOTSET)


def export_onnx(model: TransformerClassifier, directory: str | Path) -> OnnxClassifier:
    """Write an int8 ONNX folder of a trained transformer, and open it.

    The products after the last normalisation stay as they are: they are small, and every logit passes through them.

    Args:
        model: fine-tuned, wrapped or opened.
        directory: the new model folder.

    Raises:
        ModelError: something other than a model stands there.
    """
    settings = model._get_settings()
    info = replace(model.info_, kind=OnnxClassifier.kind, calibration=model.calibration_, settings=settings)
    with write_model_folder(directory, info) as folder, TemporaryDirectory() as scratch, _quiet():
        (folder / ONNX_FILE).parent.mkdir()
        exact = Path(scratch) / "model.onnx"
        write_exact_onnx(model, exact)
        quantize(exact, folder / ONNX_FILE, keep=_find_output_nodes(exact))
        model.tokenizer_.backend_tokenizer.save(str(folder / TOKENIZER_FILE))
    return OnnxClassifier.from_pretrained(directory)


class _FirstTokenLast(torch.nn.Module):
    """BERT whose last layer is computed for the first token alone, the only one its outputs read."""

    def __init__(self, model: BertForSequenceClassification) -> None:
        super().__init__()
        self.model: Any = model  # torch types every submodule as "Tensor or Module"

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> torch.Tensor:
        bert = self.model.bert
        hidden = bert.embeddings(input_ids=input_ids, token_type_ids=token_type_ids)
        mask = (1.0 - attention_mask[:, None, None, :].to(hidden.dtype)) * torch.finfo(hidden.dtype).min
        for layer in bert.encoder.layer[:-1]:
            hidden = layer(hidden, attention_mask=mask)
        last = bert.encoder.layer[-1]
        attention = last.attention.self
        first = hidden[:, :1]
        heads = (hidden.shape[0], -1, attention.num_attention_heads, attention.attention_head_size)
        query, key, value = (
            projection(states).view(heads).transpose(1, 2)
            for projection, states in ((attention.query, first), (attention.key, hidden), (attention.value, hidden))
        )
        mixed = torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        mixed = last.attention.output(mixed.transpose(1, 2).reshape(first.shape), first)
        pooled = bert.pooler(last.output(last.intermediate(mixed), mixed))
        logits: torch.Tensor = self.model.classifier(pooled)
        return logits


class _LogitsOnly(torch.nn.Module):
    def __init__(self, model: PreTrainedModel, names: list[str]) -> None:
        super().__init__()
        self.model = model
        self.names = names

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.model(**dict(zip(self.names, inputs, strict=True))).logits
        return logits


@_quiet()
def write_exact_onnx(model: TransformerClassifier, path: Path) -> None:
    """Write the network in 32-bit ONNX: `logits` of any number of sentences of any length up to the model's."""
    network = model.model_.cpu().float().eval()
    names = ["input_ids", "attention_mask", "token_type_ids"]
    is_plain_bert = isinstance(network, BertForSequenceClassification) and not network.config.is_decoder
    if not is_plain_bert and "token_type_ids" not in model.tokenizer_.model_input_names:
        names.remove("token_type_ids")
    wrapped = (_FirstTokenLast(network) if is_plain_bert else _LogitsOnly(network, names)).eval()
    example = tuple(torch.ones((2, 7), dtype=torch.int64) for _ in names)
    dynamic = {0: torch.export.Dim("batch"), 1: torch.export.Dim("length", max=model.max_length_)}
    shapes: Any = tuple(dynamic for _ in names) if is_plain_bert else (tuple(dynamic for _ in names),)
    with torch.no_grad():
        program = torch.onnx.export(
            wrapped,
            example,
            dynamo=True,
            dynamic_shapes=shapes,
            input_names=names,
            output_names=["logits"],
            external_data=False,
            verbose=False,
        )
    if program is None:  # for the type checker: with dynamo=True there is one
        raise RuntimeError("torch.onnx.export returned nothing")
    program.save(str(path))


def _find_output_nodes(path: Path) -> frozenset[str]:
    """Name the matrix products after the last normalisation."""
    nodes = list(onnx.load(path).graph.node)
    last_norm = max((i for i, node in enumerate(nodes) if node.op_type == "LayerNormalization"), default=len(nodes))
    return frozenset(node.name for node in nodes[last_norm:] if node.op_type in ("MatMul", "Gemm"))
