"""Set classifiers side by side: `python -m training.compare MODEL MODEL … DATA …`, as a table in Markdown."""

import argparse
import re
import sys
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

import stance
from stance.calibration import Floats
from stance.comparison import (
    bootstrap_macro_f1,
    compute_f1,
    compute_p_value,
    correct_by_holm,
    count_by_document,
)
from stance.errors import InputError
from stance.examples import SUFFIXES, Example, read_examples
from stance.labels import LABELS
from training.data import to_labels, to_texts
from training.run import run_reporting_errors
from training.scores import name_files

_SEED = re.compile(r"-\d+$")


def main(argv: Sequence[str] | None = None) -> int:
    """Print a table for each data set and return the exit code."""
    parser = argparse.ArgumentParser(
        description="Compare models on labelled sentences they were not trained on. Models whose folders differ only "
        "in the number at their end (mine-0, mine-1, …) are seeds of one: their mean is shown, with the lowest and "
        "highest. "
        "The interval is a 95 % bootstrap over documents; p is that of a paired randomisation test of macro-F1 "
        "against the first model, corrected (Holm) for the number of comparisons in a table."
    )
    parser.add_argument("models", nargs="+", metavar="MODEL", help="minilm, tfidf, or model folders")
    parser.add_argument("data", nargs="+", metavar="DATA", help=f"labelled sentences: {', '.join(SUFFIXES)}")
    args = parser.parse_args(argv)
    names = [*args.models, *args.data]  # argparse cannot tell where the models end
    data = [name for name in names if name.lower().endswith(SUFFIXES)]
    return run_reporting_errors(lambda: _compare([name for name in names if name not in data], data))


def _compare(models: Sequence[str], data: Sequence[str]) -> int:
    if not models or not data:
        raise InputError(f"expected models, then labelled sentences ending in {', '.join(SUFFIXES)}")
    examples = {path: read_examples(path) for path in data}
    kinds = {kind: list(folders) for kind, folders in groupby(models, key=lambda name: _SEED.sub("", Path(name).name))}
    if len(models) != sum(map(len, kinds.values())):
        raise InputError("models: seeds of one model must stand together, and no two models may share a name")
    counts: dict[str, dict[str, Floats]] = {path: {} for path in data}
    with tqdm(total=len(models) * len(data), desc="scoring", unit=" files", delay=2, disable=None, leave=False) as bar:
        for kind, folders in kinds.items():
            runs: dict[str, list[NDArray[np.int64]]] = {path: [] for path in data}
            for folder in folders:
                model = stance.load(folder)
                for path in data:
                    runs[path].append(model.predict(to_texts(examples[path])))
                    bar.update()
            for path in data:
                groups = [example.group for example in examples[path]]
                counts[path][kind] = count_by_document(to_labels(examples[path]), runs[path], groups)
    for path, name in name_files(data).items():
        _print_table(name, examples[path], counts[path])
    return 0


def _print_table(name: str, examples: Sequence[Example], counts: dict[str, Floats]) -> None:
    first, *others = counts
    p_values = correct_by_holm([compute_p_value(counts[first], counts[other]) for other in others])
    shown = {other: f"{p:.4f}" for other, p in zip(others, p_values, strict=True)}
    n_documents = len(counts[first])
    print(f"\n{name}: {len(examples)} sentences of {n_documents} documents\n")
    print(f"| model | seeds | {' | '.join(LABELS)} | macro-F1 | 95 % interval | p against {first} |")
    print(f"| --- | --- | {'--- | ' * len(LABELS)}--- | --- | --- |")
    for kind, found in counts.items():
        totals = found.sum(axis=0)  # (n_runs, 4, 3)
        f1 = compute_f1(totals)
        macro = f1.mean(axis=1)
        cells = [*(_format_spread(column) for column in f1.T), _format_spread(macro)]
        low, high = bootstrap_macro_f1(found)
        print(f"| {kind} | {len(macro)} | {' | '.join(cells)} | {low:.3f}–{high:.3f} | {shown.get(kind, '–')} |")


def _format_spread(values: Floats) -> str:
    mean = f"{values.mean():.3f}"
    return mean if len(values) == 1 else f"{mean} ({values.min():.3f}–{values.max():.3f})"


if __name__ == "__main__":
    sys.exit(main())
