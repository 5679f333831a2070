"""Measure speed: `python -m training.benchmark [--repeats N]`.

Cold start, from the start of a process to the first scored sentence, side by side in one run: onnxruntime and
tokenizers with the shipped model and nothing else, `stance score`, and a plain transformers pipeline on a network of
the same shape. Splitting: a paragraph of one megabyte, and one of two. `stance check-data` on 100,000 invented rows and
on half as many. And what `python -m training.evaluate` computes once as many sentences are scored.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from stance.examples import Example
from stance.folder import DEFAULT_MODEL, find_model_folder
from stance.labels import LABELS, to_label_names
from stance.sentences import split_sentences
from training.evaluation import evaluate
from training.scores import decide

_SENTENCE = "The ministry denied on Friday that the report had been withheld."

_BARE = """
import numpy, onnxruntime, tokenizers
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession("{folder}/onnx/model_int8.onnx", options)
encoding = tokenizers.Tokenizer.from_file("{folder}/tokenizer.json").encode("{sentence}")
names = {{"input_ids": encoding.ids, "attention_mask": encoding.attention_mask, "token_type_ids": encoding.type_ids}}
session.run(None, {{name: numpy.array([names[name]]) for name in names}})
"""

_PIPELINE = """
from transformers import pipeline
pipeline("text-classification", model="{folder}", top_k=None)("{sentence}")
"""

_NETWORK = """
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast
config = BertConfig(
    hidden_size=384, num_hidden_layers=7, num_attention_heads=12, intermediate_size=1536, num_labels=4
)
BertForSequenceClassification(config).save_pretrained("{target}")
PreTrainedTokenizerFast(tokenizer_file="{folder}/tokenizer.json").save_pretrained("{target}")
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Print medians and ratios and return the exit code."""
    parser = argparse.ArgumentParser(
        description="Measure how long it takes to the first scored sentence, to split, to check data, and to evaluate."
    )
    parser.add_argument("--repeats", type=int, default=9, help="runs of each, interleaved (default: %(default)s)")
    args = parser.parse_args(argv)
    folder = find_model_folder(DEFAULT_MODEL)
    with tempfile.TemporaryDirectory() as scratch:
        commands = {
            "onnxruntime + tokenizers": ["-c", _BARE.format(folder=folder, sentence=_SENTENCE)],
            "stance score": ["-m", "stance", "score", "--text", _SENTENCE],
        }
        if _write_network_of_the_same_shape(folder, Path(scratch)):
            commands["transformers pipeline"] = ["-c", _PIPELINE.format(folder=scratch, sentence=_SENTENCE)]
        runs: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for _ in range(args.repeats):
            for name, command in commands.items():
                runs[name].append(_measure(command))
    base = statistics.median(seconds for seconds, _ in runs["onnxruntime + tokenizers"])
    print(f"{'cold start':26}{'seconds':>9}{'ratio':>8}{'MiB':>8}")
    for name, measured in runs.items():
        seconds = statistics.median(seconds for seconds, _ in measured)
        memory = statistics.median(memory for _, memory in measured)
        print(f"{name:26}{seconds:9.2f}{seconds / base:8.1f}{memory:8.0f}")
    _print_splitting(args.repeats)
    _print_checking()
    _print_evaluating()
    return 0


def _print_splitting(repeats: int) -> None:
    paragraph = "Mr. Lund, 54, told the U.S. press at 5 p.m. that he “knew nothing”. He left. " * 13_000
    times: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(repeats):
        for size, measured in times.items():
            begin = time.perf_counter()
            split_sentences(paragraph * size)
            measured.append(time.perf_counter() - begin)
    print(f"\n{'splitting':26}{'seconds':>9}{'ratio':>8}")
    for size, measured in times.items():
        median = statistics.median(measured)
        name = f"paragraph of {len(paragraph) * size / 1e6:.1f} MB"
        print(f"{name:26}{median:9.2f}{median / statistics.median(times[1]):8.1f}")


def _print_checking() -> None:
    """Time it on rows of words about as frequent as in English (the law of Zipf and Mandelbrot)."""
    rng = np.random.default_rng(0)
    frequency = 1 / (np.arange(50_000) + 2.7)
    frequency /= frequency.sum()
    print(f"\n{'stance check-data':26}{'seconds':>9}{'ratio':>8}{'MiB':>8}")
    base = 0.0
    with tempfile.TemporaryDirectory() as scratch:
        for n_rows in (50_000, 100_000):
            file = Path(scratch) / f"{n_rows}.jsonl"
            with file.open("w", encoding="utf-8") as out:
                for length in rng.integers(5, 45, n_rows):
                    text = " ".join(f"w{rank}" for rank in rng.choice(len(frequency), length, p=frequency))
                    labels = [label for label in LABELS if rng.random() < 0.2]
                    out.write(json.dumps({"text": text, "labels": labels, "group": f"g{rng.integers(5_000)}"}) + "\n")
            seconds, memory = _measure(["-m", "stance", "check-data", str(file)], expected=(0, 1))
            base = base or seconds
            print(f"{f'{n_rows:,} rows':26}{seconds:9.2f}{seconds / base:8.1f}{memory:8.0f}")


def _print_evaluating() -> None:
    rng = np.random.default_rng(0)
    print(f"\n{'evaluating':26}{'seconds':>9}{'ratio':>8}")
    base = 0.0
    for n_rows in (50_000, 100_000):
        y_proba = rng.beta(0.5, 2, (n_rows, len(LABELS)))
        labels = to_label_names(rng.random(y_proba.shape) < y_proba)
        lengths, groups = rng.integers(5, 45, n_rows), rng.integers(5_000, size=n_rows)
        examples = [
            Example("word " * length + "end.", names, primary="none", group=f"g{group}")
            for length, names, group in zip(lengths, labels, groups, strict=True)
        ]
        begin = time.perf_counter()
        evaluate(decide(examples, y_proba, np.full(len(LABELS), 0.3)))
        seconds = time.perf_counter() - begin
        base = base or seconds
        print(f"{f'{n_rows:,} sentences':26}{seconds:9.2f}{seconds / base:8.1f}")


def _measure(command: list[str], expected: tuple[int, ...] = (0,)) -> tuple[float, float]:
    """Run Python and return seconds and the most memory it held, in MiB."""
    begin = time.perf_counter()
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in expected:
        raise SystemExit(f"error: {command[:2]} failed with status {status}")
    return time.perf_counter() - begin, usage.ru_maxrss / 1024


def _write_network_of_the_same_shape(folder: Path, target: Path) -> bool:
    """Save a network as large as the shipped one, weights at random; False where transformers is not installed.

    In a process of its own: the memory of this one would count as that of the processes it starts.
    """
    if find_spec("transformers") is None:
        return False
    subprocess.run(
        [sys.executable, "-c", _NETWORK.format(folder=folder, target=target)], check=True, capture_output=True
    )
    return True


if __name__ == "__main__":
    sys.exit(main())
