"""What every training script does around the training itself."""

import argparse
import json
import platform
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from stance.classifier import Classifier
from stance.drafts import write_draft
from stance.errors import ConfigError, StanceError
from stance.folder import MANIFEST, check_target, compute_sha256, find_model_folder
from training.config import AverageRecipe, Recipe, TfidfRecipe, TransformerRecipe, read_config
from training.data import Split, read_split, to_labels, to_texts
from training.scores import compute_scores, name_files, print_scores

_NOTE = "run.json"  # in the folder of checkpoints: what shapes the result
_PACKAGES = ("stance-framing", "numpy", "scikit-learn", "torch", "transformers", "tokenizers", "onnxruntime")


def run_training(
    recipe: type[Recipe],
    train: Callable[[Recipe, Split, Path], Classifier],
    description: str,
    argv: Sequence[str] | None,
) -> int:
    """Read the recipe and the data, train, calibrate, score, save.

    Args:
        recipe: which kind of recipe the script takes.
        train: fits a classifier on the training part; the path is where it may keep checkpoints.
        description: for `--help`.
        argv: command line without the program; None takes that of the process.

    Returns:
        Exit code: 0, or 2 for what the user can mend.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("config", help="recipe, a YAML file such as those in configs/")
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="a key of the recipe and its value here")
    parser.add_argument("--overwrite", action="store_true", help="replace a model that stands at the output")
    args = parser.parse_args(argv)
    return run_reporting_errors(lambda: _train(recipe, train, args))


def run_reporting_errors(command: Callable[[], int]) -> int:
    """Run a script; the user's mistakes become one line on stderr and exit code 2, Ctrl-C becomes 130."""
    try:
        return command()
    except StanceError as error:
        for line in str(error).splitlines():
            say(f"error: {line}")
        return 2
    except KeyboardInterrupt:
        say("interrupted; run the same command again to go on")
        return 130


def _train(recipe: type[Recipe], train: Callable[[Recipe, Split, Path], Classifier], args: argparse.Namespace) -> int:
    config = read_config(recipe, args.config, args.overrides)
    output = check_target(config.output)
    if output.is_dir() and any(output.iterdir()) and not args.overwrite:
        raise ConfigError(f"{output}: a model stands there; choose another output, or replace it with --overwrite")
    split = read_split(config.data)
    say(f"{len(split.train)} sentences to learn from, {len(split.validation)} to calibrate on")
    if split.n_dropped:
        say(f"{split.n_dropped} sentences dropped: they or their documents stand in the validation or test part too")

    provenance = describe_run(config, split)
    checkpoints = output.with_name(f".{output.name}.checkpoints")
    check_unfinished(checkpoints, provenance, output)
    begin = time.monotonic()
    try:
        model = train(config, split, checkpoints)
    finally:
        if all(path.name == _NOTE for path in checkpoints.iterdir()):
            shutil.rmtree(checkpoints)
    minutes = round((time.monotonic() - begin) / 60, 2)
    model.calibrate(to_texts(split.validation), to_labels(split.validation))

    parts = {"validation part": split.validation, **split.test}
    names = name_files(list(parts))
    scores = {names[path]: compute_scores(model, examples) for path, examples in parts.items()}
    for name, figures in scores.items():
        print_scores(name, figures)
    model.info_ = replace(model.info_, name=config.name, training={**provenance, "minutes": minutes}, scores=scores)
    model.save_pretrained(output)
    shutil.rmtree(checkpoints, ignore_errors=True)
    say(f"saved {output}")
    return 0


def describe_run(config: TfidfRecipe | TransformerRecipe | AverageRecipe, split: Split) -> dict[str, Any]:
    """Note all that shapes the result; files by name and hash, since their place is the user's own affair."""
    models = {Path(name).name: find_model_folder(name) for name in config.list_models()}
    return {
        "recipe": config.model_dump(exclude={"output", "data", "teachers", "models", "unlabelled"}),
        **describe_data(config),
        "models": [{"name": name, "sha256": compute_sha256(folder / MANIFEST)} for name, folder in models.items()],
        "n_train": len(split.train),
        "n_validation": len(split.validation),
        "n_dropped": split.n_dropped,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
    }


def describe_data(config: TfidfRecipe | TransformerRecipe | AverageRecipe) -> dict[str, Any]:
    """Return the names and hashes of a recipe's files, and how they are parted."""
    data = config.data
    return {
        "data": {
            part: [{"file": Path(path).name, "sha256": compute_sha256(Path(path))} for path in paths]
            for part, paths in config.list_files().items()
        },
        "validation_fraction": None if data.validation else data.validation_fraction,
        "split_seed": None if data.validation else data.split_seed,
    }


def check_unfinished(checkpoints: Path, provenance: dict[str, Any], output: Path) -> None:
    """Go on with an unfinished run only if everything that shapes its result is the same."""
    note = checkpoints / _NOTE
    if note.is_file():
        if json.loads(note.read_text(encoding="utf-8")) != json.loads(json.dumps(provenance)):
            raise ConfigError(
                f"{checkpoints}: an unfinished run with another recipe, data or versions; "
                f"delete that folder to start anew, or choose another output than {output}"
            )
        say(f"going on with the unfinished run in {checkpoints}")
        return
    checkpoints.mkdir(parents=True, exist_ok=True)
    with write_draft(note) as draft:
        draft.write_text(json.dumps(provenance, indent=2) + "\n", encoding="utf-8")


def silence_transformers() -> None:
    """Keep warnings and progress bars of transformers off stderr; ours say what matters."""
    import transformers  # not at the top: the baseline trains without it

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()


def say(message: str) -> None:
    """Tell the user something; stdout is left for results."""
    print(message, file=sys.stderr)
