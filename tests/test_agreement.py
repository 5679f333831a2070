"""The agreement of two readers: kappa as worked out by hand, and what stands in the data card."""

import json
from pathlib import Path

import pytest

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
    denial, none, rest = ["denial"], [], ["confirmation", "hedging", "framing"]
    # Denial: 10 sentences, both see it in 3, neither in 5, each alone in 1: (0.8 - 0.52) / (1 - 0.52).
    rows = [read(denial, denial)] * 3 + [read(denial, none), read(none, denial)] + [read(none, none)] * 3
    rows += [read(rest, rest)] * 2
    confirmation, denied, hedging, framing, _, same, _ = compute_agreement(rows)
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


def test_readings_are_of_known_sentences_or_of_disputed_ones() -> None:
    corpus = READINGS.with_name("corpus.jsonl").read_text(encoding="utf-8").splitlines()
    labels = {row["id"]: row["labels"] for row in map(json.loads, corpus)}
    for row in map(json.loads, READINGS.read_text(encoding="utf-8").splitlines()):
        if row["first"] != row["second"]:
            assert row["id"] not in labels  # what stays in dispute is left out
        else:
            assert labels.get(row["id"], row["first"]) == row["first"]
