"""Checks of labelled files: each finds what it is for, passes what is sound, and says where."""

import dataclasses
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stance.checks.data import check_files
from stance.checks.outcome import CHECKS, WORDING, Check
from stance.checks.similarity import compute_jaccard, find_similar_pairs, make_shingles
from stance.errors import InputError
from stance.examples import Example, write_examples
from stance.labels import LABELS
from tests.test_cli import assert_refused, run

EXAMPLES = Path(__file__).parent / "data" / "examples.jsonl"


def check(name: str, *files: Path, **settings: Any) -> Check:
    report = check_files(files, **settings)
    (found,) = (outcome for outcome in report.checks if outcome.name == name)
    return found


def write(folder: Path, *rows: Any, name: str = "data.jsonl") -> Path:
    path = folder / name
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def make(text: str, *labels: str, **columns: Any) -> dict[str, Any]:
    return {"text": text, "labels": list(labels), **columns}


def make_varied(n: int, *, seed: int = 0, leak: bool = False) -> list[Example]:
    """Sentences of invented words, of the lengths of news; with `leak` a word gives each label away."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    examples = []
    for i in range(n):
        words = ["".join(rng.choices("abcdefgh", k=5)) for _ in range(rng.randint(5, 41))]
        labels = (LABELS[i % 5],) if i % 5 < 4 else ()
        if leak:
            words.insert(rng.randint(0, len(words)), labels[0].upper() if labels else "plainly")
        examples.append(Example(" ".join(words), labels, group=str(i // 10)))
    return examples


def test_sound_file_passes() -> None:
    report = check_files([EXAMPLES])
    assert report.passed
    assert [outcome.name for outcome in report.checks] == list(CHECKS)
    assert report.n_sentences == 96
    assert report.n_groups == 24
    assert report.labels == {"confirmation": 24, "denial": 25, "hedging": 23, "framing": 24, "none": 23}
    assert report.n_labels == {0: 23, 1: 50, 2: 23}
    assert report.together["denial"]["framing"] == report.together["framing"]["denial"] == 6
    assert sum(report.lengths.values()) == 96
    assert {outcome.name for outcome in report.checks if outcome.status == "skipped"} >= set(WORDING)


def test_large_varied_file_passes_every_check_of_wording(tmp_path: Path) -> None:
    write_examples(tmp_path / "data.jsonl", make_varied(1500))
    report = check_files([tmp_path / "data.jsonl"])
    assert report.passed
    ran = {outcome.name: outcome.status for outcome in report.checks}
    assert {ran[name] for name in WORDING} == {"ok"}


def test_schema_tells_bad_rows_and_repeated_ids(tmp_path: Path) -> None:
    rows = [make("One.", id="a"), make("Two.", id="a"), make("Three.", "denail"), "{", make("", "denial")]
    outcome = check("schema", write(tmp_path, *rows))
    assert outcome.status == "failed"
    assert outcome.found == "4 problems"
    text = "\n".join(outcome.details)
    for part in (
        "data.jsonl:3: unknown label 'denail'",
        "data.jsonl:4: expected a line of JSON",
        ":5: expected a text",
    ):
        assert part in text
    assert "id 'a' stands 2 times" in text


def test_long_texts_are_told(tmp_path: Path) -> None:
    outcome = check("long-texts", write(tmp_path, make("word " * 180), make("Word " * 181, id="long")))
    assert outcome.status == "failed"
    assert outcome.details == ("long: 181 words",)


def test_labels_that_never_occur_are_told(tmp_path: Path) -> None:
    outcome = check("labels", write(tmp_path, make("He denied it.", "denial"), make("He left.")))
    assert outcome.status == "failed"
    assert outcome.found == "never: confirmation, hedging, framing"


def test_duplicates_are_told_whatever_their_case_and_blanks(tmp_path: Path) -> None:
    rows = [make("He denied it.", "denial", id="a"), make("he  DENIED it.", id="b"), make("“He denied it.”", id="c")]
    outcome = check("duplicates", write(tmp_path, *rows))
    assert outcome.status == "failed"
    assert outcome.found == "1 sentence too many"
    assert outcome.details[0].startswith("a, b with different labels")


def test_near_duplicates_count_outside_a_contrast_set_only(tmp_path: Path) -> None:
    first = "On Monday the clinic of Eskerry confirmed the death of two patients."
    second = "On Monday the clinic of Eskerry confirmed the death of two swans."
    apart = write(tmp_path, make(first, "confirmation", id="a"), make(second, id="b"))
    outcome = check("near-duplicates", apart)
    assert outcome.status == "failed"
    assert outcome.details[0].startswith("a and b (0.82)")
    together = write(tmp_path, make(first, "confirmation", contrast_set="s"), make(second, contrast_set="s"))
    assert check("near-duplicates", together).status == "ok"


@pytest.mark.parametrize("as_column", [True, False])
def test_leakage_between_parts_is_told(tmp_path: Path, as_column: bool) -> None:
    train = [make("The dam holds.", group="g1"), make("The dam broke on Friday night, he said.", contrast_set="s")]
    test = [
        make("The lock holds.", group="g1"),
        make("A boat sank.", contrast_set="s"),
        make("The dam HOLDS."),
        make("The dam broke on Friday night, she said."),
    ]
    if as_column:
        rows = [{**row, "split": part} for part, rows in (("train", train), ("test", test)) for row in rows]
        outcome = check("leakage", write(tmp_path, *rows))
    else:
        outcome = check(
            "leakage", write(tmp_path, *train, name="train.jsonl"), write(tmp_path, *test, name="test.jsonl")
        )
    assert outcome.status == "failed"
    text = "\n".join(outcome.details)
    for part in ("document 'g1'", "contrast set 's'", "are the same sentence", "are nearly the same"):
        assert part in text


def test_two_sides_without_leakage_pass(tmp_path: Path) -> None:
    first = write(tmp_path, make("The dam holds.", group="g1"), make("It may rain."), name="a.jsonl")
    second = write(tmp_path, make("A boat sank.", group="g2"), name="b.jsonl")
    assert check("leakage", first, second).status == "ok"
    assert check_files([first, second]).parts == {str(first): 2, str(second): 1}


def test_leakage_needs_documents_or_says_so(tmp_path: Path) -> None:
    first = write(tmp_path, make("The dam holds."), make("It may rain."), name="a.jsonl")
    second = write(tmp_path, make("A boat sank."), name="b.jsonl")
    outcome = check("leakage", first, second)
    assert (outcome.status, outcome.found) == ("skipped", "needs a column 'group' that names the document")
    assert check_files([first, second]).n_groups is None
    assert "no column 'group'" in run("check-data", first, second).stdout.decode()


def test_leakage_is_found_though_near_duplicates_are_not_asked_for(tmp_path: Path) -> None:
    first = write(tmp_path, make("The dam broke on Friday night, he said.", group="a"), name="a.jsonl")
    second = write(tmp_path, make("The dam broke on Friday night, she said.", group="b"), name="b.jsonl")
    assert check("leakage", first, second, leave_out=["near-duplicates"]).status == "failed"


def test_sentences_without_words_are_not_alike(tmp_path: Path) -> None:
    assert check("near-duplicates", write(tmp_path, make("???"), make("!!!"), make("👍"))).status == "ok"


def test_cue_that_mostly_stands_without_its_label_passes(tmp_path: Path) -> None:
    examples = make_varied(1000)
    for i in range(15):
        labels = ("denial",) if i < 1 else ()
        examples[i] = dataclasses.replace(examples[i], text=f"{examples[i].text} denies", labels=labels)
    write_examples(tmp_path / "data.jsonl", examples)
    assert check("cues", tmp_path / "data.jsonl").status == "ok"


def test_contrast_sets_need_no_document(tmp_path: Path) -> None:
    rows = [make("One.", contrast_set="s"), make("Two.", "denial", contrast_set="s")]
    assert check("contrast-sets", write(tmp_path, *rows)).status == "ok"


def test_contrast_sets_are_looked_into(tmp_path: Path) -> None:
    rows = [
        make("One.", contrast_set="lonely"),
        make("Two.", contrast_set="same", group="g"),
        make("Three.", contrast_set="same", group="g"),
        make("Four.", contrast_set="torn", group="g"),
        make("Five.", "denial", contrast_set="torn", group="h"),
        make("Six.", contrast_set="good", group="h"),
        make("Seven.", "denial", contrast_set="good", group="h"),
    ]
    outcome = check("contrast-sets", write(tmp_path, *rows))
    assert outcome.status == "failed"
    expected = {"lonely: 1 sentence", "lonely: the same labels throughout", "same: the same labels throughout"}
    assert set(outcome.details) == {*expected, "torn: sentences of different documents"}


def test_templates_are_told(tmp_path: Path) -> None:
    examples = [
        dataclasses.replace(example, text=f"The minister said on Monday that {example.text}") if i % 2 else example
        for i, example in enumerate(make_varied(1000))
    ]
    write_examples(tmp_path / "data.jsonl", examples)
    report = check_files([tmp_path / "data.jsonl"])
    failed = {outcome.name for outcome in report.checks if outcome.status == "failed"}
    assert failed == {"phrases", "openings"}
    assert "'minister said on monday that' in 500 sentences" in check("phrases", tmp_path / "data.jsonl").details


def test_lengths_unlike_news_are_told(tmp_path: Path) -> None:
    examples = [dataclasses.replace(e, text=" ".join(e.text.split()[:6])) for e in make_varied(1000)]
    write_examples(tmp_path / "data.jsonl", examples)
    outcome = check("lengths", tmp_path / "data.jsonl")
    assert outcome.status == "failed"
    assert outcome.found.startswith("mean 6.0, standard deviation 0.")


def test_word_list_is_found(tmp_path: Path) -> None:
    write_examples(tmp_path / "data.jsonl", make_varied(1000, leak=True))
    outcome = check("word-list", tmp_path / "data.jsonl")
    assert outcome.status == "failed"
    assert outcome.found == "macro-F1 1.000"


def test_cue_that_always_carries_its_label_is_told(tmp_path: Path) -> None:
    examples = make_varied(1000)
    for i in range(40):
        labels = ("denial",) if i < 30 else ()
        examples[i] = dataclasses.replace(examples[i], text=f"{examples[i].text} denies", labels=labels)
    write_examples(tmp_path / "data.jsonl", examples)
    outcome = check("cues", tmp_path / "data.jsonl")
    assert outcome.status == "failed"
    assert outcome.details == ("deny: 30 times with denial, 10 times without",)


def test_similar_pairs_are_those_of_an_exact_comparison() -> None:
    rng = random.Random(1)  # noqa: S311 - no secret
    words = [f"w{i}" for i in range(40)]
    sentences = [tuple(rng.choices(words, k=12)) for _ in range(200)]
    for i in range(100):  # half of them changed in one or two places
        changed = list(sentences[i])
        for place in rng.sample(range(12), 1 + i % 2):
            changed[place] = "x"
        sentences.append(tuple(changed))
    shingles = [make_shingles(sentence) for sentence in sentences]
    exact = {(i, j) for j in range(300) for i in range(j) if compute_jaccard(shingles[i], shingles[j]) >= 0.5}
    found = {(i, j) for i, j, _ in find_similar_pairs(sentences)}
    assert len(exact) > 30
    assert found <= exact
    assert len(found) >= 0.97 * len(exact)


def test_a_file_of_one_template_is_refused_at_ten_thousand_pairs(tmp_path: Path) -> None:
    write(tmp_path, *(make(f"The mayor of town {i} denied on Monday that the bridge is closed.") for i in range(3000)))
    outcome = check("near-duplicates", tmp_path / "data.jsonl")
    assert outcome.status == "failed"
    assert outcome.found == "at least 10,000 pairs for 3,000 sentences"


@pytest.mark.parametrize("ending", [".jsonl", ".csv", ".parquet", ".json"])
def test_every_format_gives_the_same_report(tmp_path: Path, examples: list[Example], ending: str) -> None:
    path = tmp_path / f"data{ending}"
    write_examples(path, examples)
    expected, found = check_files([EXAMPLES]), check_files([path])
    assert dataclasses.replace(found, files=[], parts={}) == dataclasses.replace(expected, files=[], parts={})


def test_columns_with_few_values_are_counted(tmp_path: Path) -> None:
    rows = [make(f"Sentence {i}.", register="wire" if i else "court", rules=["1a", "2b"], note=i) for i in range(6)]
    assert check_files([write(tmp_path, *rows)]).columns == {
        "register": {"wire": 5, "court": 1},
        "rules": {"1a": 6, "2b": 6},
    }


def test_command_prints_a_table_and_exits_by_the_outcome(tmp_path: Path) -> None:
    good = run("check-data", EXAMPLES)
    assert good.returncode == 0
    assert good.stdout.decode().endswith("5 checks passed, 7 could not run, none failed\n")
    bad = run("check-data", write(tmp_path, make("He left."), make("He left.")))
    assert bad.returncode == 1
    assert bad.stdout.decode().endswith("2 failed: labels, duplicates\n")
    assert "FAILED" in bad.stdout.decode()
    skipped = run("check-data", tmp_path / "data.jsonl", "--skip", "labels", "--skip", "duplicates")
    assert skipped.returncode == 0


def test_command_prints_json(tmp_path: Path) -> None:
    result = run("check-data", "--json", write(tmp_path, make("He left."), make("He left.")))
    assert result.returncode == 1
    report = json.loads(result.stdout)
    assert report["passed"] is False
    assert report["n_sentences"] == 2
    assert {outcome["name"]: outcome["status"] for outcome in report["checks"]}["duplicates"] == "failed"


def test_command_runs_without_any_check_and_leaves_the_five_on_wording_out() -> None:
    every = [part for name in CHECKS for part in ("--skip", name)]
    assert run("check-data", EXAMPLES, *every).stdout.decode().endswith("0 checks passed, none failed\n")
    result = run("check-data", EXAMPLES, "--skip", "wording", "--json")
    assert not {outcome["name"] for outcome in json.loads(result.stdout)["checks"]} & set(WORDING)


def test_command_keeps_its_exit_code_when_nobody_reads_on(tmp_path: Path) -> None:
    path = write(tmp_path, make("He left."))
    script = f"set -o pipefail; {sys.executable} -m stance check-data {path} | true"
    assert subprocess.run(["bash", "-c", script], check=False, capture_output=True).returncode == 1


def test_one_very_long_text_makes_no_long_table(tmp_path: Path) -> None:
    assert list(check_files([write(tmp_path, make("word " * 50_000))]).lengths)[-1] == 100


def test_corpora_in_few_documents_or_of_unlike_words_are_checked_too(tmp_path: Path) -> None:
    few = [dataclasses.replace(e, group=str(i // 5 % 5)) for i, e in enumerate(make_varied(1000, leak=True))]
    write_examples(tmp_path / "few.jsonl", few)
    assert check("word-list", tmp_path / "few.jsonl").found == "macro-F1 1.000"
    write_examples(tmp_path / "one.jsonl", [dataclasses.replace(e, group="g") for e in few])
    assert check("word-list", tmp_path / "one.jsonl").status == "skipped"
    unlike = [dataclasses.replace(e, text=f"w{i}") for i, e in enumerate(make_varied(1000))]
    write_examples(tmp_path / "unlike.jsonl", unlike)
    assert check("word-list", tmp_path / "unlike.jsonl").status == "ok"


def test_command_refuses_what_it_cannot_read(tmp_path: Path) -> None:
    assert_refused(run("check-data", tmp_path / "missing.csv"), "no such file")
    assert_refused(run("check-data", write(tmp_path)), "expected labelled sentences, found none")
    assert_refused(run("check-data", EXAMPLES, "--skip", "lenghts"), "unknown check 'lenghts'; did you mean lengths?")
    with pytest.raises(InputError, match="expected a file ending in"):
        check_files([tmp_path / "x.txt"])
