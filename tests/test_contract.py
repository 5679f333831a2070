"""What every classifier keeps to, whatever its kind."""

import shutil
from pathlib import Path

import numpy as np
import pytest

import stance
from stance.classifier import Classifier
from stance.examples import Example
from training.data import to_labels, to_texts

TEXTS = ["The ministry denied the report.", "It may have known.", "The shop opens at nine.", "It may have known."]
ODD_TEXTS = ["", " ", "\x00", "\ud800", "😀" * 50, "сообщение", "a" * 5000, "word " * 10_000, "\u202e‏\n\r\n"]


def test_classes_are_the_labels_in_order(classifier: Classifier) -> None:
    assert classifier.classes_.tolist() == ["confirmation", "denial", "hedging", "framing"]


def test_predict_proba_gives_a_row_for_each_text_and_a_column_for_each_label(classifier: Classifier) -> None:
    proba = classifier.predict_proba(TEXTS)
    assert proba.shape == (4, 4)
    assert proba.dtype == np.float64
    assert ((proba >= 0) & (proba <= 1)).all()


def test_predict_proba_of_no_text_is_empty(classifier: Classifier) -> None:
    assert classifier.predict_proba([]).shape == (0, 4)
    assert classifier.score_text("") == []


def test_predict_proba_does_not_depend_on_neighbours_or_on_earlier_calls(classifier: Classifier) -> None:
    together = classifier.predict_proba(TEXTS)
    alone = np.concatenate([classifier.predict_proba([text]) for text in TEXTS])
    np.testing.assert_allclose(together, alone, atol=1e-6)
    np.testing.assert_array_equal(together, classifier.predict_proba(TEXTS))
    np.testing.assert_allclose(together[1], together[3], atol=1e-6)


def test_predict_proba_is_the_calibrated_decision_function(classifier: Classifier) -> None:
    scores = classifier.decision_function(TEXTS)
    by_label = classifier.calibration_.by_label
    for column, label in enumerate(by_label):
        expected = 1 / (1 + np.exp(-(label.slope * scores[:, column] + label.intercept)))
        np.testing.assert_allclose(classifier.predict_proba(TEXTS)[:, column], expected, rtol=1e-9)


def test_predict_holds_from_the_threshold_on(classifier: Classifier) -> None:
    expected = classifier.predict_proba(TEXTS) >= classifier.calibration_.thresholds
    np.testing.assert_array_equal(classifier.predict(TEXTS), expected.astype(int))


def test_predict_proba_takes_any_string(classifier: Classifier) -> None:
    assert np.isfinite(classifier.predict_proba(ODD_TEXTS)).all()


@pytest.mark.parametrize(
    ("texts", "message"), [("one text", "put it in brackets"), (["a", None], r"texts\[1\]"), ([3.5], r"texts\[0\]")]
)
def test_predict_proba_refuses_what_is_no_list_of_texts(classifier: Classifier, texts: list[str], message: str) -> None:
    with pytest.raises(stance.InputError, match=message):
        classifier.predict_proba(texts)


def test_score_text_gives_exact_offsets_and_consistent_labels(classifier: Classifier) -> None:
    text = "  He denied it.\r\n\r\n“It may be so,” she said. 😀 Then they left."
    scored = classifier.score_text(text, document="note")
    assert [s.index for s in scored] == list(range(len(scored)))
    assert {s.document for s in scored} == {"note"}
    for sentence in scored:
        assert text[sentence.start : sentence.end] == sentence.text
        thresholds = dict(zip(stance.LABELS, classifier.calibration_.thresholds, strict=True))
        holding = tuple(label for label in stance.LABELS if sentence.probabilities[label] >= thresholds[label])
        assert sentence.labels == holding
        assert sentence.primary in (holding or ("none",))


