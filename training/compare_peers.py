"""Set our recipes beside other people's: `python -m training.compare_peers configs/minilm.yaml data.train=PATH …`.

Everything learns from the same sentences, is calibrated on the same others, and is scored on the same test files.
"""

import argparse
import random
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stance.calibration import Calibration, Floats, fit_calibration
from stance.comparison import count_by_document
from stance.drafts import write_draft
from stance.errors import ConfigError, InputError
from stance.examples import Example, name_documents
from stance.tfidf import TfidfClassifier
from training.compare import print_table
from training.config import TransformerRecipe, read_config
from training.data import Split, read_split, to_labels, to_texts
from training.peers import PEERS, Peer, Score
from training.run import check_unfinished, describe_run, run_reporting_errors, say, silence_transformers
from training.scores import name_files
from training.train_transformer import build_classifier


@dataclass(frozen=True)
class _Run:
    recipe: TransformerRecipe
    split: Split
    output: Path


def main(argv: Sequence[str] | None = None) -> int:
    """Train, calibrate and score all as the command line says, and return the exit code."""
    parser = argparse.ArgumentParser(
        description="Train the transformer of a recipe, our baseline and five other ways on the same sentences "
        f"({', '.join(PEERS)}), and print a table for each file of data.test. What is finished is kept in the output "
        "folder; after an interruption, the same command goes on. Needs pip install '.[peers]'."
    )
    parser.add_argument("config", help="recipe of a transformer, such as configs/minilm.yaml")
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="a key of the recipe and its value here")
    parser.add_argument("--limit", type=int, help="learn from about so many sentences only, whole documents at random")
    args = parser.parse_args(argv)
    silence_transformers()
    return run_reporting_errors(lambda: _compare(args))


def _compare(args: argparse.Namespace) -> int:
    missing = [package for package in ("setfit", "spacy") if find_spec(package) is None]
    if missing:
        raise ConfigError(f"{' and '.join(missing)} not installed; pip install -c constraints.txt '.[peers]'")
    recipe = read_config(TransformerRecipe, args.config, args.overrides)
    if not recipe.data.test:
        raise ConfigError("data.test: expected files to compare on, found none; give data.test=[PATH]")
    split = read_split(recipe.data)
    if args.limit is not None:
        split = replace(split, train=draw_documents(split.train, args.limit, recipe.seed))
    run = _Run(recipe, split, Path(recipe.output))
    check_unfinished(run.output, describe_run(recipe, split), run.output)
    say(f"{len(split.train)} sentences to learn from, {len(split.validation)} to calibrate on")

    ways: dict[str, Callable[[], Score]] = {
        recipe.name: lambda: _train_ours(run),
        "tfidf": lambda: _train_baseline(run),
        **{name: lambda peer=peer: _train_peer(run, peer) for name, peer in PEERS.items()},  # type: ignore[misc]
    }
    scores = {name: _ask(run, name, train) for name, train in ways.items()}
    y_validation = to_labels(split.validation)
    calibrations = {name: fit_calibration(found["validation"], y_validation) for name, found in scores.items()}
    for path, name in name_files(list(split.test)).items():
        examples = split.test[path]
        y, groups = to_labels(examples), [example.group for example in examples]
        decisions = {way: _decide(found[path], calibrations[way]) for way, found in scores.items()}
        print_table(name, examples, {way: count_by_document(y, [found], groups) for way, found in decisions.items()})
    return 0


def draw_documents(examples: Sequence[Example], limit: int, seed: int) -> list[Example]:
    """Draw whole documents until they hold `limit` sentences; fewer if there are no more.

    Raises:
        InputError: `limit` is below 1.
    """
    if limit < 1:
        raise InputError(f"--limit: expected 1 or more, found {limit}")
    by_document: dict[str, list[Example]] = {}
    for name, example in zip(name_documents(example.group for example in examples), examples, strict=True):
        by_document.setdefault(name, []).append(example)
    documents = list(by_document.values())
    random.Random(seed).shuffle(documents)  # noqa: S311 - no secret
    drawn: list[Example] = []
    for document in documents:
        if len(drawn) >= limit:
            break
        drawn += document
    return drawn


def _ask(run: _Run, name: str, train: Callable[[], Score]) -> dict[str, Floats]:
    """Return what one way says of the validation part and of every test file; kept for when the run goes on."""
    kept = run.output / f"{name.replace(' ', '-')}.npz"
    parts = {"validation": run.split.validation, **run.split.test}
    if not kept.is_file():
        say(f"training {name}")
        with redirect_stdout(sys.stderr):  # some print their progress
            score = train()
            found = [score(to_texts(examples)) for examples in parts.values()]
        with write_draft(kept) as draft, draft.open("wb") as file:
            np.savez(file, *found)
    with np.load(kept, allow_pickle=False) as arrays:
        return dict(zip(parts, (arrays[key] for key in arrays.files), strict=True))


def _decide(scores: Floats, calibration: Calibration) -> NDArray[np.int64]:
    return (calibration.to_proba(scores) >= calibration.thresholds).astype(np.int64)


def _train_ours(run: _Run) -> Score:
    checkpoints = run.output / "checkpoints"
    model = build_classifier(run.recipe)
    model.fit(to_texts(run.split.train), to_labels(run.split.train), checkpoints=checkpoints)
    return model.decision_function


def _train_baseline(run: _Run) -> Score:
    model = TfidfClassifier(seed=run.recipe.seed)
    return model.fit(to_texts(run.split.train), to_labels(run.split.train)).decision_function


def _train_peer(run: _Run, peer: Peer) -> Score:
    return peer(to_texts(run.split.train), to_labels(run.split.train), run.recipe.encoder.name, run.recipe.seed)


if __name__ == "__main__":
    sys.exit(main())
