"""What is known of a model, for people."""

from typing import Any, TextIO

from stance.classifier import Classifier
from stance.labels import LABELS

_KINDS = {
    "onnx": "transformer in int8 ONNX, run by onnxruntime",
    "tfidf": "TF-IDF of words and characters with logistic regression, by scikit-learn",
    "transformer": "transformer, run by torch",
}


def write_info(model: Classifier, out: TextIO) -> None:
    """Write name, kind, thresholds, training and figures of a model."""
    info, calibration = model.info_, model.calibration_
    out.write(f"{info.name}: {_KINDS[info.kind]}\n\n")
    out.write("A label holds from this probability on:\n")
    for label, by_label in zip(LABELS, calibration.by_label, strict=True):
        out.write(f"  {label:14}{by_label.threshold:.3f}\n")
    fitted = f"fitted on {calibration.n_sentences} sentences" if calibration.n_sentences else "not fitted"
    out.write(f"Probabilities and thresholds: {fitted}\n")
    if info.training:
        _write_training(info.training, out)
    for name, figures in info.scores.items():
        _write_figures(name, figures, out)
    out.write("\nFiles (sha256, checked):\n")
    for name, sha256 in info.files.items():
        out.write(f"  {sha256}  {name}\n")


def _write_training(training: dict[str, Any], out: TextIO) -> None:
    out.write(
        f"\nTrained on {training['n_train']} sentences in {training['minutes']} minutes, "
        f"seed {training['recipe']['seed']}\n"
    )
    for part, files in training["data"].items():
        for file in files:
            out.write(f"  {part}: {file['file']} (sha256 {file['sha256']})\n")
    versions = ", ".join(f"{package} {version}" for package, version in training["versions"].items())
    out.write(f"  with {versions}\n")


def _write_figures(name: str, figures: dict[str, Any], out: TextIO) -> None:
    out.write(f"\nOn {figures['n_sentences']} sentences of {name}: macro-F1 {figures['macro_f1']:.3f}\n")
    out.write(f"  {'':14}{'precision':>10}{'recall':>8}{'F1':>8}{'support':>9}\n")
    for label in LABELS:
        row = figures["labels"][label]
        out.write(f"  {label:14}{row['precision']:>10.3f}{row['recall']:>8.3f}{row['f1']:>8.3f}{row['support']:>9}\n")
