"""A trained transformer → an int8 ONNX folder that is scored without torch."""

import contextlib
import logging
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import BertForSequenceClassification, PreTrainedModel

from stance.folder import write_model_folder
from stance.onnx import ONNX_FILE, TOKENIZER_FILE, OnnxClassifier
from stance.transformer import TransformerClassifier


def export_onnx(model: TransformerClassifier, directory: str | Path) -> OnnxClassifier:
    """Write an int8 ONNX folder of a trained transformer, and open it.

    Weights are quantised per column to 7 bits, activations as they come: 8 bits would overflow on processors
    without VNNI, so that scores would differ from machine to machine. The last layer stays as it is.

    Args:
        model: fine-tuned, wrapped or opened.
        directory: the new model folder.

    Raises:
        ModelError: something other than a model stands there.
    """
    settings = model._get_settings()
    info = replace(model.info_, kind=OnnxClassifier.kind, calibration=model.calibration_, settings=settings)
    with write_model_folder(directory, info) as folder, TemporaryDirectory() as scratch:
        (folder / ONNX_FILE).parent.mkdir()
        exact = Path(scratch) / "model.onnx"
        _export(model, exact)
        quantize_dynamic(
            exact,
            folder / ONNX_FILE,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
            nodes_to_exclude=_find_output_nodes(exact),
        )
        model.tokenizer_.backend_tokenizer.save(str(folder / TOKENIZER_FILE))
    return OnnxClassifier.from_pretrained(directory)


class _FirstTokenLast(torch.nn.Module):
    """BERT whose last layer is computed for the first token alone, the only one its outputs read."""

    def __init__(self, model: BertForSequenceClassification) -> None:
        super().__init__()
        self.model = model

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


def _export(model: TransformerClassifier, path: Path) -> None:
    network = model.model_.cpu().float().eval()
    names = ["input_ids", "attention_mask", "token_type_ids"]
    is_plain_bert = isinstance(network, BertForSequenceClassification) and not network.config.is_decoder
    if not is_plain_bert and "token_type_ids" not in model.tokenizer_.model_input_names:
        names.remove("token_type_ids")
    wrapped = (_FirstTokenLast(network) if is_plain_bert else _LogitsOnly(network, names)).eval()
    example = tuple(torch.ones((2, 7), dtype=torch.int64) for _ in names)
    dynamic = {0: torch.export.Dim("batch"), 1: torch.export.Dim("length", max=model.max_length)}
    shapes: Any = tuple(dynamic for _ in names) if is_plain_bert else (tuple(dynamic for _ in names),)
    # The exporter reports on stdout, which is for data.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with contextlib.redirect_stdout(sys.stderr), torch.no_grad():
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


def _find_output_nodes(path: Path) -> list[str]:
    """Name the matrix products after the last normalisation: small, and every logit passes through them."""
    nodes = list(onnx.load(path).graph.node)
    last_norm = max((i for i, node in enumerate(nodes) if node.op_type == "LayerNormalization"), default=len(nodes))
    return [node.name for node in nodes[last_norm:] if node.op_type in ("MatMul", "Gemm")]


def compute_agreement(model: TransformerClassifier, exported: OnnxClassifier, texts: list[str]) -> float:
    """Return the share of label decisions, of four a sentence, on which the exported model agrees; 0 to 1."""
    return float(np.mean(model.predict(texts) == exported.predict(texts)))
