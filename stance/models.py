"""The one way to open a model of any kind."""

from pathlib import Path

from stance.classifier import Classifier
from stance.errors import MissingExtraError, ModelError
from stance.folder import DEFAULT_MODEL, find_model_folder, read_model_info


def load(
    name_or_dir: str | Path = DEFAULT_MODEL,
    *,
    revision: str | None = None,
    token: str | None = None,
    local_files_only: bool = False,
) -> Classifier:
    """Open a model, whatever its kind.

    Args:
        name_or_dir: "minilm" or "tfidf", which ship with the package; a model folder; or `owner/name` on the
            Hugging Face hub.
        revision: branch, tag or commit on the hub.
        token: access token for the hub.
        local_files_only: use only what has been downloaded before.

    Raises:
        ModelError: not found, or with a missing, altered or foreign file.
        MissingExtraError: a transformer that was not exported needs torch.

    >>> load("tfidf").predict(["The minister denied the report."]).shape
    (1, 4)
    """
    folder = find_model_folder(name_or_dir, revision=revision, token=token, local_files_only=local_files_only)
    info = read_model_info(folder)
    # Each import costs what only its kind needs.
    match info.kind:
        case "onnx":
            from stance.onnx import OnnxClassifier

            return OnnxClassifier.open_folder(folder, info)
        case "tfidf":
            from stance.tfidf import TfidfClassifier

            return TfidfClassifier.open_folder(folder, info)
        case "transformer":
            try:
                from stance.transformer import TransformerClassifier
            except ModuleNotFoundError as error:
                raise MissingExtraError(
                    f"{folder}: a transformer that was not exported to ONNX", str(error.name), "train"
                ) from error
            return TransformerClassifier.open_folder(folder, info)
    raise ModelError(f"{folder}: expected a model of kind onnx, tfidf or transformer, found {info.kind!r}")
