from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from stance import split_sentences

CASES = yaml.safe_load((Path(__file__).parent / "data" / "tricky_sentences.yaml").read_text(encoding="utf-8"))
MIN_RIGHT = 0.95

# Text as people write it, and pieces on which splitters stumble.
PIECES = st.sampled_from(
    [*"\n\r .!?…\"'“”‘’()[]", "\r\n", "U.S.", "p.m.", "Mr.", "no.", " A", "- ", "1. ", "...", "he said"]
)
TEXTS = st.one_of(st.text(), st.lists(st.one_of(PIECES, st.text(max_size=5))).map("".join))


def test_split_sentences_is_right_on_tricky_cases() -> None:
    assert len(CASES) >= 60
    wrong = [
        f"{case['why']}: expected {case['sentences']}, found {found}"
        for case in CASES
        if (found := [sentence.text for sentence in split_sentences(case["text"])]) != case["sentences"]
    ]
    share = 1 - len(wrong) / len(CASES)
    assert share >= MIN_RIGHT, f"only {share:.1%} right:\n" + "\n".join(wrong)


@given(TEXTS)
def test_split_sentences_covers_any_text_exactly(text: str) -> None:
    end = 0
    for sentence in split_sentences(text):
        assert sentence.text == text[sentence.start : sentence.end] == sentence.text.strip() != ""
        assert text[end : sentence.start].strip() == ""
        end = sentence.end
    assert text[end:].strip() == ""


@given(TEXTS)
def test_split_sentences_does_not_depend_on_the_kind_of_line_end(text: str) -> None:
    unix = text.replace("\r", "")
    windows = unix.replace("\n", "\r\n")
    found = [sentence.text.replace("\r\n", "\n") for sentence in split_sentences(windows)]
    assert found == [sentence.text for sentence in split_sentences(unix)]


@pytest.mark.parametrize(
    "unit", [".", ". ", "(", '"', "U.S. ", "“", "a\n", " ", "!?”", "\ud800. ", "他说。", "“He said. ", "..x"]
)
def test_split_sentences_ends_on_a_megabyte_of_anything(unit: str) -> None:
    """Anything worse than linear would not end within the patience of a test run."""
    text = unit * (1_000_000 // len(unit))
    assert sum(len(sentence.text) for sentence in split_sentences(text)) <= len(text)


def test_split_sentences_counts_code_points() -> None:
    text = "Yes 😀. Ünïcode counts."
    assert [(s.start, s.end) for s in split_sentences(text)] == [(0, 6), (7, 22)]


def test_split_sentences_of_nothing_is_empty() -> None:
    assert split_sentences("") == []
    assert split_sentences(" \r\n\t\u00a0\n") == []


def test_split_sentences_does_the_same_work_for_each_part_of_a_long_text() -> None:
    """The sentences of a long paragraph are those of its parts, so no state grows with its length."""
    part = "Mr. Lund denied it at 5 p.m. on Friday. “Never!” she said. "
    once = [sentence.text for sentence in split_sentences(part)]
    assert [sentence.text for sentence in split_sentences(part * 2000)] == once * 2000
