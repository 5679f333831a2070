"""Score a model on labelled sentences, or on traps: `python -m training.evaluate MODEL DATA …` or `MODEL --traps`."""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

import stance
from stance.bootstrap import LEVEL, N_RESAMPLES, SEED
from stance.classifier import Classifier
from stance.drafts import write_draft
from stance.errors import InputError
from stance.examples import SUFFIXES, Example, read_examples
from stance.folder import MANIFEST, compute_sha256, find_model_folder
from stance.labels import LABELS, NONE
from stance.slices import MIN_SENTENCES, check_columns
from training.evaluation import describe, evaluate, print_slices
from training.run import run_reporting_errors, say
from training.scores import name_files, print_table, score
from training.trap_cases import read_traps
from training.trap_report import print_traps, to_json
from training.traps import DEFAULT_FILES, run_traps

FORMAT = 1  # of metrics.json
_REPORT = "metrics.json"


def main(argv: Sequence[str] | None = None) -> int:
    """Evaluate as the command line says and return the exit code."""
    parser = argparse.ArgumentParser(
        description="Score a model on labelled sentences it was not trained on. Figures stand with their 95 % "
        "intervals, of a bootstrap over documents; docs/evaluation.md says how to read them."
    )
    parser.add_argument("model", help="minilm or tfidf, a model folder, or owner/name on the Hugging Face hub")
    parser.add_argument("data", nargs="*", metavar="DATA", help=f"labelled sentences: {', '.join(SUFFIXES)}")
    parser.add_argument(
        "--traps", nargs="*", metavar="FILE",
        help="instead of DATA: sentences made as traps (docs/traps.md); without FILE, those of tests/traps",
    )  # fmt: skip
    parser.add_argument(
        "--slice", action="append", default=[], metavar="COLUMN", dest="columns",
        help="figures for each value of this column too; may be repeated",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    parser.add_argument("--report", metavar="DIR", help=f"write that JSON object to DIR/{_REPORT} too")
    args = parser.parse_args(argv)
    return run_reporting_errors(lambda: _evaluate(args) if args.traps is None else _try_traps(args))


def _try_traps(args: argparse.Namespace) -> int:
    if args.data or args.columns or args.report:
        raise InputError("--traps: expected alone, or with --json; labelled sentences are evaluated without it")
    cases = [case for path in args.traps or DEFAULT_FILES for case in read_traps(path)]
    report = run_traps(stance.load(args.model), cases)
    if args.json:
        print(to_json(report))
    else:
        print_traps(report)
    return 0


def _evaluate(args: argparse.Namespace) -> int:
    if not args.data:
        raise InputError(f"expected labelled sentences ({', '.join(SUFFIXES)}), or --traps, found neither")
    data = {path: read_examples(path) for path in args.data}
    check_columns(data, args.columns)
    folder = find_model_folder(args.model)
    model = stance.load(folder)
    target = _prepare_report(Path(args.report)) if args.report else None
    report = {**_describe_model(model, folder), "files": _evaluate_files(model, data, args.columns)}
    if target:
        _write_report(target, report)
    if args.json:
        print(json.dumps(report, allow_nan=False, indent=1))
        return 0
    for scores in report["files"]:
        print(f"\n{scores['file']}: {scores['n_sentences']} sentences of {scores['n_documents']} documents\n")
        print(*describe(model.info_.name, scores), sep="\n", end="\n\n")
        print_table(scores)
        print("\nIn brackets: the middle 95 of 100 samples of the documents. By slice, F1:\n")
        print_slices(scores["slices"])
    return 0


def _describe_model(model: Classifier, folder: Path) -> dict[str, Any]:
    thresholds = dict(zip(LABELS, model.calibration_.thresholds.tolist(), strict=True))
    return {
        "format": FORMAT,
        "stance_version": stance.__version__,
        "model": {"name": model.info_.name, "sha256": compute_sha256(folder / MANIFEST), "thresholds": thresholds},
        "labels": list(LABELS),
        "primaries": [*LABELS, NONE],
        "bootstrap": {"n_resamples": N_RESAMPLES, "level": LEVEL, "seed": SEED},
        "min_slice": MIN_SENTENCES,
    }


def _evaluate_files(model: Classifier, data: dict[str, list[Example]], columns: Sequence[str]) -> list[dict[str, Any]]:
    """Score each sentence once, and compute everything from that."""
    names = name_files(list(data))
    bar = tqdm(data.items(), desc="evaluating", unit=" files", delay=2, disable=None, leave=False)
    return [
        {
            "file": names[path],
            "sha256": compute_sha256(Path(path)),
            **evaluate(score(model, examples), columns),
        }
        for path, examples in bar
    ]


def _prepare_report(folder: Path) -> Path:
    """Make sure, before anything is scored, that the report can be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder / _REPORT
    except OSError as error:
        raise InputError(f"--report {folder}: cannot be written: {error.strerror}; name another folder") from error


def _write_report(path: Path, report: dict[str, Any]) -> None:
    text = json.dumps(report, ensure_ascii=False, allow_nan=False, indent=1)
    try:
        with write_draft(path) as draft:
            draft.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}; name another folder") from error
    say(f"wrote {path}")


if __name__ == "__main__":
    sys.exit(main())
