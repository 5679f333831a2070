"""How far two readers agree: `python -m training.agreement training/data/readings.jsonl`."""

import argparse
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sklearn.metrics import cohen_kappa_score, f1_score

from stance.errors import InputError
from stance.labels import LABELS, to_indicator
from stance.rows import read_json_rows
from training.run import run_reporting_errors

_COLUMNS = ("id", "first", "first_primary", "second", "second_primary")


def main(argv: Sequence[str] | None = None) -> int:
    """Print the agreement and return the exit code."""
    parser = argparse.ArgumentParser(
        description="Cohen's kappa (1960, https://doi.org/10.1177/001316446002000104) of two readers for each label "
        "and for the primary label, over all sentences and over a random sample."
    )
    parser.add_argument("readings", help=f"JSON Lines with {', '.join(_COLUMNS)}")
    parser.add_argument("--sample", type=int, default=800, help="sentences in the sample (default: 800)")
    parser.add_argument("--seed", type=int, default=0, help="which sample (default: 0)")
    args = parser.parse_args(argv)
    return run_reporting_errors(lambda: _print_agreement(args))


def _print_agreement(args: argparse.Namespace) -> int:
    rows = _read_readings(Path(args.readings))
    sample = random.Random(args.seed).sample(rows, min(args.sample, len(rows)))  # noqa: S311 - no secret
    print(
        f"{'':12}{'sentences':>10}" + "".join(f"{name:>14}" for name in (*LABELS, "primary", "same labels", "macro-F1"))
    )
    for name, part in (("all", rows), ("sample", sample)):
        print(f"{name:12}{len(part):>10}" + "".join(f"{figure:>14.3f}" for figure in compute_agreement(part)))
    return 0


def compute_agreement(rows: Sequence[dict[str, Any]]) -> list[float]:
    """Return kappa for each label and for the primary label, the share of equal label sets, and macro-F1.

    Args:
        rows: each with the labels and the primary label of two readers.
    """
    first, second = (to_indicator([row[key] for row in rows]) for key in ("first", "second"))
    kappas = [float(cohen_kappa_score(first[:, j], second[:, j])) for j in range(len(LABELS))]
    primary = cohen_kappa_score([row["first_primary"] for row in rows], [row["second_primary"] for row in rows])
    return [
        *kappas,
        float(primary),
        float((first == second).all(axis=1).mean()),
        float(f1_score(first, second, average="macro", zero_division=0)),
    ]


def _read_readings(path: Path) -> list[dict[str, Any]]:
    rows = []
    for place, row in read_json_rows(path):
        if not isinstance(row, dict) or not set(_COLUMNS) <= set(row):
            raise InputError(f"{place}: expected {', '.join(_COLUMNS)}, found {str(row)[:60]!r}")
        rows.append(row)
    if not rows:
        raise InputError(f"{path}: expected readings, found none")
    return rows


if __name__ == "__main__":
    sys.exit(main())
