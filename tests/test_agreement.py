"""The agreement of two readers: kappa as worked out by hand, and what stands in the data card."""

import json
from pathlib import Path

import pytest

from tests.test_label_studio import annotate
from training.agreement import compute_agreement, main

READINGS = Path(__file__).parent.parent / "training" / "data" / "readings.jsonl"


def read(first: list[str], second: list[str]) -> dict[str, object]:
    return {
        "id": "x",
        "first": first,
        "first_primary": (first or ["none"])[0],
        "second": second,
        "second_primary": (second or ["none"])[0],
    }


def test_kappa_is_that_worked_out_by_hand() -> None:
    denial, none, rest = ["denial"], list[str](), ["confirmation", "hedging", "framing"]
    # Denial: 10 sentences, both see it in 3, neither in 5, each alone in 1: (0.8 - 0.52) / (1 - 0.52).
    rows = [read(denial, denial)] * 3 + [read(denial, none), read(none, denial)] + [read(none, none)] * 3
    rows += [read(rest, rest)] * 2
    confirmation, denied, hedging, framing, _, same = compute_agreement(rows)
    assert denied == pytest.approx(0.28 / 0.48)
    assert (confirmation, hedging, framing) == (1, 1, 1)
    assert same == pytest.approx(0.8)


def test_readings_of_the_corpus_agree(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(READINGS)]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line[0] for line in lines[1:]] == ["all", "sample"]
    assert lines[2][1] == "800"
    for line in lines[1:]:
        assert all(float(kappa) >= 0.85 for kappa in line[2:6])


@pytest.mark.parametrize("content", ["", "{}\n", '{"id": "a", "first": []}\n', "[1]\n"])
def test_other_files_are_refused(tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "readings.jsonl"
    path.write_text(content)
    assert main([str(path)]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_readings_are_those_of_the_corpus_and_of_what_was_left_out() -> None:
    corpus = READINGS.with_name("corpus.jsonl").read_text(encoding="utf-8").splitlines()
    labels = {row["id"]: row["labels"] for row in map(json.loads, corpus)}
    readings = {row["id"]: row for row in map(json.loads, READINGS.read_text(encoding="utf-8").splitlines())}
    assert all(readings[name]["first"] == readings[name]["second"] == found for name, found in labels.items())
    left_out = [row for name, row in readings.items() if name not in labels]
    assert sum(row["first"] != row["second"] for row in left_out) == 218
    assert sum(row["first"] == row["second"] for row in left_out) == 228  # found by their words alone


def test_export_of_label_studio_is_compared_with_its_differences(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks = [
        {"id": 7, "data": {"text": "He may go."}, "annotations": [annotate("hedging"), annotate("none")]},
        {"id": 8, "data": {"text": "He denied it."}, "annotations": [annotate("denial"), annotate("denial")]},
        {"id": 9, "data": {"text": "He left."}, "annotations": [annotate("none")]},
    ]
    (tmp_path / "export.json").write_text(json.dumps(tasks))
    assert main([str(tmp_path / "export.json"), "--differences"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["all", "2", "-", "1.000", "0.000", "-", "-", "0.500"]
    assert lines[-1].endswith("task 7: hedging / none  He may go.")
    (tmp_path / "export.json").write_text(json.dumps(tasks[2:]))
    assert main([str(tmp_path / "export.json")]) == 2
    assert "expected tasks that two people labelled, found none" in capsys.readouterr().err
