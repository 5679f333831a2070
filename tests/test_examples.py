import json
import re
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stance import InputError
from stance.examples import Example, read_examples, write_examples

EXAMPLES = [
    Example("He denied it, “flatly”.", ("denial",), "denial", "a-1", "a"),
    Example("It may be so; they “confirmed” it.", ("confirmation", "hedging"), "hedging", "a-2", "a"),
    Example("The shop opens, at nine.", (), "none"),
]


@pytest.mark.parametrize("name", ["examples.jsonl", "examples.csv"])
def test_read_examples_gives_back_what_write_examples_wrote(tmp_path: Path, name: str) -> None:
    write_examples(tmp_path / name, EXAMPLES)
    assert read_examples(tmp_path / name) == EXAMPLES


def test_read_examples_reads_parquet(tmp_path: Path) -> None:
    rows = [
        {"text": e.text, "labels": list(e.labels), "primary": e.primary, "id": e.id, "group": e.group} for e in EXAMPLES
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "examples.parquet")
    assert read_examples(tmp_path / "examples.parquet") == EXAMPLES


def test_datasets_reads_what_write_examples_wrote(tmp_path: Path) -> None:
    write_examples(tmp_path / "examples.jsonl", EXAMPLES)
    loaded = datasets.load_dataset(
        "json", data_files=str(tmp_path / "examples.jsonl"), split="train", cache_dir=str(tmp_path / "cache")
    )
    assert loaded["text"][:] == [e.text for e in EXAMPLES]
    assert loaded["labels"][1] == ["confirmation", "hedging"]


def test_read_examples_tells_every_problem_with_its_line(tmp_path: Path) -> None:
    lines = [
        '{"text": "fine", "labels": []}',
        "{not json",
        json.dumps({"text": "a", "labels": ["denail"]}),
        json.dumps({"text": 7, "labels": []}),
        json.dumps({"text": " ", "labels": []}),
        json.dumps({"labels": []}),
        json.dumps({"text": "a", "labels": "denial"}),
        json.dumps({"text": "a", "labels": ["denial"], "primary": "framing"}),
        json.dumps([1]),
    ]
    path = tmp_path / "bad.jsonl"
    path.write_text("\n".join(lines))
    with pytest.raises(InputError) as caught:
        read_examples(path)
    message = str(caught.value)
    expected = [
        (2, "expected a line of JSON, found '{not json'"),
        (3, "unknown label 'denail'; expected one of confirmation, denial, hedging, framing; did you mean 'denial'?"),
        (4, "expected a text in 'text', found int ('7')"),
        (5, "expected a text in 'text', found str (' ')"),
        (6, "expected a text in 'text', found no such key"),
        (7, "expected a list of labels in 'labels', found str ('denial')"),
        (8, "primary 'framing' is not among the labels ['denial']"),
        (9, "expected an object with text and labels, found list"),
    ]
    assert len(message.splitlines()) == len(expected)
    for line, (number, problem) in zip(message.splitlines(), expected, strict=True):
        assert line.startswith(f"{path}:{number}: {problem}")


def test_read_examples_shortens_a_long_list_of_problems(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text("{\n" * 50)
    with pytest.raises(InputError) as caught:
        read_examples(path)
    assert len(str(caught.value).splitlines()) == 21
    assert str(caught.value).endswith("and 30 more problems like these")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("missing.jsonl", None, "no such file"),
        ("empty.jsonl", "", "expected labelled sentences, found none"),
        ("table.xlsx", "x", "expected a file ending in .jsonl"),
        ("nolabels.csv", "text\nHe left.\n", "expected the columns 'text' and 'labels', found 'text'"),
        ("comma.csv", 'text,labels\na,"denial, framing"\n', "labels are parted by |"),
        ("both.csv", "text,labels\na,none|denial\n", "expected none or labels, found both"),
        ("studio.csv", 'text,labels\na,"{""choices"": []}"\n', "found Label Studio's CSV; export the project"),
        ("sheet.csv", "PK\x03\x04 x", "found a zip file such as .xlsx"),
        ("wide.csv", "text,labels\na,,c\n", "expected 2 cells, found more"),
        ("bad.parquet", "x", "cannot be read as Parquet"),
    ],
)
def test_read_examples_refuses_other_files(tmp_path: Path, name: str, content: str | None, message: str) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=re.escape(message)):
        read_examples(tmp_path / name)


def test_read_examples_reads_csv_of_spreadsheets(tmp_path: Path) -> None:
    """A byte order mark, semicolons and Windows line ends are what spreadsheets write."""
    path = tmp_path / "sheet.csv"
    path.write_bytes('\ufefftext;labels\r\n"He; denied\r\nit";denial | framing\r\n'.encode())
    assert read_examples(path) == [Example("He; denied\r\nit", ("denial", "framing"))]


def test_labels_may_be_spelt_with_capitals_and_none_in_full(tmp_path: Path) -> None:
    path = tmp_path / "sheet.tsv"
    path.write_text("text\tlabels\tprimary\nHe left.\tNone\tNone\nHe denied it.\tDenial | Framing \tDenial\n")
    assert read_examples(path) == [
        Example("He left.", (), "none"),
        Example("He denied it.", ("denial", "framing"), "denial"),
    ]


def test_broken_encoding_is_a_problem_of_labelled_data(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    path.write_bytes("text,labels\nCafé owners denied it,denial\n".encode("cp1252"))
    with pytest.raises(InputError, match="1 broken characters; expected UTF-8; save the file anew as UTF-8"):
        read_examples(path)


@pytest.mark.parametrize("ending", [".jsonl", ".parquet", ".json"])
def test_other_columns_come_back_as_they_were(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"data{ending}"
    examples = [
        Example("One.", (), extra={"n": 1}),
        Example("Two.", ("denial",), extra={"topic": "war", "rules": ["a"]}),
    ]
    write_examples(path, examples)
    back = [{key: value for key, value in e.extra.items() if value is not None} for e in read_examples(path)]
    assert back == [dict(example.extra) for example in examples]


def test_missing_values_of_tables_are_missing(tmp_path: Path) -> None:
    table = pa.table(
        {"text": ["One.", "Two."], "labels": [[], []], "group": [float("nan")] * 2, "x": [float("nan"), 1.0]}
    )
    pq.write_table(table, tmp_path / "t.parquet")
    first, second = read_examples(tmp_path / "t.parquet")
    assert (first.group, first.extra, second.extra) == (None, {"x": None}, {"x": 1.0})


@pytest.mark.parametrize("ending", [".jsonl", ".csv", ".json"])
def test_text_that_no_file_can_hold_is_escaped(tmp_path: Path, ending: str) -> None:
    write_examples(tmp_path / f"a{ending}", [Example("a \ud800", ())])
    assert read_examples(tmp_path / f"a{ending}")[0].text in ("a \ud800", "a \\ud800")


def test_writing_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write_examples(path, [Example("One.", ())])
    with pytest.raises(InputError, match="column 'n' cannot be written as Parquet"):
        write_examples(path, [Example("a", (), extra={"n": 1}), Example("b", (), extra={"n": "x"})])
    assert [example.text for example in read_examples(path)] == ["One."]
    assert [file.name for file in tmp_path.iterdir()] == ["a.parquet"]
    with pytest.raises(InputError, match="cannot be written: No such file or directory"):
        write_examples(tmp_path / "nowhere" / "a.jsonl", [])