def test_set_thresholds_decides_what_holds(classifier: Classifier, tmp_path: Path) -> None:
    classifier.save_pretrained(tmp_path / "copy")
    copy = stance.load(tmp_path / "copy").set_thresholds(denial=0.0, hedging=1.0)
    decisions = copy.predict(TEXTS)
    assert (decisions[:, 1] == 1).all()
    assert (decisions[:, 2] == 0).all()
    with pytest.raises(stance.InputError, match="did you mean 'denial'"):
        copy.set_thresholds(denail=0.5)
    with pytest.raises(stance.InputError, match="from 0 to 1"):
        copy.set_thresholds(denial=1.5)


def test_calibrate_never_changes_the_order_of_two_sentences(
    classifier: Classifier, parts: tuple[list[Example], list[Example]]
) -> None:
    texts = to_texts(parts[1])
    scores, proba = classifier.decision_function(texts), classifier.predict_proba(texts)
    for column in range(4):
        order = np.argsort(scores[:, column], kind="stable")
        assert (np.diff(proba[order, column]) >= 0).all()


def test_calibrate_refuses_a_label_without_an_example(classifier: Classifier) -> None:
    with pytest.raises(stance.InputError, match="confirmation, hedging, framing"):
        classifier.calibrate(TEXTS, [["denial"], [], [], []])


def test_load_gives_back_what_save_pretrained_kept(classifier: Classifier, tmp_path: Path) -> None:
    classifier.save_pretrained(tmp_path / "model")
    for loaded in (stance.load(tmp_path / "model"), type(classifier).from_pretrained(tmp_path / "model")):
        assert type(loaded) is type(classifier)
        np.testing.assert_array_equal(loaded.predict_proba(TEXTS), classifier.predict_proba(TEXTS))
        assert loaded.calibration_ == classifier.calibration_


def test_save_pretrained_replaces_the_folder_it_was_opened_from(
    classifier: Classifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    classifier.save_pretrained(tmp_path / "model")
    (tmp_path / "link").symlink_to(tmp_path / "model")
    monkeypatch.chdir(tmp_path / "model")
    stance.load(".").save_pretrained(".")
    stance.load(tmp_path / "link").save_pretrained(tmp_path / "link")
    np.testing.assert_array_equal(stance.load(tmp_path / "link").predict_proba(TEXTS), classifier.predict_proba(TEXTS))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "model"]


def test_save_pretrained_refuses_a_place_that_cannot_be_written(classifier: Classifier, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for target in (tmp_path / "file" / "model", tmp_path / ("a" * 300), "/proc/model"):
        with pytest.raises(stance.ModelError, match="cannot be written"):
            classifier.save_pretrained(target)


def test_save_pretrained_replaces_a_model_and_nothing_else(classifier: Classifier, tmp_path: Path) -> None:
    classifier.save_pretrained(tmp_path / "model")
    classifier.save_pretrained(tmp_path / "model")
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    with pytest.raises(stance.ModelError, match="no model of stance"):
        classifier.save_pretrained(tmp_path / "thesis")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "thesis"]


def test_load_refuses_a_missing_an_altered_and_a_foreign_file(classifier: Classifier, tmp_path: Path) -> None:
    classifier.save_pretrained(tmp_path / "model")
    name = max(classifier.__class__.from_pretrained(tmp_path / "model").info_.files)
    for damage, message in (
        ("missing", "is missing"),
        ("altered", "is altered"),
        ("foreign", "weights.pkl is foreign"),
    ):
        folder = tmp_path / damage
        shutil.copytree(tmp_path / "model", folder)
        if damage == "missing":
            (folder / name).unlink()
        elif damage == "altered":
            with (folder / name).open("ab") as file:
                file.write(b" ")
        else:
            (folder / "weights.pkl").write_bytes(b"")
        with pytest.raises(stance.ModelError, match=message):
            stance.load(folder)


def test_fit_takes_label_names_and_indicators_alike(
    examples: list[Example], parts: tuple[list[Example], list[Example]]
) -> None:
    train = parts[0]
    by_name = stance.TfidfClassifier(min_df=1).fit(to_texts(train), [e.labels for e in train])
    by_indicator = stance.TfidfClassifier(min_df=1).fit(to_texts(train), to_labels(train))
    np.testing.assert_array_equal(by_name.decision_function(TEXTS), by_indicator.decision_function(TEXTS))
