"""Model folders: where they are, what `stance.json` says of them, and whether their files are untouched."""

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

from stance.calibration import Calibration
from stance.errors import ModelError
from stance.labels import LABELS

MANIFEST = "stance.json"
FORMAT = 1
PRETRAINED = Path(__file__).parent / "pretrained"
DEFAULT_MODEL = "minilm"
MODEL_CARD = "README.md"
# All that is ever read from a hub: formats that cannot run code.
MODEL_FILES = ["*.json", "*.txt", "*.safetensors", "*.onnx", "*.skops", MODEL_CARD]
_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True)
class ModelInfo:
    """What `stance.json` holds.

    Attributes:
        name: short name of the model.
        kind: "tfidf", "transformer" (needs torch) or "onnx" (a transformer that was exported).
        calibration: probabilities and thresholds.
        settings: what the classifier of this kind needs to be rebuilt.
        training: recipe, data hashes, versions, minutes; empty for a model that was only wrapped.
        scores: figures by data set.
        files: sha256 by file name, relative to the folder.
    """

    name: str
    kind: str
    calibration: Calibration
    settings: dict[str, Any]
    training: dict[str, Any] = field(default_factory=dict)
    scores: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)


def find_model_folder(
    name_or_dir: str | Path,
    *,
    revision: str | None = None,
    token: str | None = None,
    local_files_only: bool = False,
) -> Path:
    """Find the folder of a model: one that ships with the package, a local folder, or a repository on the hub.

    The hub is asked only for names of the form `owner/name` that are no local path, and never when
    `HF_HUB_OFFLINE` is set.

    Raises:
        ModelError: there is no such model.
    """
    path = Path(name_or_dir)
    shipped = sorted(folder.name for folder in PRETRAINED.iterdir() if (folder / MANIFEST).is_file())
    if name_or_dir in shipped:  # whatever the working directory holds; ./minilm is a folder there
        return PRETRAINED / str(name_or_dir)
    if os.path.isdir(path):  # noqa: PTH112  # Path.is_dir raises on a name that is too long
        return path
    if os.path.exists(path):  # noqa: PTH110  # likewise
        raise ModelError(f"{path}: expected a model folder, found a file; give the folder that holds {MANIFEST}")
    if path.parent != Path() and os.path.isdir(path.parent):  # noqa: PTH112  # likewise
        raise ModelError(
            f"{name_or_dir}: no such folder in {path.parent}; the hub was not asked, since that is a folder here"
        )
    if not _HUB_NAME.fullmatch(str(name_or_dir)):
        raise ModelError(
            f"{name_or_dir}: no such model; expected {', '.join(shipped)}, a model folder, "
            "or a repository on the Hugging Face hub (owner/name)"
        )
    return _download(str(name_or_dir), revision=revision, token=token, local_files_only=local_files_only)


def _download(repo_id: str, *, revision: str | None, token: str | None, local_files_only: bool) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    # The base of all that its transport raises, whichever package that is; impossible names are ValueErrors.
    transport_error = cast("type[Exception]", HfHubHTTPError.__bases__[0])

    try:
        folder = snapshot_download(
            repo_id, revision=revision, token=token, local_files_only=local_files_only, allow_patterns=MODEL_FILES
        )
    except (transport_error, OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ModelError(
            f"{repo_id}: no such folder here, and not to be had from the Hugging Face hub ({reason}); "
            "check name, network and access, or give a local model folder"
        ) from error
    return Path(folder)


def read_model_info(folder: Path) -> ModelInfo:
    """Read `stance.json` and check every file of the folder against it.

    Hidden files and `README.md`, the model card, may be changed.

    Raises:
        ModelError: the folder is no model folder, or a file is missing, altered or foreign.
    """
    manifest = folder / MANIFEST
    if not manifest.is_file():
        raise ModelError(
            f"{folder}: expected a model folder of stance, found no {MANIFEST}; "
            "a Hugging Face classifier can be used with stance.TransformerClassifier.wrap"
        )
    try:
        data = json.loads(manifest.read_text(encoding="utf-8"))
        known = {"format": data.pop("format"), "labels": data.pop("labels")}
        data.pop("stance_version")
        info = ModelInfo(**{**data, "calibration": Calibration.from_dict(data["calibration"])})
        texts = [info.name, info.kind, *info.files, *info.files.values()]
        typed = all(isinstance(text, str) for text in texts) and isinstance(info.settings, dict)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{manifest}: cannot be read ({error!r}); save the model again or fetch a fresh copy"
        ) from error
    if not typed or known != {"format": FORMAT, "labels": list(LABELS)}:
        raise ModelError(f"{manifest}: expected format {FORMAT} with labels {', '.join(LABELS)}, found {known}")
    _check_files(folder, info.files)
    return info


