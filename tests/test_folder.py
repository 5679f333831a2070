import json
from pathlib import Path

import pytest

import stance
from stance import Classifier, ModelError, StanceError, TfidfClassifier
from stance.folder import MANIFEST, compute_sha256, find_model_folder, read_model_info


@pytest.fixture
def folder(fitted_tfidf: TfidfClassifier, tmp_path: Path) -> Path:
    fitted_tfidf.save_pretrained(tmp_path / "model")
    return tmp_path / "model"


@pytest.mark.parametrize("name", ["minilm", "tfidf"])
def test_shipped_model_is_complete_and_fitted(name: str) -> None:
    info = read_model_info(find_model_folder(name))
    assert info.name == name
    assert info.calibration.n_sentences > 1000
    assert info.training["n_train"] > 10_000


def test_the_model_card_and_hidden_files_may_change(folder: Path) -> None:
    (folder / "README.md").write_text("my notes")
    (folder / ".gitattributes").write_text("*.skops filter=lfs")
    (folder / ".cache").mkdir()
    (folder / ".cache" / "download.lock").write_text("")
    assert stance.load(folder).predict(["a"]).shape == (1, 4)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2}, "expected format 1"),
        ({"labels": ["denial"]}, "expected format 1"),
        ({"kind": "pickle"}, "expected a model of kind"),
        ({"kind": "onnx"}, "expected a file onnx/model_int8.onnx"),
        ({"extra": 1}, "cannot be read"),
        ({"files": "model.skops"}, "cannot be read"),
        ({"calibration": {}}, "calibration in stance.json cannot be read"),
        ({"settings": {"evil": True}}, "settings"),
        ({"settings": None}, "cannot be read|expected format"),
    ],
)
def test_load_refuses_an_impossible_manifest(folder: Path, change: dict[str, object], message: str) -> None:
    data = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**data, **change}))
    with pytest.raises(ModelError, match=message):
        stance.load(folder)


@pytest.mark.parametrize("content", ["", "[]", "{}", "{", "\xff"])
def test_load_refuses_a_broken_manifest(folder: Path, content: str) -> None:
    (folder / MANIFEST).write_text(content, encoding="latin-1")
    with pytest.raises(ModelError, match=r"stance\.json"):
        stance.load(folder)


@pytest.mark.parametrize("max_length", [None, "abc", 0, -1, 1.5, True, 10**9])
def test_load_refuses_an_impossible_length(exported_onnx: Classifier, tmp_path: Path, max_length: object) -> None:
    exported_onnx.save_pretrained(tmp_path / "onnx")
    data = json.loads((tmp_path / "onnx" / MANIFEST).read_text())
    data["settings"]["max_length"] = max_length
    (tmp_path / "onnx" / MANIFEST).write_text(json.dumps(data))
    with pytest.raises(StanceError, match="max_length: expected a whole number"):
        stance.load(tmp_path / "onnx")


@pytest.mark.parametrize("name", ["model.skops", "vocabularies.json"])
def test_load_refuses_files_that_are_wrong_though_their_hashes_fit(folder: Path, name: str) -> None:
    (folder / name).write_text("{}")
    data = json.loads((folder / MANIFEST).read_text())
    data["files"][name] = compute_sha256(folder / name)
    (folder / MANIFEST).write_text(json.dumps(data))
    with pytest.raises(ModelError, match="cannot be opened as a tfidf model"):
        stance.load(folder)


def test_shipped_models_are_found_whatever_the_working_directory_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "minilm").mkdir()
    monkeypatch.chdir(tmp_path)
    assert stance.load("minilm").info_.name == "minilm"
    with pytest.raises(ModelError, match="found no stance"):
        stance.load("./minilm")


def test_find_model_folder_says_what_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match="expected minilm, tfidf, a model folder"):
        find_model_folder("minilmm")
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="expected a model folder, found a file"):
        find_model_folder("file")
    (tmp_path / "models").mkdir()
    with pytest.raises(ModelError, match="models/mine: no such folder in models; the hub was not asked"):
        find_model_folder("models/mine")
    with pytest.raises(
        ModelError, match="owner/name: no such folder here, and not to be had from the Hugging Face hub"
    ):
        find_model_folder("owner/name")
    with pytest.raises(ModelError, match="not to be had from the Hugging Face hub"):
        find_model_folder("a--b/c")  # the hub's own rules for names refuse it


def test_save_pretrained_leaves_nothing_behind_when_it_fails(
    fitted_tfidf: TfidfClassifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="found a file"):
        fitted_tfidf.save_pretrained(tmp_path / "file")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
