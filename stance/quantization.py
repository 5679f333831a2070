"""Int8 ONNX whose results for a sentence depend on that sentence alone.

Weights get a scale for each column, fixed here; activations get a scale for each token, found while running
(Yao et al. 2022, "ZeroQuant", https://arxiv.org/abs/2206.01861). The usual dynamic quantisation of onnxruntime has one
scale for a whole batch: there a sentence's score moves with its neighbours, and a single large value costs all others
their precision. Only standard operators are used.
"""

from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

_OFFSET = 128  # unsigned bytes with this zero point: exact on every processor, with and without VNNI
_MAX_CHANGE = 0.02  # of a weight matrix by int8, as a share of its norm; beyond it the matrix stays as it is
_MIN_ROWS = 1000  # smaller embedding tables stay as they are


def quantize(source: Path, target: Path, keep: frozenset[str] = frozenset()) -> None:
    """Write a copy of a 32-bit ONNX model with products and large embedding tables in int8.

    Args:
        source: model whose weights lie in the same file.
        target: where the copy goes.
        keep: names of nodes to leave as they are.
    """
    model = onnx.load(source)
    graph = model.graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    nodes: list[onnx.NodeProto] = []
    quantized_inputs: set[str] = set()
    quantized_weights: set[str] = set()
    for node in graph.node:
        tensor = weights.get(node.input[1]) if len(node.input) > 1 else None
        if node.op_type == "MatMul" and tensor is not None and node.name not in keep and _stands_int8(tensor):
            if node.input[0] not in quantized_inputs:  # one input often feeds several products
                quantized_inputs.add(node.input[0])
                nodes += _quantize_rows(node.input[0])
            if tensor.name not in quantized_weights:  # DeBERTa multiplies with the same matrix twice
                quantized_weights.add(tensor.name)
                graph.initializer.extend(_quantize_matrix(tensor))
            nodes += _multiply(node, tensor.name)
        elif node.op_type == "Gather" and (table := weights.get(node.input[0])) and table.dims[0] >= _MIN_ROWS:
            name = f"{table.name}_table"  # other scales than those of the same weights in a product
            if name not in quantized_weights:
                quantized_weights.add(name)
                graph.initializer.extend(_quantize_table(table, name))
            nodes += _look_up(node, name)
        else:
            nodes.append(node)
    graph.initializer.append(_as_tensor(np.array(_OFFSET), np.uint8, "int8_offset"))
    graph.initializer.append(_as_tensor(np.array(1 / 255), np.float32, "int8_step"))
    graph.initializer.append(_as_tensor(np.array(1e-12), np.float32, "int8_least"))
    graph.initializer.append(_as_tensor(np.array([-1]), np.int64, "int8_last_axis"))
    del graph.node[:]
    graph.node.extend(nodes)
    _drop_unused_weights(graph)
    onnx.checker.check_model(model)
    onnx.save(model, target)


def _to_int8(weight: NDArray[np.float32], axis: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return values from -127 to 127 and the scales they are multiplied with, one along each other axis."""
    scale = np.maximum(np.abs(weight).max(axis=axis, keepdims=True), 1e-12) / 127
    return np.round(weight / scale).astype(np.int8), scale.astype(np.float32)


def _quantize_matrix(tensor: onnx.TensorProto) -> list[onnx.TensorProto]:
    values, scale = _to_int8(numpy_helper.to_array(tensor), axis=0)
    return [
        _as_tensor(values.astype(np.int16) + _OFFSET, np.uint8, f"{tensor.name}_int8"),
        _as_tensor(scale.reshape(-1), np.float32, f"{tensor.name}_scale"),
        _as_tensor((values * scale).sum(axis=0), np.float32, f"{tensor.name}_sums"),
    ]


def _quantize_table(table: onnx.TensorProto, name: str) -> list[onnx.TensorProto]:
    values, scale = _to_int8(numpy_helper.to_array(table), axis=1)
    return [
        _as_tensor(values, np.int8, f"{name}_int8"),
        _as_tensor(scale, np.float32, f"{name}_scale"),
    ]


def _stands_int8(tensor: onnx.TensorProto) -> bool:
    """Whether int8 changes a weight matrix little: not so where single values stand out, as on a strong diagonal."""
    weight = numpy_helper.to_array(tensor)
    values, scale = _to_int8(weight, axis=0)
    return bool(np.linalg.norm(values * scale - weight) <= _MAX_CHANGE * np.linalg.norm(weight))


def _quantize_rows(name: str) -> list[onnx.NodeProto]:
    """Turn the rows of an activation into bytes: 0 stands for the row's lowest value, 255 for its highest."""
    row = f"{name}_row"
    return [
        helper.make_node("ReduceMin", [name, "int8_last_axis"], [f"{row}_low"], keepdims=1),
        helper.make_node("ReduceMax", [name, "int8_last_axis"], [f"{row}_high"], keepdims=1),
        helper.make_node("Sub", [f"{row}_high", f"{row}_low"], [f"{row}_range"]),
        helper.make_node("Mul", [f"{row}_range", "int8_step"], [f"{row}_step"]),
        helper.make_node("Max", [f"{row}_step", "int8_least"], [f"{row}_scale"]),
        helper.make_node("Sub", [name, f"{row}_low"], [f"{row}_shifted"]),
        helper.make_node("Div", [f"{row}_shifted", f"{row}_scale"], [f"{row}_steps"]),
        helper.make_node("Round", [f"{row}_steps"], [f"{row}_rounded"]),
        helper.make_node("Cast", [f"{row}_rounded"], [f"{row}_int8"], to=TensorProto.UINT8),
    ]


def _multiply(node: onnx.NodeProto, weight: str) -> list[onnx.NodeProto]:
    """Multiply in integers, then undo the scales of rows and columns and add what the rows were shifted by."""
    row, out = f"{node.input[0]}_row", node.output[0]
    return [
        helper.make_node(
            "MatMulInteger",
            [f"{row}_int8", f"{weight}_int8", "", "int8_offset"],
            [f"{out}_int32"],
            name=f"{node.name}_int8",
        ),
        helper.make_node("Cast", [f"{out}_int32"], [f"{out}_float"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [f"{out}_float", f"{weight}_scale"], [f"{out}_columns"]),
        helper.make_node("Mul", [f"{out}_columns", f"{row}_scale"], [f"{out}_rows"]),
        helper.make_node("Mul", [f"{row}_low", f"{weight}_sums"], [f"{out}_shift"]),
        helper.make_node("Add", [f"{out}_rows", f"{out}_shift"], [out]),
    ]


def _look_up(node: onnx.NodeProto, table: str) -> list[onnx.NodeProto]:
    """Look up rows of an int8 table and undo their scales."""
    ids, out = node.input[1], node.output[0]
    return [
        helper.make_node("Gather", [f"{table}_int8", ids], [f"{out}_values"]),
        helper.make_node("Gather", [f"{table}_scale", ids], [f"{out}_scale"]),
        helper.make_node("Cast", [f"{out}_values"], [f"{out}_float"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [f"{out}_float", f"{out}_scale"], [out]),
    ]


def _as_tensor(values: NDArray[np.generic], dtype: type[np.generic], name: str) -> onnx.TensorProto:
    return numpy_helper.from_array(values.astype(dtype), name)


def _drop_unused_weights(graph: onnx.GraphProto) -> None:
    used = {name for node in graph.node for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)
    values = [value for value in graph.value_info if value.name in used]
    del graph.value_info[:]
    graph.value_info.extend(values)
