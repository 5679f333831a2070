"""The command line as its users run it: in a process of its own."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import stance

ARTICLE = Path(__file__).parent.parent / "docs" / "article.txt"


def run(*args: str | Path, stdin: bytes = b"", **kwargs: Any) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "stance", *map(str, args)]
    return subprocess.run(command, input=stdin, capture_output=True, timeout=120, check=False, **kwargs)


def read_rows(result: subprocess.CompletedProcess[bytes]) -> list[dict[str, Any]]:
    assert result.returncode == 0, result.stderr.decode()
    return [json.loads(line) for line in result.stdout.decode("utf-8").splitlines()]


def assert_refused(result: subprocess.CompletedProcess[bytes], *messages: str) -> None:
    assert result.returncode == 2
    assert result.stdout == b""
    lines = result.stderr.decode("utf-8").splitlines()
    assert len(lines) == len(messages), lines
    for line, message in zip(lines, messages, strict=True):
        assert line.startswith("error: ")
        assert message in line


def test_score_prints_json_lines_with_exact_offsets() -> None:
    result = run("score", ARTICLE)
    rows = read_rows(result)
    source = ARTICLE.read_text(encoding="utf-8")
    assert result.stderr == b""
    assert [row["index"] for row in rows] == list(range(24))
    assert all(source[row["start"] : row["end"]] == row["text"] for row in rows)
    expected = {
        "document",
        "index",
        "id",
        "text",
        "start",
        "end",
        "labels",
        "primary",
        "probabilities",
        "truncated",
        "model",
    }
    assert set(rows[0]) == expected
    assert {row["document"] for row in rows} == {str(ARTICLE)}
    assert list(rows[0]["probabilities"]) == list(stance.LABELS)


def test_score_agrees_with_the_library() -> None:
    rows = read_rows(run("score", ARTICLE))
    scored = stance.load().score_text(ARTICLE.read_text(encoding="utf-8"), document=str(ARTICLE))
    assert rows == [json.loads(json.dumps(sentence.to_dict())) for sentence in scored]


def test_score_prints_csv() -> None:
    result = run("score", ARTICLE, "--format", "csv", "--model", "tfidf")
    rows = list(csv.DictReader(io.StringIO(result.stdout.decode("utf-8"))))
    expected = read_rows(run("score", ARTICLE, "--model", "tfidf"))
    assert [row["text"] for row in rows] == [row["text"] for row in expected]
    assert [row["labels"].split("|") if row["labels"] else [] for row in rows] == [row["labels"] for row in expected]
    assert [float(row["denial"]) for row in rows] == [row["probabilities"]["denial"] for row in expected]


def test_score_prints_a_table_with_counts() -> None:
    result = run(
        "score", "--text", "He flatly denied it. The shop opens at nine.", "--format", "table", "--model", "tfidf"
    )
    lines = result.stdout.decode().splitlines()
    assert lines[0] == "text"
    assert lines[1].split()[:2] == ["1", "denial"]
    assert lines[2].split()[:2] == ["2", "-"]
    assert lines[-2] == "2 sentences: confirmation 0, denial 1, hedging 0, framing 0, none 1"


def test_score_table_lets_no_text_steer_the_terminal() -> None:
    result = run("score", "-", "--format", "table", "--model", "tfidf", stdin=b"He \x1b[31mdenied it.\n")
    assert b"\x1b" not in result.stdout


def test_score_keeps_the_names_of_several_files_and_of_stdin(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("It rained.")
    result = run("score", ARTICLE, "-", tmp_path / "b.txt", "--model", "tfidf", stdin=b"It snowed.")
    names = list(dict.fromkeys(row["document"] for row in read_rows(result)))
    assert names == [str(ARTICLE), "stdin", str(tmp_path / "b.txt")]


def test_score_reads_tables_and_lines_one_sentence_a_row(tmp_path: Path) -> None:
    texts = ["He denied it. She left.", "", "Über “alles”"]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps({"id": i, "body": t}) + "\n" for i, t in enumerate(texts)))
    rows = read_rows(run("score", tmp_path / "a.jsonl", "--column", "body", "--model", "tfidf"))
    assert [(row["id"], row["text"], row["start"], row["end"]) for row in rows] == [
        (str(i), text, 0, len(text)) for i, text in enumerate(texts)
    ]
    (tmp_path / "a.csv").write_text('text;id\n"He denied it. She left.";x1\n', encoding="utf-8-sig")
    rows = read_rows(run("score", tmp_path / "a.csv", "--model", "tfidf"))
    assert [(row["id"], row["text"]) for row in rows] == [("x1", texts[0])]
    rows = read_rows(run("score", "-", "--input", "lines", "--model", "tfidf", stdin=b"One. Two.\r\n\r\n Three.\n"))
    assert [(row["text"], row["start"]) for row in rows] == [("One. Two.", 0), ("Three.", 14)]


def test_score_labels_only_leaves_out_plain_sentences() -> None:
    rows = read_rows(run("score", ARTICLE, "--labels-only", "--model", "tfidf"))
    assert 0 < len(rows) < 24
    assert all(row["labels"] for row in rows)


def test_score_threshold_decides_what_holds() -> None:
    rows = read_rows(run("score", ARTICLE, "--threshold", "denial=0", "--threshold", "framing=1", "--model", "tfidf"))
    assert all("denial" in row["labels"] and "framing" not in row["labels"] for row in rows)


def test_score_output_appears_complete_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    assert run("score", ARTICLE, "-o", target, "--model", "tfidf").stdout == b""
    assert target.read_text(encoding="utf-8").startswith("document,index,")
    before = target.read_bytes()
    assert_refused(run("score", tmp_path / "missing.txt", "-o", target), "no such file")
    assert target.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


def test_score_output_writes_through_links_and_pipes(tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    assert run("score", "--text", "a", "-o", tmp_path / "link.csv", "--model", "tfidf").returncode == 0
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text().startswith("document,")
    result = run("score", "--text", "a", "-o", "/dev/stdout", "--model", "tfidf")
    assert read_rows(result)[0]["text"] == "a"
    assert [row["text"] for row in read_rows(run("score", "--text", "a", "-o", "-", "--model", "tfidf"))] == ["a"]


def test_score_tells_in_one_line_when_it_cannot_write_or_read() -> None:
    command = f"{sys.executable} -m stance score --text a --model tfidf"
    for shell, code, message in (
        (f"{command} > /dev/full", 1, "cannot write: No space left on device"),
        (f"{command} >&-", 1, "stdout is closed"),
        (f"{sys.executable} -m stance score - <&-", 2, "stdin: is closed"),
    ):
        result = subprocess.run(["bash", "-c", shell], capture_output=True, check=False)
        assert result.returncode == code
        assert [message in line for line in result.stderr.decode().splitlines()] == [True]


def test_score_csv_keeps_lone_carriage_returns_in_their_cell() -> None:
    result = run("score", "-", "--input", "jsonl", "--format", "csv", "--model", "tfidf", stdin=b'{"text": "a\\rb"}')
    assert [row["text"] for row in csv.DictReader(io.StringIO(result.stdout.decode(), newline=""))] == ["a\rb"]


# ---- odd input that is no error -----------------------------------------------------------------------------------


def test_score_of_an_empty_file_is_empty(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_bytes(b"")
    result = run("score", tmp_path / "empty.txt")
    assert (result.returncode, result.stdout) == (0, b"")
    assert result.stderr.decode().strip() == f"warning: {tmp_path / 'empty.txt'}: no sentences"


def test_score_flags_a_sentence_of_ten_thousand_words() -> None:
    rows = read_rows(run("score", "-", stdin=b"Word " + b"word " * 9999))
    assert [row["truncated"] for row in rows] == [True]


def test_score_replaces_broken_utf8_with_one_warning() -> None:
    result = run("score", "-", "--model", "tfidf", stdin=b"He d\xffnied \xfe it. \xc3")
    assert [row["text"] for row in read_rows(result)] == ["He d\ufffdnied \ufffd it. \ufffd"]
    assert result.stderr.decode() == "warning: stdin: 3 broken characters replaced; expected UTF-8\n"


@pytest.mark.parametrize(
    "text",
    ["😀 denied. 👩‍👩‍👧", "他否认了。是的。", "a\x00b. C.", "\u2028\u2029", "“‘”’\"'", "\ufeff\ufeffHi", "é" * 9000],
)
def test_score_takes_any_text(text: str) -> None:
    rows = read_rows(run("score", "-", stdin=text.encode("utf-8")))
    source = text.removeprefix("\ufeff")
    assert all(source[row["start"] : row["end"]] == row["text"] for row in rows)


def test_score_reads_utf16_with_its_mark() -> None:
    rows = read_rows(run("score", "-", "--model", "tfidf", stdin="It’s denied.".encode("utf-16")))
    assert rows[0]["text"] == "It’s denied."


def test_score_keeps_lone_surrogates_of_json() -> None:
    result = run("score", "-", "--input", "jsonl", "--model", "tfidf", stdin=b'{"text": "a \\ud800 b"}')
    assert read_rows(result)[0]["text"] == "a \ud800 b"


def test_score_works_in_any_locale() -> None:
    rows = read_rows(run("score", "--text", "“No,” he said.", env={"LC_ALL": "C", "PYTHONUTF8": "0"}))
    assert rows[0]["text"] == "“No,” he said."


def test_score_ends_quietly_when_the_reader_has_seen_enough() -> None:
    text = "He denied it. " * 5000
    command = [sys.executable, "-m", "stance", "score", "-", "--model", "tfidf"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(text.encode())
        process.stdin.close()
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 0


# ---- bad input ----------------------------------------------------------------------------------------------------


def test_score_refuses_files_it_cannot_read_and_tells_all(tmp_path: Path) -> None:
    result = run("score", ARTICLE, tmp_path / "missing.txt", tmp_path)
    assert_refused(result, "missing.txt: no such file", "expected a file, found a folder")


@pytest.mark.parametrize(
    ("args", "stdin", "message"),
    [
        ([], b"", "expected files"),
        (["--text", "a", "b.txt"], b"", "expected files"),
        (["-", "--input", "jsonl"], b'{"text": "a"}\n{', "stdin:2: expected a line of JSON"),
        (["-", "--input", "jsonl"], b'"a"', "stdin:1: expected a JSON object"),
        (["-", "--input", "jsonl"], b"[1]", "stdin:1: expected an object"),
        (["-", "--input", "jsonl"], b'{"text": 7}', "stdin:1: expected a text in 'text', found 7"),
        (
            ["-", "--input", "jsonl"],
            b'{"body": "a"}',
            "stdin:1: no column 'text', found 'body'; choose one with --column",
        ),
        (["-", "--input", "csv"], b"body\na\n", "stdin:1: no column 'text', found 'body'"),
        (["--text", "a", "--threshold", "denail=0.5"], b"", "did you mean 'denial'"),
        (["--text", "a", "--threshold", "denial=2"], b"", "expected a number from 0 to 1"),
        (["--text", "a", "--threshold", "denial"], b"", "expected LABEL=VALUE"),
        (["--text", "a", "--threshold", "self=0.5"], b"", "unknown label 'self'"),
        (["--text", "a", "--threshold", "denial=nan"], b"", "expected a number from 0 to 1"),
        (["-", "--input", "csv"], b'text\n"never closed\nb\n', "cannot be read as CSV: unexpected end of data"),
        (["-", "--input", "csv"], b"text,text\na,b\n", "expected each column once"),
        (["-", "--input", "csv", "--column", "body"], b"text\n", "no column 'body'"),
        (["-", "--input", "jsonl"], b'{"text": "a", "id": [1]}', "in 'id', found [1]"),
        (["--text", "a", "--model", "minilmm"], b"", "no such model; expected minilm, tfidf"),
        (["--text", "a", "--model", str(ARTICLE.parent)], b"", "found no stance.json"),
        (["--text", "a", "-o", "no/such/folder.csv"], b"", "expected a file in an existing folder"),
    ],
)
def test_score_refuses_bad_input_in_one_line(args: list[str], stdin: bytes, message: str) -> None:
    assert_refused(run("score", *args, stdin=stdin), message)


@pytest.mark.parametrize("args", [[], ["scroe"], ["score", "--format", "xml", "-"], ["score", "--input", "pdf", "-"]])
def test_usage_errors_exit_with_2(args: list[str]) -> None:
    assert run(*args).returncode == 2


# ---- the rest -------------------------------------------------------------------------------------------------------


def test_version_and_help() -> None:
    assert run("--version").stdout.decode() == f"stance {stance.__version__}\n"
    for args in (["--help"], ["score", "--help"], ["info", "--help"]):
        result = run(*args)
        assert result.returncode == 0
        assert b"usage: stance" in result.stdout


@pytest.mark.parametrize("model", ["minilm", "tfidf"])
def test_info_tells_what_a_model_is(model: str) -> None:
    text = run("info", model).stdout.decode()
    info = stance.load(model).info_
    assert text.startswith(f"{model}: ")
    for part in (f"Trained on {info.training['n_train']} sentences", *info.scores, *info.files.values()):
        assert part in text


@pytest.mark.parametrize(
    "command", ["import stance", "import stance; stance.load().score_text('He may have denied it.')"]
)
def test_scoring_imports_nothing_heavy(command: str) -> None:
    heavy = ("torch", "transformers", "sklearn", "scipy", "datasets", "pandas", "pydantic", "huggingface_hub")
    code = f"{command}; import sys; print([name for name in {heavy} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert result.stdout.decode().strip() == "[]"


@pytest.mark.parametrize(
    ("beginning", "kind"), [(b"PK\x03\x04", "a zip file such as .xlsx or .docx"), (b"%PDF-1.7", "a PDF")]
)
def test_files_that_hold_no_plain_text_are_refused(tmp_path: Path, beginning: bytes, kind: str) -> None:
    (tmp_path / "article").write_bytes(beginning + b"\x00\xff" * 50)
    assert_refused(run("score", tmp_path / "article"), f"expected text, found {kind}; save it as plain text")
