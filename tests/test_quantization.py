from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from stance.quantization import quantize

RNG = np.random.default_rng(0)
TABLE = RNG.normal(size=(1000, 16)).astype(np.float32)
WEIGHT = RNG.normal(size=(16, 8)).astype(np.float32)
LAST = RNG.normal(size=(8, 3)).astype(np.float32)


def build(path: Path, table: NDArray[np.float32] = TABLE, weight: NDArray[np.float32] = WEIGHT) -> None:
    """Look rows up, multiply, multiply again: out = table[ids] @ weight @ last."""
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["table", "ids"], ["rows"], name="look_up"),
            helper.make_node("MatMul", ["rows", "weight"], ["hidden"], name="first"),
            helper.make_node("MatMul", ["hidden", "last"], ["out"], name="second"),
        ],
        "tiny",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["n"])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["n", 3])],
        [
            numpy_helper.from_array(array, name)
            for name, array in (("table", table), ("weight", weight), ("last", LAST))
        ],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), path)


def run(path: Path, ids: list[int]) -> NDArray[np.float32]:
    output: NDArray[np.float32] = onnxruntime.InferenceSession(str(path)).run(["out"], {"ids": np.array(ids)})[0]
    return output


def round_symmetric(weight: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    scale = np.abs(weight).max(axis=axis, keepdims=True) / 127
    rounded: NDArray[np.float32] = np.round(weight / scale) * scale
    return rounded


def round_rows(values: NDArray[np.float32]) -> NDArray[np.float32]:
    low, high = values.min(axis=1, keepdims=True), values.max(axis=1, keepdims=True)
    scale = (high - low) / 255
    rounded: NDArray[np.float32] = np.round((values - low) / scale) * scale + low
    return rounded


def test_quantize_rounds_weights_by_column_and_activations_by_row(tmp_path: Path) -> None:
    build(tmp_path / "exact.onnx")
    quantize(tmp_path / "exact.onnx", tmp_path / "int8.onnx")
    ids = [3, 999, 500]
    hidden = round_rows(round_symmetric(TABLE, 1)[ids]) @ round_symmetric(WEIGHT, 0)
    expected = round_rows(hidden) @ round_symmetric(LAST, 0)
    # A value on the brink may round the other way there: one step of 1/255 of its row.
    np.testing.assert_allclose(run(tmp_path / "int8.onnx", ids), expected, atol=0.1)
    np.testing.assert_allclose(run(tmp_path / "int8.onnx", ids), run(tmp_path / "exact.onnx", ids), atol=0.5)
    assert (tmp_path / "int8.onnx").stat().st_size < 0.4 * (tmp_path / "exact.onnx").stat().st_size


def test_quantize_keeps_what_it_is_told_to_keep(tmp_path: Path) -> None:
    build(tmp_path / "exact.onnx")
    quantize(tmp_path / "exact.onnx", tmp_path / "int8.onnx", keep=frozenset({"second"}))
    nodes = {node.name: node.op_type for node in onnx.load(tmp_path / "int8.onnx").graph.node}
    assert nodes["first_int8"] == "MatMulInteger"
    assert nodes["second"] == "MatMul"


def test_quantize_keeps_a_matrix_that_int8_would_change_much(tmp_path: Path) -> None:
    # One value in 400 is twenty times the others, so the steps of int8 are as wide as they.
    weight = np.where(np.eye(400, 8) > 0, 20.0, RNG.normal(size=(400, 8))).astype(np.float32)
    build(tmp_path / "spiked.onnx", table=RNG.normal(size=(1000, 400)).astype(np.float32), weight=weight)
    quantize(tmp_path / "spiked.onnx", tmp_path / "int8.onnx")
    nodes = {node.name: node.op_type for node in onnx.load(tmp_path / "int8.onnx").graph.node}
    assert (nodes["first"], nodes["second_int8"]) == ("MatMul", "MatMulInteger")


def test_quantize_leaves_a_row_untouched_by_its_neighbours(tmp_path: Path) -> None:
    build(tmp_path / "exact.onnx")
    quantize(tmp_path / "exact.onnx", tmp_path / "int8.onnx")
    together = run(tmp_path / "int8.onnx", list(range(200)))
    alone = np.concatenate([run(tmp_path / "int8.onnx", [i]) for i in range(200)])
    np.testing.assert_array_equal(together, alone)
