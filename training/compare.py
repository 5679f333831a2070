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
from stance.bootstrap import Interval
from stance.calibration import Floats
from stance.comparison import (
    bootstrap_difference,
    bootstrap_macro_f1,
    compute_f1,
    compute_macro_f1,
    compute_p_value,
    correct_by_holm,
    count_by_document,
)
from stance.errors import InputError
from stance.examples import SUFFIXES, Example, read_examples
from stance.labels import LABELS
from training.data import to_labels, to_texts
from training.run import run_reporting_errors
from training.scores import format_interval, name_files

_SIGNIFICANT = 0.05
_SEED = re.compile(r"-\d+$")


def main(argv: Sequence[str] | None = None) -> int:
    """Print a table for each data set and return the exit code."""
    parser = argparse.ArgumentParser(
        description="Compare models on labelled sentences they were not trained on. Models whose folders differ only "
        "in the number at their end (mine-0, mine-1, …) are seeds of one: their mean is shown, with the lowest and "
        "highest. "
        "Intervals are 95 % bootstraps over documents. The difference is that of macro-F1 to the first model, its "
        "interval paired; p is that of a paired randomisation test of it, corrected (Holm) for the number of "
        "comparisons in a table. A sentence below the table says what may be concluded of each."
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
        print_table(name, examples[path], counts[path])
    return 0


def print_table(name: str, examples: Sequence[Example], counts: dict[str, Floats]) -> None:
    """Print the table of one data set in Markdown; `counts` by model, as `count_by_document` gives them."""
    first, *others = counts
    p_values = correct_by_holm([compute_p_value(counts[first], counts[other]) for other in others])
    against = {other: f"{p:.4f}" for other, p in zip(others, p_values, strict=True)}
    gaps = {other: bootstrap_difference(counts[first], counts[other]) for other in others}
    base = _compute_mean(counts[first])
    print(f"\n{name}: {len(examples)} sentences of {len(counts[first])} documents\n")
    print(f"| model | seeds | {' | '.join(LABELS)} | macro-F1 | 95 % interval | difference to {first} | p |")
    print(f"| --- | --- | {'--- | ' * len(LABELS)}--- | --- | --- | --- |")
    for kind, found in counts.items():
        f1 = compute_f1(found.sum(axis=0))  # (n_runs, 4)
        cells = [*(_format_spread(column) for column in f1.T), _format_spread(f1.mean(axis=1))]
        cells.append(format_interval(bootstrap_macro_f1(found)))
        cells.append(f"{_compute_mean(found) - base:+.3f} ({format_interval(gaps[kind])})" if kind in gaps else "–")
        print(f"| {kind} | {len(f1)} | {' | '.join(cells)} | {against.get(kind, '–')} |")
    print()
    for other, p in zip(others, p_values, strict=True):
        gap = _compute_mean(counts[other]) - base
        print(f"- On these {len(examples)} sentences {conclude(other, first, gap, gaps[other], p)}")


def conclude(model: str, first: str, gap: float, interval: Interval | None, p: float) -> str:
    """Say in words whether a model is better or worse than the first.

    It is said only where the test (p below 0.05) and the interval, which holds no 0, agree.

    Args:
        model: its name.
        first: that of the first model.
        gap: by how much the macro-F1 of `model` is higher.
        interval: of the gap; None where there is one document alone.
        p: of the test, corrected.
    """
    shown = f"p = {p:.3f}" if p >= 0.001 else "p < 0.001"
    if interval is None:
        return f"no difference between {model} and {first} can be told: all sentences come from one document."
    low, high = interval
    if p < _SIGNIFICANT and low > 0:
        return f"{model} is better than {first} by {gap:.2f} ({low:.2f} to {high:.2f}); {shown}."
    if p < _SIGNIFICANT and high < 0:
        return f"{model} is worse than {first} by {-gap:.2f} ({-high:.2f} to {-low:.2f}); {shown}."
    return (
        f"no difference between {model} and {first} can be told ({gap:+.2f}, {low:+.2f} to {high:+.2f}; {shown}); "
        "that does not show them to be equal."
    )


def _compute_mean(counts: Floats) -> float:
    return float(compute_macro_f1(counts.sum(axis=0)))


def _format_spread(values: Floats) -> str:
    mean = f"{values.mean():.3f}"
    return mean if len(values) == 1 else f"{mean} ({values.min():.3f}–{values.max():.3f})"


if __name__ == "__main__":
    sys.exit(main())
