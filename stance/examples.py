"""Labelled sentences: JSON Lines, CSV, Parquet or Label Studio ↔ examples, every problem of a file told at once."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stance.errors import InputError, MissingExtraError, join_problems
from stance.label_studio import parse_tasks, to_tasks
from stance.labels import LABELS, NONE, describe_unknown_label, sort_labels
from stance.rows import decode, read_bytes, read_csv_rows, read_json_rows

SUFFIXES = (".jsonl", ".ndjson", ".csv", ".parquet", ".json")
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
    JSON Lines and Parquet `labels` is a list; in CSV it is one cell, the labels parted by `|`, empty for none. A file
    ending in .json is an export of Label Studio; see `stance.label_studio`.

    Raises:
        InputError: the file cannot be read or holds rows that are no examples; all of them are told.
        MissingExtraError: a Parquet file, and pyarrow is not installed.
    """
    examples, problems = scan_examples(path)
    if problems:
        raise InputError(join_problems(problems))
    if not examples:
        raise InputError(f"{path}: expected labelled sentences, found none")
    return examples


def scan_examples(path: str | Path) -> tuple[list[Example], list[str]]:
    """Read those rows of a file that are labelled sentences.

    Returns:
        The examples, and a message with its place for each problem of the other rows.

    Raises:
        InputError: the file as a whole cannot be read.
        MissingExtraError: a Parquet file, and pyarrow is not installed.
    """
    examples: list[Example] = []
    problems: list[str] = []
    for place, row in _read_rows(Path(path)):
        found = [row] if isinstance(row, str) else _find_problems(row)
        if found:
            problems += [f"{place}: {problem}" for problem in found]
        else:
            examples.append(_to_example(row))
    return examples, problems


def _read_rows(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield each row with its place; a string in place of a row is a problem with it."""
    match path.suffix.lower():
        case ".jsonl" | ".ndjson":
            yield from read_json_rows(path)
        case ".csv":
            for place, row in read_csv_rows(path):
                if isinstance(row, dict) and isinstance(row.get("labels"), str):
                    row["labels"] = [label.strip() for label in row["labels"].split("|") if label.strip()]
                yield place, row
        case ".parquet":
            yield from _read_parquet_rows(path)
        case ".json":
            yield from parse_tasks(decode(read_bytes(path))[0], str(path))
        case _:
            raise InputError(
                f"{path}: expected a file ending in {', '.join(SUFFIXES)}, found {path.suffix or 'no ending'}"
            )


def _read_parquet_rows(path: Path) -> Iterator[tuple[str, Any]]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"{path}: reading Parquet", "pyarrow", "train") from error
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{path}: cannot be read as Parquet: {str(error).splitlines()[0]}") from error
    for i, row in enumerate(table.to_pylist(), start=1):
        yield f"{path}: row {i}", row


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
        problems += [describe_unknown_label(label) for label in labels if label not in LABELS]
    if primary not in (None, "", NONE, *LABELS):
        problems.append(f"primary: {describe_unknown_label(primary)}, or {NONE}")
    elif isinstance(labels, list) and primary and primary not in (labels or [NONE]):
        problems.append(f"primary {primary!r} is not among the labels {labels}")
    return problems


def _describe(row: dict[str, Any], key: str) -> str:
    return f"{type(row[key]).__name__} ({str(row[key])[:40]!r})" if key in row else "no such key"


def _to_example(row: dict[str, Any]) -> Example:
    def get(key: str) -> str | None:
        value = row.get(key)
        return None if value in (None, "") else str(value)

    extra = {key: value for key, value in row.items() if key not in _COLUMNS}
    return Example(row["text"], sort_labels(row["labels"]), get("primary"), get("id"), get("group"), extra)


def to_rows(examples: Iterable[Example]) -> list[dict[str, Any]]:
    """Return each example as the row of a file: its five columns, then the extra ones."""
    return [
        {"id": e.id, "text": e.text, "labels": list(e.labels), "primary": e.primary, "group": e.group, **e.extra}
        for e in examples
    ]


def write_examples(path: str | Path, examples: Iterable[Example]) -> None:
    """Write examples as JSON Lines, CSV, Parquet or Label Studio tasks, by the ending of the file.

    Raises:
        InputError: another ending.
        MissingExtraError: a Parquet file, and pyarrow is not installed.
    """
    path = Path(path)
    rows = to_rows(examples)
    match path.suffix.lower():
        case ".csv":
            _write_csv(path, rows)
        case ".jsonl" | ".ndjson":
            path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        case ".json":
            path.write_text(json.dumps(to_tasks(rows), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        case ".parquet":
            _write_parquet(path, rows)
        case _:
            raise InputError(
                f"{path}: expected a file ending in {', '.join(SUFFIXES)}, found {path.suffix or 'no ending'}"
            )


def _write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    columns = list(dict.fromkeys(key for row in rows for key in row)) or list(_COLUMNS)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        for row in rows:
            writer.writerow({k: "|".join(map(str, v)) if isinstance(v, list) else v for k, v in row.items()})


def _write_parquet(path: Path, rows: list[dict[str, Any]]) -> None:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"{path}: writing Parquet", "pyarrow", "train") from error
    pq.write_table(pa.Table.from_pylist(rows), path)
