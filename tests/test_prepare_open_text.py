"""Labels joined with copies of public text: by row id where there is one, else by hash, and never the wrong text."""

import bz2
import json
from pathlib import Path

import pytest

from stance.examples import read_examples
from training.prepare_open_text import LABELS_FILE, SOURCES, main
from training.public_text import find_sentences, hash_text

TEXTS = {
    "GUM:GUM_news_dam-1": "The dam held, the warden said.",
    "PUD:n01001": "“It was never opened.”",
    "ntrex:1": "Did it rain at all?",
    "wikinews:a-2": "Nobody at the U.S. office of Eskerry Lines denied it.",
    "oanc:7": "He may, of course, have known.",
    "qevasion:3": 'Yes, we "did".',
}
SOURCE_OF = {key: key.partition(":")[0] for key in TEXTS}


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    path = tmp_path / "labels.jsonl"
    rows = [
        {
            "id": key,
            "sha1": hash_text(text),
            "labels": ["denial"] if i % 2 else [],
            "primary": "denial" if i % 2 else "none",
            "group": key[:5],
            "source": SOURCE_OF[key],
            "batch": 1,
        }
        for i, (key, text) in enumerate(TEXTS.items())
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def sources(tmp_path: Path) -> dict[str, Path]:
    treebanks = tmp_path / "ud" / "UD_English-GUM"
    treebanks.mkdir(parents=True)
    conllu = "# newdoc id = x\n# sent_id = {}\n# text = {}\n1\tThe\tthe\tDET\n\n"
    (treebanks / "gum.conllu").write_text(
        conllu.format("GUM_news_dam-1", TEXTS["GUM:GUM_news_dam-1"]) + conllu.format("GUM_news_dam-2", "It rained."),
        encoding="utf-8",
    )
    (treebanks.parent / "pud.conllu").write_text(conllu.format("n01001", TEXTS["PUD:n01001"]), encoding="utf-8")
    (tmp_path / "nt.txt").write_text(f"A line.\n{TEXTS['ntrex:1']}\n", encoding="utf-8")
    page = "It rained.<ref>no</ref> Nobody at the [[America|U.S.]] office of {{w|Eskerry Lines}} '''denied''' it. So."
    dump = (
        f"<mediawiki xmlns='x'><page><revision><text>{page.replace('<', '&lt;')}</text></revision></page></mediawiki>"
    )
    with bz2.open(tmp_path / "dump.xml.bz2", "wt", encoding="utf-8") as file:
        file.write(dump)
    (tmp_path / "oanc").mkdir()
    (tmp_path / "oanc" / "a.txt").write_text("It rained. He may,\nof course, have\nknown. So.\n", encoding="utf-8")
    (tmp_path / "qe.csv").write_text('id,answer\n1,"Well. Yes, we ""did"". Next."\n', encoding="utf-8")
    return {
        "ud": tmp_path / "ud",
        "ntrex": tmp_path / "nt.txt",
        "wikinews": tmp_path / "dump.xml.bz2",
        "oanc": tmp_path / "oanc",
        "qevasion": tmp_path / "qe.csv",
    }


def prepare(labels: Path, output: Path, sources: dict[str, Path]) -> int:
    options = [part for name, path in sources.items() for part in (f"--{name}", str(path))]
    return main(["--labels", str(labels), *options, str(output)])


def test_every_source_is_joined(
    labels: Path, sources: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert prepare(labels, tmp_path / "out.jsonl", sources) == 0
    examples = read_examples(tmp_path / "out.jsonl")
    assert {example.id: example.text for example in examples} == TEXTS
    assert [example.labels for example in examples[:2]] == [(), ("denial",)]
    assert {example.id: example.extra["source"] for example in examples} == SOURCE_OF
    assert "6 of 6 sentences" in capsys.readouterr().err


def test_what_is_missing_or_changed_is_told_with_its_address(
    labels: Path, sources: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ud" / "pud.conllu").write_text("# sent_id = n01001\n# text = Something else.\n\n", encoding="utf-8")
    assert prepare(labels, tmp_path / "out.jsonl", {"ud": sources["ud"]}) == 0
    assert [example.id for example in read_examples(tmp_path / "out.jsonl")] == ["GUM:GUM_news_dam-1"]
    told = capsys.readouterr().err
    table = {line.split()[0]: line.split()[1:] for line in told.splitlines()[1:8]}
    assert table["GUM"] == ["1", "1", "0", "0"]
    assert table["PUD"] == ["1", "0", "1", "0"]
    assert table["ntrex"] == ["1", "0", "0", "1"]
    assert f"PUD: 1 not matched (another release?); get it from {SOURCES['PUD'].url}" in told
    assert f"ntrex: 1 not matched (give --ntrex); get it from {SOURCES['ntrex'].url}" in told


def test_files_that_hold_nothing_are_refused(labels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "other.txt").write_text("Nothing of it.\n")
    assert prepare(labels, tmp_path / "out.jsonl", {"ntrex": tmp_path / "other.txt"}) == 2
    assert "no labelled sentence was found" in capsys.readouterr().err
    assert not (tmp_path / "out.jsonl").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "expected at least one of --ud"),
        (["--ud", "nowhere"], "nowhere: expected a file, or a folder with files ending in .conllu"),
        (["--wikinews", "broken.xml"], "broken.xml: cannot be read as a dump of a wiki"),
        (["--ntrex", "broken.xml", "--labels", "broken.xml"], "expected id, sha1, labels"),
    ],
)
def test_bad_input_is_one_line(
    options: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.xml").write_text("<mediawiki>")
    assert main([*options, "out.jsonl"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert message in told


def test_labels_that_come_with_the_package_are_whole() -> None:
    rows = [json.loads(line) for line in LABELS_FILE.read_text(encoding="utf-8").splitlines()]
    assert {batch: sum(row["batch"] == batch for row in rows) for batch in (1, 2)} == {1: 12_423, 2: 7_200}
    assert [row["id"] for row in rows] == sorted({row["id"] for row in rows})
    assert {row["source"] for row in rows} == set(SOURCES)
    assert all(list(row) == ["id", "sha1", "labels", "primary", "group", "source", "batch"] for row in rows)
    assert all(len(row["sha1"]) == 40 and row["primary"] in (row["labels"] or ["none"]) for row in rows)


@pytest.mark.parametrize("sentence", ["He left at 5 p.m. by car.", "“Go!” he said.", "No stop at the end"])
def test_sentences_are_found_wherever_a_splitter_would_cut(sentence: str) -> None:
    wanted = {hash_text(sentence)}
    paragraph = f"First one.  Then?\t{sentence}" + ("" if sentence.endswith("end") else " And on.")
    assert [text for _, text in find_sentences(paragraph, wanted)] == [sentence]


def test_output_is_looked_at_before_the_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("nowhere/out.jsonl", "out.txt"):
        assert main(["--ntrex", str(tmp_path / "missing.txt"), str(tmp_path / name)]) == 2
        assert "expected a file in an existing folder, ending in .jsonl" in capsys.readouterr().err


def test_other_encodings_and_damaged_rows_do_not_stop_the_work(labels: Path, tmp_path: Path) -> None:
    (tmp_path / "nt.txt").write_bytes(b"caf\xe9\n" + TEXTS["ntrex:1"].encode() + b"\n")
    (tmp_path / "qe.jsonl").write_text('{"a": "\\ud800"}\n{"a": "Well. Yes, we \\"did\\"."}\n{\n')
    sources = {"ntrex": tmp_path / "nt.txt", "qevasion": tmp_path / "qe.jsonl"}
    assert prepare(labels, tmp_path / "out.csv", sources) == 0
    assert [example.id for example in read_examples(tmp_path / "out.csv")] == ["ntrex:1", "qevasion:3"]
