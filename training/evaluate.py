"""Score a model on labelled sentences: `python -m training.evaluate MODEL DATA [DATA …] [--json]`."""

import argparse
import json
import sys
from collections.abc import Sequence

import stance
from stance.examples import read_examples
from training.run import run_reporting_errors
from training.scores import compute_scores, print_scores


def main(argv: Sequence[str] | None = None) -> int:
    """Evaluate as the command line says and return the exit code."""
    parser = argparse.ArgumentParser(description="Score a model on labelled sentences it was not trained on.")
    parser.add_argument("model", help="minilm or tfidf, a model folder, or owner/name on the Hugging Face hub")
    parser.add_argument("data", nargs="+", help="labelled sentences: .jsonl, .csv or .parquet")
    parser.add_argument("--json", action="store_true", help="print one JSON object by file instead of tables")
    args = parser.parse_args(argv)
    return run_reporting_errors(lambda: _evaluate(args))


def _evaluate(args: argparse.Namespace) -> int:
    data = {path: read_examples(path) for path in args.data}
    model = stance.load(args.model)
    scores = {path: compute_scores(model, examples) for path, examples in data.items()}
    if args.json:
        print(json.dumps(scores, indent=2))
        return 0
    for path, figures in scores.items():
        print_scores(path, figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