def check_kind(folder: Path, info: ModelInfo, kind: str, *files: str) -> None:
    """Refuse a folder that holds another kind of model, or lacks one of its files.

    Raises:
        ModelError: so it is.
    """
    if info.kind != kind:
        raise ModelError(f"{folder}: expected a model of kind {kind!r}, found {info.kind!r}; open it with stance.load")
    for name in files:
        if name not in info.files:
            raise ModelError(
                f"{folder}: expected a file {name}, found none; save the model again or fetch a fresh copy"
            )


def _check_files(folder: Path, expected: dict[str, str]) -> None:
    found = set(_list_files(folder))
    problems = [f"{name} is missing" for name in sorted(set(expected) - found)]
    problems += [f"{name} is foreign: not among the files that were saved" for name in sorted(found - set(expected))]
    problems += [
        f"{name} is altered: its sha256 is not the one in {MANIFEST}"
        for name in sorted(found & set(expected))
        if compute_sha256(folder / name) != expected[name]
    ]
    if problems:
        raise ModelError(f"{folder}: {'; '.join(problems)}; fetch or save the model again")


def _list_files(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        hidden = any(part.startswith(".") for part in name.split("/"))
        if path.is_file() and not hidden and name not in (MANIFEST, MODEL_CARD):
            yield name


def compute_sha256(path: Path) -> str:
    """Return the sha256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def write_model_folder(target: str | Path, info: ModelInfo) -> Iterator[Path]:
    """Give an empty folder to write a model's files into; it becomes `target`, with its manifest, once complete.

    A model folder that stands at `target` is replaced; nothing else is.

    Raises:
        ModelError: `target` is a file, or a folder that holds something else.
    """
    from stance import __version__

    path = check_target(target)
    try:
        draft = Path(tempfile.mkdtemp(prefix=".model-", dir=path.parent))
        former = draft.with_name(f"{draft.name}-former")
        try:
            yield draft
            files = {name: compute_sha256(draft / name) for name in sorted(_list_files(draft))}
            head = {"format": FORMAT, "stance_version": __version__, "labels": list(LABELS)}
            body = {**asdict(info), "calibration": info.calibration.to_dict(), "files": files}
            text = json.dumps({**head, **body}, indent=2, ensure_ascii=False)
            (draft / MANIFEST).write_text(text + "\n", encoding="utf-8")
            draft.chmod(0o755)
            if path.exists():
                path.rename(former)
            draft.rename(path)
        finally:
            if former.exists() and not path.exists():
                former.rename(path)
            shutil.rmtree(draft, ignore_errors=True)
            shutil.rmtree(former, ignore_errors=True)
    except OSError as error:
        raise ModelError(f"{path}: cannot be written: {error.strerror or error}") from error


def check_target(target: str | Path) -> Path:
    """Refuse to save a model where something else would be lost, or nothing can be written.

    Returns:
        The place itself, links followed; its parent exists.

    Raises:
        ModelError: `target` is a file, or a folder that holds something other than a model, or out of reach.
    """
    try:
        path = Path(target).resolve()
        if path.exists() and not path.is_dir():
            raise ModelError(f"{path}: expected a folder to save the model in, found a file; choose another name")
        if path.is_dir() and any(path.iterdir()) and not (path / MANIFEST).is_file():
            raise ModelError(f"{path}: holds files that are no model of stance; choose an empty or a new folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".model-", dir=path.parent):
            return path
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelError(f"{target}: cannot be written: {getattr(error, 'strerror', None) or error}") from error
