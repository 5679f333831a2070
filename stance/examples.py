"""Labelled sentences: JSON Lines, CSV, Parquet or Label Studio ↔ examples, every problem of a file told at once."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from stance.drafts import write_draft
from stance.errors import InputError, MissingExtraError, join_problems
from stance.label_studio import parse_tasks, to_tasks
from stance.labels import LABELS, NONE, describe_unknown_label, sort_labels
from stance.rows import decode, read_bytes, read_csv_rows, read_json_rows, read_parquet_rows

SUFFIXES = (".jsonl", ".ndjson", ".csv", ".tsv", ".parquet", ".json")
_COLUMNS = ("id", "text", "labels", "primary", "group")


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled sentence.

    Attributes:
        text: the sentence.
        labels: those it carries, in the order of `LABELS`; may be empty.
        primary: the label a reader would name first, or "none"; None where it was not noted.
        id: its identifier, or None.
        group: the document it comes from; sentences of one document are never parted by a split. None stands
            for a document of its own.
        extra: the other columns of its row, as they were read.
    """

    text: str
    labels: tuple[str, ...]
    primary: str | None = None
    id: str | None = None
    group: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


def read_examples(path: str | Path) -> list[Example]:
    """Read labelled sentences.

    Every row has `text` and `labels`; `primary`, `id` and `group` are optional, other columns are kept in `extra`. In
    JSON Lines and Parquet `labels` is a list; in CSV it is one cell, the labels parted by `|`; "none" or nothing stands
    where no label holds. A file ending in .json is an export of Label Studio; see `stance.label_studio`.

    Raises:
        InputError: the file cannot be read or holds rows that are no examples; all of them are told.
        MissingExtraError: a Parquet file, and pyarrow is not installed.
    """
    examples, problems = scan_examples(path)
    if problems:
        raise InputError(join_problems(problems))
    if not examples:
        raise InputError(f"{path}: expected labelled sentences, found none")
    return [example for _, example in examples]


def scan_examples(path: str | Path) -> tuple[list[tuple[str, Example]], list[str]]:
    """Read those rows of a file that are labelled sentences.

    Returns:
        The examples, each with its place, and a message with its place for each problem of the other rows.

    Raises:
        InputError: the file as a whole cannot be read.
        MissingExtraError: a Parquet file, and pyarrow is not installed.
    """
    examples: list[tuple[str, Example]] = []
    problems: list[str] = []
    for place, row in _read_rows(Path(path)):
        found = [row] if isinstance(row, str) else _find_problems(row)
        if found:
            problems += [f"{place}: {problem}" for problem in found]
        else:
            examples.append((place, _to_example(row)))
    return examples, problems


