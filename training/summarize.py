"""Scores of runs that differ in their seed, side by side: `python -m training.summarize MODEL MODEL …`."""

import argparse
import json
import re
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from stance.errors import ModelError
from stance.labels import LABELS
from training.run import run_reporting_errors

_SEED = re.compile(r"-\d+$")
_FIGURES = (*LABELS, "macro-F1")


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table and return the exit code."""
    parser = argparse.ArgumentParser(
        description="Show F1 of trained models, on the part set aside and on the files their recipes named as tests: "
        "mean, lowest and highest of those models whose names differ in the number at their end (mine-0, mine-1, …)."
    )
    parser.add_argument("models", nargs="+", metavar="MODEL", help="model folders, with scores from their training")
    return run_reporting_errors(lambda: _summarize(parser.parse_args(argv).models))


def _summarize(folders: Sequence[str]) -> int:
    # test file → kind of run → figure → one value a seed
    table: dict[str, dict[str, dict[str, list[float]]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for folder in folders:
        name, scores = _read_scores(Path(folder))
        for file, figures in scores.items():
            for label in LABELS:
                table[file][_SEED.sub("", name)][label].append(figures["labels"][label]["f1"])
            table[file][_SEED.sub("", name)]["macro-F1"].append(figures["macro_f1"])
    for file, runs in table.items():
        print(f"\n{file}\n{'':14}{'runs':>5}" + "".join(f"{figure:>22}" for figure in _FIGURES))
        for name, found in runs.items():
            cells = [f"{fmean(v):.3f} ({min(v):.3f}–{max(v):.3f})" for v in (found[figure] for figure in _FIGURES)]
            print(f"{name:14}{len(found['macro-F1']):>5}" + "".join(f"{cell:>22}" for cell in cells))
    return 0


def _read_scores(folder: Path) -> tuple[str, dict[str, Any]]:
    try:
        info = json.loads((folder / "stance.json").read_text(encoding="utf-8"))
        return str(info["name"]), dict(info["scores"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{folder}: expected a model folder with name and scores; train one first") from error


if __name__ == "__main__":
    sys.exit(main())
