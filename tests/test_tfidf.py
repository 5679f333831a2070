import zipfile
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV

import stance
from stance import TfidfClassifier
from stance.examples import Example
from training.data import to_labels, to_texts


def test_tfidf_is_an_ordinary_estimator(examples: list[Example]) -> None:
    model = TfidfClassifier(C=3.0, min_df=1)
    assert clone(model).get_params() == model.get_params()
    search = GridSearchCV(model, {"C": [0.1, 1.0]}, scoring=lambda m, x, y: (m.predict(x) == y).mean(), cv=2)
    search.fit(to_texts(examples), to_labels(examples))
    assert search.best_params_["C"] in (0.1, 1.0)


def test_fit_learns_its_training_sentences(examples: list[Example]) -> None:
    model = TfidfClassifier(min_df=1).fit(to_texts(examples), to_labels(examples))
    assert (model.predict(to_texts(examples)) == to_labels(examples)).mean() > 0.98


def test_fit_refuses_an_empty_set_and_a_label_without_examples() -> None:
    with pytest.raises(stance.InputError, match="found none"):
        TfidfClassifier().fit([], [])
    with pytest.raises(stance.InputError, match="confirmation, hedging, framing"):
        TfidfClassifier(min_df=1).fit(["He denied it.", "It rains."], [["denial"], []])
    with pytest.raises(stance.InputError, match="each of 2 texts, found 1"):
        TfidfClassifier().fit(["a", "b"], [[]])


def test_unfitted_model_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotFittedError):
        TfidfClassifier().predict(["a"])
    with pytest.raises(NotFittedError):
        TfidfClassifier().save_pretrained(tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_saved_folder_holds_no_pickle(fitted_tfidf: TfidfClassifier, tmp_path: Path) -> None:
    fitted_tfidf.save_pretrained(tmp_path / "model")
    assert {path.name for path in (tmp_path / "model").iterdir()} == {"model.skops", "vocabularies.json", "stance.json"}
    with zipfile.ZipFile(tmp_path / "model" / "model.skops") as archive:
        assert {Path(name).suffix for name in archive.namelist()} <= {".json", ".npy", ".npz"}


def test_shipped_baseline_gives_probabilities_as_when_it_was_saved() -> None:
    """Guards against a scikit-learn that reads the saved form differently."""
    proba = stance.load("tfidf").predict_proba(["He flatly denied it.", "It is possibly true."])
    np.testing.assert_allclose(proba[0, 1], 0.992, atol=0.01)
    assert proba[1, 2] > 0.5 > proba[1, 1]