def _read_rows(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield each row with its place; a string in place of a row is a problem with it."""
    match path.suffix.lower():
        case ".jsonl" | ".ndjson":
            yield from read_json_rows(path)
        case ".csv" | ".tsv":
            for place, row in _check_columns(read_csv_rows(path)):
                if isinstance(row, dict) and isinstance(row.get("labels"), str):
                    row["labels"] = [label for label in row["labels"].split("|") if label.strip()]
                yield place, row
        case ".parquet":
            yield from _check_columns(read_parquet_rows(path))
        case ".json":
            yield from parse_tasks(decode(read_bytes(path))[0], str(path))
        case _:
            raise InputError(
                f"{path}: expected a file ending in {', '.join(SUFFIXES)}, found {path.suffix or 'no ending'}; "
                "a spreadsheet can be saved as CSV UTF-8"
            )


def _check_columns(rows: Iterator[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Tell once, not for every row, that a table lacks a column."""
    for place, row in rows:
        missing = [name for name in ("text", "labels") if isinstance(row, dict) and name not in row]
        if missing:
            found = ", ".join(map(repr, row))
            raise InputError(f"{place}: expected the columns 'text' and 'labels', found {found}; name them so")
        yield place, row


def _find_problems(row: Any) -> list[str]:
    if not isinstance(row, dict):
        return [f"expected an object with text and labels, found {type(row).__name__}"]
    problems = []
    text, labels, primary = row.get("text"), row.get("labels"), row.get("primary")
    if not isinstance(text, str) or not text.strip():
        problems.append(f"expected a text in 'text', found {_describe(row, 'text')}")
    if not isinstance(labels, list):
        problems.append(f"expected a list of labels in 'labels', found {_describe(row, 'labels')}")
    else:
        names = [_normalise(label) for label in labels]
        problems += [_describe_label(name) for name in names if name not in (*LABELS, NONE)]
        if NONE in names and len(names) > 1:
            problems.append(f"expected {NONE} or labels, found both: {', '.join(map(str, names))}")
    if _normalise(primary) not in (None, "", NONE, *LABELS):
        problems.append(f"primary: {_describe_label(primary)}, or {NONE}")
    elif isinstance(labels, list) and primary and _normalise(primary) not in (_drop_none(labels) or [NONE]):
        problems.append(f"primary {primary!r} is not among the labels {labels}")
    return problems


def _normalise(label: Any) -> Any:
    return label.strip().lower() if isinstance(label, str) else label


def _drop_none(labels: list[Any]) -> list[Any]:
    """Return the labels in lower case; "none", spelt out, is no label."""
    return [name for label in labels if (name := _normalise(label)) != NONE]


def _describe_label(label: Any) -> str:
    if isinstance(label, str) and label.startswith("{"):
        return "expected labels, found Label Studio's CSV; export the project in the format JSON"
    if isinstance(label, str) and any(mark in label for mark in ",;/"):
        return f"unknown label {label!r}; in a table labels are parted by | as in denial|framing"
    return f"{describe_unknown_label(label)}; where no label holds, {NONE} or nothing"


def _describe(row: dict[str, Any], key: str) -> str:
    return f"{type(row[key]).__name__} ({str(row[key])[:40]!r})" if key in row else "no such key"


def _to_example(row: dict[str, Any]) -> Example:
    def get(key: str) -> str | None:
        value = row.get(key)
        return None if is_missing(value) else str(value)

    extra = {key: None if value != value else value for key, value in row.items() if key not in _COLUMNS}
    labels = sort_labels(_drop_none(row["labels"]))
    return Example(row["text"], labels, _normalise(get("primary")), get("id"), get("group"), extra)


def is_missing(value: Any) -> bool:
    """Tell whether a cell holds nothing: None, an empty text, or the NaN that tables put there."""
    return value is None or value == "" or value != value


def fold(text: str) -> str:
    """Return a sentence in lower case, with single spaces: what counts as the same sentence."""
    return " ".join(text.lower().split())


def name_documents(groups: Iterable[str | None]) -> list[str]:
    """Return the document of each sentence, where None stands for one of its own."""
    return [group if group is not None else f"\0{i}" for i, group in enumerate(groups)]


def to_rows(examples: Iterable[Example]) -> list[dict[str, Any]]:
    """Return each example as the row of a file: its five columns, then the extra ones."""
    return [
        {"id": e.id, "text": e.text, "labels": list(e.labels), "primary": e.primary, "group": e.group, **e.extra}
        for e in examples
    ]


def write_examples(path: str | Path, examples: Iterable[Example]) -> None:
    """Write examples as JSON Lines, CSV, Parquet or Label Studio tasks, by the ending of the file.

    In CSV every value is text, lists parted by `|`; the other formats keep them as they are.

    Raises:
        InputError: another ending, a value the format cannot hold, or the file cannot be written.
        MissingExtraError: a Parquet file, and pyarrow is not installed.
    """
    path = Path(path)
    writers = {
        ".jsonl": _write_json_lines, ".ndjson": _write_json_lines, ".csv": _write_csv, ".tsv": _write_csv,
        ".parquet": _write_parquet, ".json": _write_tasks,
    }  # fmt: skip
    write = writers.get(path.suffix.lower())
    if write is None:
        raise InputError(f"{path}: expected a file ending in {', '.join(SUFFIXES)}, found {path.suffix or 'no ending'}")
    try:
        with write_draft(path) as draft:
            write(draft, to_rows(examples))
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}; choose another place") from error


# Lone surrogates, which no UTF-8 file can hold, are written as the escape that JSON has for them.
def _open(path: Path) -> TextIO:
    return path.open("w", encoding="utf-8", errors="backslashreplace", newline="")


def _write_json_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    with _open(path) as file:
        file.writelines(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows)


def _write_tasks(path: Path, rows: list[dict[str, Any]]) -> None:
    with _open(path) as file:
        json.dump(to_tasks(rows), file, ensure_ascii=False, indent=1, default=str)


def _write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
    with _open(path) as file:
        writer = csv.DictWriter(file, _list_columns(rows), delimiter=delimiter)
        writer.writeheader()
        for row in rows:
            writer.writerow({k: "|".join(map(str, v)) if isinstance(v, list) else v for k, v in row.items()})


def _write_parquet(path: Path, rows: list[dict[str, Any]]) -> None:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"{path}: writing Parquet", "pyarrow", "train") from error
    columns: dict[str, Any] = {}
    for name in _list_columns(rows):
        try:
            columns[name] = pa.array([row.get(name) for row in rows])
        except (pa.ArrowException, ValueError, TypeError) as error:
            reason = str(error).splitlines()[0]
            raise InputError(
                f"column {name!r} cannot be written as Parquet ({reason}); write .jsonl instead"
            ) from error
    pq.write_table(pa.table(columns), path)


def _list_columns(rows: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(key for row in rows for key in row)) or list(_COLUMNS)
