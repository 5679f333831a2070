"""A transformer in ONNX, run by onnxruntime: no torch, and a sentence is scored soon after the start."""

import os
import re
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from stance.calibration import Floats
from stance.classifier import Classifier, check_max_length
from stance.folder import ModelInfo, check_kind
from stance.heads import Head, read_head, to_float64, write_head
from stance.labels import LABELS

ONNX_FILE = "onnx/model_int8.onnx"
TOKENIZER_FILE = "tokenizer.json"
SURROGATE = re.compile(r"[\ud800-\udfff]")


class OnnxClassifier(Classifier):
    """A trained transformer that can be used but not trained further.

    Every sentence is run by itself: nothing is spent on padding, and its score cannot depend on its neighbours. The
    work is spread over threads instead.

    Args:
        folder: where the model's files lie.
        head: how its outputs become scores.
        max_length: most tokens read of a sentence.
    """

    kind: ClassVar[str] = "onnx"

    def __init__(self, folder: Path, head: Head, max_length: int) -> None:
        self.folder = folder
        self.head = head
        self.max_length = max_length
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_length, strategy="only_first")
        self._session = _open_session(folder / ONNX_FILE)
        self._input_names = [argument.name for argument in self._session.get_inputs()]

    def _compute_scores(self, texts: list[str]) -> tuple[Floats, NDArray[np.bool_]]:
        pairs = self.head.pair([SURROGATE.sub("\ufffd", text) for text in texts])
        inputs = [text if pair is None else (text, pair) for text, pair in pairs]
        encodings = self._tokenizer.encode_batch(inputs)
        if not encodings:
            return np.zeros((0, len(LABELS))), np.zeros(0, dtype=np.bool_)
        logits = to_float64(np.concatenate(_map_in_threads(self._run, encodings)))
        cut = np.array([bool(encoding.overflowing) for encoding in encodings])
        return self.head.to_scores(logits), np.any(cut.reshape(len(texts), -1), axis=1)

    def _run(self, encoding: Encoding) -> NDArray[np.float32]:
        columns = {
            "input_ids": encoding.ids,
            "attention_mask": encoding.attention_mask,
            "token_type_ids": encoding.type_ids,
        }
        feed = {name: np.array([columns[name]], dtype=np.int64) for name in self._input_names}
        logits: NDArray[np.float32] = self._session.run(["logits"], feed)[0]
        return logits

    def _check_fitted(self) -> None:
        """Do nothing: it is made from a trained model."""

    def _get_settings(self) -> dict[str, Any]:
        return {"max_length": self.max_length, "head": write_head(self.head)}

    def _write_files(self, folder: Path) -> None:
        for name in self.info_.files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.folder / name, folder / name)

    @classmethod
    def _read_files(cls, folder: Path, info: ModelInfo) -> Self:
        check_kind(folder, info, cls.kind, ONNX_FILE, TOKENIZER_FILE)
        model = cls(folder, read_head(info.settings.get("head")), check_max_length(info.settings.get("max_length")))
        model.calibration_ = info.calibration
        model.info_ = info
        return model


def _open_session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _map_in_threads(
    run: Callable[[Encoding], NDArray[np.float32]], encodings: list[Encoding]
) -> list[NDArray[np.float32]]:
    """Run every encoding, on as many cores as there are, and give the results in the order asked for."""
    threads = min(
        len(encodings), len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    if threads == 1:
        return [run(encoding) for encoding in encodings]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, encodings))
