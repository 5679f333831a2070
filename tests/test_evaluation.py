"""Evaluating from the command line, with the baseline that comes with the package."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

import stance
from stance.examples import Example, write_examples
from stance.folder import MANIFEST, compute_sha256, find_model_folder
from stance.labels import LABELS
from training.data import to_labels, to_texts
from training.evaluate import main
from training.evaluation import describe, evaluate
from training.scores import decide

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "tests" / "data" / "examples.jsonl"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("reports") / "new" / "report"
    assert main(["tfidf", str(EXAMPLES), "--report", str(folder)]) == 0
    assert [path.name for path in folder.iterdir()] == ["metrics.json"]
    read: dict[str, Any] = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    return read


def test_report_names_model_and_data_by_hash(report: dict[str, Any]) -> None:
    model = stance.load("tfidf")
    assert report["format"] == 1
    assert report["model"]["sha256"] == compute_sha256(find_model_folder("tfidf") / MANIFEST)
    assert list(report["model"]["thresholds"].values()) == model.calibration_.thresholds.tolist()
    (file,) = report["files"]
    assert (file["file"], file["sha256"]) == ("examples.jsonl", compute_sha256(EXAMPLES))


def test_report_has_the_figures_of_scikit_learn_each_within_its_interval(
    report: dict[str, Any], examples: list[Example]
) -> None:
    model, y_true = stance.load("tfidf"), to_labels(examples)
    proba = model.predict_proba(to_texts(examples))
    (file,) = report["files"]
    assert file["macro_f1"] == pytest.approx(f1_score(y_true, model.predict(to_texts(examples)), average="macro"))
    for i, label in enumerate(LABELS):
        found, limits = file["labels"][label], file["intervals"]["labels"][label]
        assert found["average_precision"] == pytest.approx(average_precision_score(y_true[:, i], proba[:, i]))
        assert found["roc_auc"] == pytest.approx(roc_auc_score(y_true[:, i], proba[:, i]))
        assert set(limits) == set(found) - {"support"}
        assert all(limits[name][0] <= found[name] <= limits[name][1] for name in set(limits) - {"calibration_error"})
    overall = {"macro_f1", "micro_f1", "exact_match", "primary_accuracy", "risk_coverage_area"}
    assert set(file["intervals"]) == {*overall, "labels"}
    assert all(file["intervals"][name][0] < file[name] < file["intervals"][name][1] for name in overall)


def test_report_counts_and_curves_fit_its_figures(report: dict[str, Any]) -> None:
    (file,) = report["files"]
    confusion = np.array(file["confusion"])
    assert confusion.shape == (5, 5)
    assert np.trace(confusion) / 96 == pytest.approx(file["primary_accuracy"])
    for i, label in enumerate(LABELS):
        assert file["cooccurrence"]["true"][i][i] == file["labels"][label]["support"]
        assert len(file["precision_recall"][label]) <= 100
        assert sum(each["n_sentences"] for each in file["reliability"][label]) == 96
    assert file["risk_coverage"][-1]["risk"] == pytest.approx(1 - file["exact_match"])
    assert len(file["risk_coverage"]) == 20


def test_worst_errors_are_sentences_of_the_file_with_a_wrong_decision(
    report: dict[str, Any], examples: list[Example]
) -> None:
    (file,) = report["files"]
    errors = file["worst_errors"]
    assert len(errors) == 20
    by_id = {example.id: example for example in examples}
    for error in errors:
        assert error["text"] == by_id[error["id"]].text
        assert error["labels"] == list(by_id[error["id"]].labels) != error["found"]

    def compute_truth(error: dict[str, Any]) -> float:
        return float(np.prod([p if name in error["labels"] else 1 - p for name, p in error["probabilities"].items()]))

    assert [compute_truth(error) for error in errors] == sorted(map(compute_truth, errors))


def test_every_key_of_the_report_is_documented(report: dict[str, Any]) -> None:
    text = (ROOT / "docs" / "evaluation.md").read_text(encoding="utf-8")
    (file,) = report["files"]
    parts = [report, report["model"], report["bootstrap"], file, file["labels"]["denial"], file["slices"][0]]
    parts += [file["worst_errors"][0], file["risk_coverage"][0], file["cooccurrence"]]
    parts += [file[curve]["denial"][0] for curve in ("precision_recall", "reliability")]
    assert [key for part in parts for key in part if f"`{key}`" not in text] == []


def test_tables_say_in_words_first_what_was_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tfidf", str(EXAMPLES)]) == 0
    out = capsys.readouterr().out
    lines = [line for line in out.splitlines() if line]
    assert lines[0] == "examples.jsonl: 96 sentences of 24 documents"
    assert lines[1].startswith("Of 100 sentences, tfidf gets all four labels right on ")
    assert lines[2].startswith("It is weakest on ")
    assert "macro-F1" in out
    assert "too few to tell" in out  # hardly any question among them


def test_json_is_the_report_and_columns_make_slices(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    examples = [
        Example(text, labels, group=str(i % 7), extra={"register": register, "source": "wire"})
        for i in range(40)
        for text, labels, register in (("He denied it.", ("denial",), "news"), ("It rains", (), "post"))
    ]
    write_examples(tmp_path / "a.jsonl", examples)
    write_examples(tmp_path / "b.csv", examples)
    assert (
        main(["tfidf", *(str(tmp_path / name) for name in ("a.jsonl", "b.csv")), "--slice", "register", "--json"]) == 0
    )
    first, second = json.loads(capsys.readouterr().out)["files"]
    assert (first.pop("file"), second.pop("file")) == ("a.jsonl", "b.csv")
    assert first.pop("sha256") != second.pop("sha256")
    assert first == second
    sizes = {(row["slice"], row["value"]): row["n_sentences"] for row in first["slices"]}
    assert sizes["register", "news"] == sizes["headline", "no"] == 40
    assert sizes["source", "wire"] == 80
    assert first["primary_accuracy"] is first["confusion"] is first["intervals"]["primary_accuracy"] is None


def test_words_tell_the_limits_of_the_data() -> None:
    examples = [Example("He denied it.", ("denial",)), *[Example(f"It rains {i}.", ()) for i in range(4)]]
    proba = np.tile([0.1, 0.2, 0.1, 0.1], (5, 1))
    text = " ".join(describe("m", evaluate(decide(examples, proba, np.full(4, 0.5)))))
    assert "m gets all four labels right on 80 (" in text
    assert "weakest on denial: it finds none of those that carry it (1)" in text
    assert "No sentence carries confirmation, hedging, framing" in text
    assert "5 of 5 sentences name no document" in text
    assert "5 documents: too few to trust the intervals" in text

    together = [Example(example.text, example.labels, group="one") for example in examples]
    scores = evaluate(decide(together, proba, np.full(4, 0.5)))
    assert scores["intervals"] is None
    assert "from one document: there are no intervals" in " ".join(describe("m", scores))


def test_what_cannot_be_done_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    for args, message in (
        (["--slice", "register"], f"error: {EXAMPLES}: no column 'register' to slice by, found 'id', 'text'"),
        (
            ["--report", str(tmp_path / "taken")],
            f"error: --report {tmp_path / 'taken'}: cannot be written: File exists",
        ),
    ):
        assert main(["tfidf", str(EXAMPLES), *args]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.startswith(message)
        assert captured.err.count("\n") == 1


def test_a_report_takes_the_place_of_a_former_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_examples(tmp_path / "a.jsonl", [Example("He denied it.", ("denial",), group=str(i)) for i in range(3)])
    for _ in range(2):
        assert main(["tfidf", str(tmp_path / "a.jsonl"), "--report", str(tmp_path / "r"), "--json"]) == 0
        captured = capsys.readouterr()
        assert json.loads((tmp_path / "r" / "metrics.json").read_text(encoding="utf-8")) == json.loads(captured.out)
        assert "metrics.json" in captured.err
