"""The corpus that comes with the package holds what its data card says, and passes every check."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from stance.checks.data import DataReport, check_files
from stance.checks.outcome import Row, find_words
from stance.checks.wording import count_cues
from stance.examples import read_examples
from stance.labels import LABELS, NONE

DATA = Path(__file__).parent.parent / "training" / "data"
CORPUS = DATA / "corpus.jsonl"
COLUMNS = ["id", "text", "labels", "primary", "group", "domain", "register", "english", "contrast_set", "rules"]
N_RULES = 30
RARE = ("refute",)  # hardly ever written, with or without its label


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def report() -> DataReport:
    return check_files([CORPUS])


def test_corpus_passes_every_check(report: DataReport) -> None:
    assert {check.name: check.found for check in report.checks if check.status == "failed"} == {}
    assert [check.name for check in report.checks if check.status == "skipped"] == ["leakage"]  # it has no split


def test_corpus_has_one_schema_and_is_sorted(rows: list[dict[str, Any]]) -> None:
    assert all(list(row) == COLUMNS for row in rows)
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    for row in rows:
        texts = [row[column] for column in COLUMNS if column not in ("labels", "rules", "contrast_set")]
        assert all(isinstance(value, str) and value == value.strip() and value for value in texts)
        assert row["labels"] == [label for label in LABELS if label in row["labels"]]
        assert row["primary"] in (row["labels"] or [NONE])
        assert "\n" not in row["text"]


def test_corpus_is_as_large_and_as_balanced_as_promised(report: DataReport) -> None:
    assert report.n_sentences >= 6000
    assert all(count >= 1500 for count in report.labels.values())
    assert sum(count for n, count in report.n_labels.items() if n >= 2) >= 900
    assert report.n_contrast_sets >= 500
    assert len(report.columns["domain"]) >= 30
    assert len(report.columns["register"]) == 12
    assert set(report.columns["english"]) == {"US", "UK", "Indian", "African", "Gulf", "Australian"}


def test_every_strong_cue_also_stands_without_its_label() -> None:
    examples = read_examples(CORPUS)
    counts = count_cues([Row(e, "", str(e.id), find_words(e.text)) for e in examples])
    seldom = {cue: without for (_, cue), (with_label, without) in counts.items() if without < 15 and cue not in RARE}
    assert seldom == {}


def test_corpus_is_written_as_stories(rows: list[dict[str, Any]]) -> None:
    sizes = Counter(row["group"] for row in rows)
    assert len(sizes) >= 400
    assert all(8 <= size <= 20 for size in sizes.values())
    for column in ("domain", "english"):
        assert len({(row["group"], row[column]) for row in rows}) == len(sizes)


def test_corpus_stands_on_both_sides_of_every_rule(report: DataReport) -> None:
    sides = {f"{rule}{side}" for rule in range(1, N_RULES + 1) for side in "ab"}
    assert set(report.columns["rules"]) == sides
    assert {side: count for side, count in report.columns["rules"].items() if count < 20} == {}


def test_corpus_loads_with_datasets_and_with_the_package(rows: list[dict[str, Any]], tmp_path: Path) -> None:
    import datasets

    loaded = datasets.load_dataset("json", data_files=str(CORPUS), split="train", cache_dir=str(tmp_path))
    assert loaded.column_names == COLUMNS
    assert loaded["text"][:] == [row["text"] for row in rows]
    assert [example.text for example in read_examples(CORPUS)] == [row["text"] for row in rows]
