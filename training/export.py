"""Export a fine-tuned transformer to int8 ONNX: `python -m training.export MODEL OUTPUT DATA [DATA …]`."""

import argparse
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from stance.calibration import Floats
from stance.examples import Example, read_examples
from stance.export import export_onnx
from stance.folder import check_target
from stance.transformer import TransformerClassifier
from training.run import run_reporting_errors, say, silence_transformers
from training.scores import decide, name_files, print_scores, score

MIN_AGREEMENT = 0.99
MAX_F1_CHANGE = 0.005


def main(argv: Sequence[str] | None = None) -> int:
    """Export as the command line says and return the exit code: 1 where the gate fails."""
    parser = argparse.ArgumentParser(
        description="Export a fine-tuned transformer to int8 ONNX, which is scored without torch. The result is kept "
        f"only if at least {MIN_AGREEMENT:.0%} of its label decisions equal those of the model itself and macro-F1 "
        f"changes by at most {MAX_F1_CHANGE} on all the labelled sentences together."
    )
    parser.add_argument("model", help="folder of the fine-tuned transformer")
    parser.add_argument("output", help="folder for the exported model")
    parser.add_argument("data", nargs="+", help="labelled sentences to compare the two on: .jsonl, .csv or .parquet")
    args = parser.parse_args(argv)
    silence_transformers()
    return run_reporting_errors(lambda: _export(args))


def _export(args: argparse.Namespace) -> int:
    output = check_target(args.output)
    data = {path: read_examples(path) for path in args.data}
    model = TransformerClassifier.from_pretrained(args.model)
    draft = output.with_name(f".{output.name}.draft")
    try:
        exported = export_onnx(model, draft)
        together = [example for examples in data.values() for example in examples]
        before, after = (score(classifier, together) for classifier in (model, exported))
        agreement = float((before.y_pred == after.y_pred).mean())
        change = [outcome.to_figures().to_dict()["macro_f1"] for outcome in (before, after)]
        print(f"equal label decisions {agreement:.4f}; macro-F1 {change[0]:.4f} before, {change[1]:.4f} after")
        if agreement < MIN_AGREEMENT or abs(change[1] - change[0]) > MAX_F1_CHANGE:
            say(f"error: expected {MIN_AGREEMENT} and a change of at most {MAX_F1_CHANGE}; {output} was not written")
            return 1
        scores = _compute_by_file(data, after.y_proba, exported.calibration_.thresholds)
        for name, figures in scores.items():
            print_scores(name, figures)
        exported.info_ = replace(exported.info_, scores=scores)
        exported.save_pretrained(output)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    say(f"saved {output}")
    return 0


def _compute_by_file(data: dict[str, list[Example]], y_proba: Floats, thresholds: Floats) -> dict[str, Any]:
    """Part the probabilities of all files again, and compute the figures of each."""
    ends = np.cumsum([len(examples) for examples in data.values()])
    parts = zip(name_files(list(data)).values(), data.values(), np.split(y_proba, ends[:-1]), strict=True)
    return {name: decide(examples, proba, thresholds).to_figures().to_dict() for name, examples, proba in parts}


if __name__ == "__main__":
    sys.exit(main())
