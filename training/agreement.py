"""How far two readers agree: `python -m training.agreement PROJECT-EXPORT.json`."""

import argparse
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from stance.errors import InputError
from stance.label_studio import parse_annotations
from stance.labels import LABELS, NONE, to_indicator
from stance.rows import decode, read_bytes, read_json_rows
from training.run import run_reporting_errors

_COLUMNS = ("id", "first", "first_primary", "second", "second_primary")
_FIGURES = (*LABELS, "primary")


def main(argv: Sequence[str] | None = None) -> int:
    """Print the agreement and return the exit code."""
    parser = argparse.ArgumentParser(
        description="Cohen's kappa (1960, https://doi.org/10.1177/001316446002000104) of two readers for each label "
        "and for the primary label, over all sentences and over a random sample."
    )
    parser.add_argument(
        "readings",
        help="export of Label Studio (.json) in which two people labelled tasks, "
        f"or JSON Lines with {', '.join(_COLUMNS)}",
    )
    parser.add_argument("--sample", type=int, default=800, help="sentences in the sample (default: 800)")
    parser.add_argument("--seed", type=int, default=0, help="which sample (default: 0)")
    parser.add_argument("--differences", action="store_true", help="list the sentences on which the readers differ")
    args = parser.parse_args(argv)
    return run_reporting_errors(lambda: _print_agreement(args))


def _print_agreement(args: argparse.Namespace) -> int:
    if args.sample < 1:
        raise InputError(f"--sample {args.sample}: expected a number of sentences, at least 1")
    rows = _read_readings(Path(args.readings))
    sample = random.Random(args.seed).sample(rows, min(args.sample, len(rows)))  # noqa: S311 - no secret
    print(f"{'kappa':10}{'sentences':>10}" + "".join(f"{name:>14}" for name in (*_FIGURES, "same labels")))
    for name, part in (("all", rows), ("sample", sample)):
        cells = ["-" if np.isnan(figure) else f"{figure:.3f}" for figure in compute_agreement(part)]
        print(f"{name:10}{len(part):>10}" + "".join(f"{cell:>14}" for cell in cells))
    if args.differences:
        print()
        for row in rows:
            if row["first"] != row["second"]:
                first, second = (", ".join(row[key]) or NONE for key in ("first", "second"))
                print(f"{row['id']}: {first} / {second}  {row.get('text') or ''}".rstrip())
    return 0


def compute_agreement(rows: Sequence[dict[str, Any]]) -> list[float]:
    """Return kappa for each label and for the primary label, and the share of equal sets of labels.

    Args:
        rows: each with the labels and the primary label of two readers; a primary label may be None.

    Returns:
        Kappas, at most 1 and 0 where readers agree as often as by chance; NaN where one value is all they gave.
    """
    first, second = (to_indicator([row[key] for row in rows]) for key in ("first", "second"))
    primary = [
        (row["first_primary"], row["second_primary"])
        for row in rows
        if row["first_primary"] is not None and row["second_primary"] is not None
    ]
    kappas = [_compute_kappa(first[:, j].tolist(), second[:, j].tolist()) for j in range(len(LABELS))]
    kappas.append(_compute_kappa([a for a, _ in primary], [b for _, b in primary]))
    return [*kappas, float((first == second).all(axis=1).mean())]


def _compute_kappa(first: list[Any], second: list[Any]) -> float:
    from sklearn.metrics import cohen_kappa_score

    if len({*first, *second}) < 2:
        return float("nan")
    return float(cohen_kappa_score(first, second))


def _read_readings(path: Path) -> list[dict[str, Any]]:
    if path.suffix.lower() == ".json":
        return _read_export(path)
    rows = []
    for place, row in read_json_rows(path):
        if not isinstance(row, dict) or not set(_COLUMNS) <= set(row):
            raise InputError(f"{place}: expected {', '.join(_COLUMNS)}, found {str(row)[:60]!r}")
        for key in ("first", "second"):
            _check_labels(row[key], f"{place}: {key}")
            if row[f"{key}_primary"] not in (None, NONE, *LABELS):
                raise InputError(f"{place}: {key}_primary: expected a label or {NONE}, found {row[f'{key}_primary']!r}")
        rows.append(row)
    if not rows:
        raise InputError(f"{path}: expected readings, found none")
    return rows


def _read_export(path: Path) -> list[dict[str, Any]]:
    """Read the first two annotations of each task that has as many; one marked as ground truth counts alone."""
    rows = []
    for place, annotations in parse_annotations(decode(read_bytes(path))[0], str(path)):
        if isinstance(annotations, str):
            raise InputError(f"{place}: {annotations}")
        if len(annotations) < 2:
            continue
        row: dict[str, Any] = {"id": annotations[0].get("id") or place, "text": annotations[0].get("text")}
        for key, annotation in zip(("first", "second"), annotations, strict=False):
            _check_labels(annotation["labels"], f"{place}: labels")
            row |= {key: annotation["labels"], f"{key}_primary": annotation["primary"]}
        rows.append(row)
    if not rows:
        raise InputError(f"{path}: expected tasks that two people labelled, found none")
    return rows


def _check_labels(labels: Any, place: str) -> None:
    if not isinstance(labels, list) or not all(label in LABELS for label in labels):
        raise InputError(f"{place}: expected a list of {', '.join(LABELS)}, found {labels!r}")


if __name__ == "__main__":
    sys.exit(main())
