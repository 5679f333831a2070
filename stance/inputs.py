"""What the command line reads: articles, lists of sentences, and tables → documents of sentences."""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stance.errors import InputError, join_problems
from stance.rows import decode, parse_csv_rows, parse_json_rows, read_bytes
from stance.sentences import Sentence, split_sentences

FORMATS = ("text", "lines", "jsonl", "csv")
STDIN = "-"
_BY_SUFFIX = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "csv"}


@dataclass(frozen=True, slots=True)
class Document:
    """A file or text, split into sentences.

    Attributes:
        name: as the user gave it.
        sentences: in order. In a table each stands for itself and starts at 0.
        ids: an identifier for each sentence where a table has them.
        rows: all columns of each sentence, in a table.
    """

    name: str
    sentences: list[Sentence]
    ids: list[str | None] | None = None
    rows: list[dict[str, Any]] | None = None


def read_document(
    name: str, *, input_format: str | None = None, column: str = "text", warn: Callable[[str], None]
) -> Document:
    """Read a file, or standard input for `-`.

    Args:
        name: path, or `-`.
        input_format: one of `FORMATS`; None decides by the ending of the name: tables, else running text.
        column: the column or key that holds the sentence in a table.
        warn: is told what was odd but could be read.

    Raises:
        InputError: the file cannot be read, or is no table of the kind it was taken for; every bad row is told.
    """
    path = Path(name)
    data = _read_stdin() if name == STDIN else read_bytes(path)
    shown = "stdin" if name == STDIN else name
    text, n_broken = decode(data)
    if n_broken:
        warn(f"{shown}: {n_broken} broken characters replaced; expected UTF-8")
    match input_format or _BY_SUFFIX.get(path.suffix.lower(), "text"):
        case "text":
            return Document(shown, split_sentences(text))
        case "lines":
            return Document(shown, list(_read_lines(text)))
        case "jsonl":
            return _read_table(shown, parse_json_rows(text, shown), column)
        case _:
            return _read_table(shown, parse_csv_rows(text, shown, column), column)


def _read_stdin() -> bytes:
    if sys.stdin is None:  # as Python has it where the shell closed it
        raise InputError("stdin: is closed; pipe a text into it or name a file")
    return sys.stdin.buffer.read()


def _read_lines(text: str) -> Iterator[Sentence]:
    """Yield one sentence for each line that is not empty, with its place in the text."""
    begin = 0
    for line in text.splitlines(keepends=True):
        stripped = line.strip()
        if stripped:
            start = begin + len(line) - len(line.lstrip())
            yield Sentence(stripped, start, start + len(stripped))
        begin += len(line)


def _read_table(name: str, rows: Iterable[tuple[str, Any]], column: str) -> Document:
    sentences: list[Sentence] = []
    ids: list[str | None] = []
    columns: list[dict[str, Any]] = []
    problems: list[str] = []
    for place, row in rows:
        if not isinstance(row, dict):
            problems.append(
                f"{place}: {row}" if isinstance(row, str) else f"{place}: expected an object, found {row!r}"
            )
        elif column not in row:
            problems.append(
                f"{place}: no column {column!r}, found {', '.join(map(repr, row))}; choose one with --column"
            )
        elif not isinstance(row[column], str):
            problems.append(f"{place}: expected a text in {column!r}, found {row[column]!r}")
        else:
            identifier = row.get("id")
            if identifier is not None and type(identifier) not in (str, int):
                problems.append(f"{place}: expected a text or a whole number in 'id', found {identifier!r}")
            sentences.append(Sentence(row[column], 0, len(row[column])))
            ids.append(None if identifier is None else str(identifier))
            columns.append(row)
    if problems:
        raise InputError(join_problems(problems))
    return Document(name, sentences, ids, columns)
