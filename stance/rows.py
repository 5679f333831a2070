"""Rows of JSON Lines and CSV files, each with its place for messages."""

import csv
import io
import json
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

from stance.errors import InputError, MissingExtraError

# First bytes of files that are no text, though people hand them over as such.
_NO_TEXT = {
    b"PK\x03\x04": "a zip file such as .xlsx or .docx",
    b"\xd0\xcf\x11\xe0": "an old Office file",
    b"%PDF": "a PDF",
}


def read_bytes(path: Path) -> bytes:
    """Read a whole file.

    Raises:
        InputError: it is missing, a folder, not readable, or a kind of file that holds no plain text.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise InputError(f"{path}: expected a file, found a folder; name the files in it") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    for beginning, kind in _NO_TEXT.items():
        if data.startswith(beginning):
            raise InputError(f"{path}: expected text, found {kind}; save it as plain text, or a table as CSV UTF-8")
    return data


def decode(data: bytes) -> tuple[str, int]:
    """Decode text, UTF-8 or, where it says so in its first bytes, UTF-16; line ends are left as they are.

    Returns:
        The text without a byte order mark, and the number of broken characters that were replaced.
    """
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    text = data.decode(encoding, errors="replace")
    if "\ufffd" not in text:
        return text, 0
    # Only the replaced ones count, not U+FFFD that the file holds itself.
    return text, max(0, text.count("\ufffd") - data.decode(encoding, errors="ignore").count("\ufffd"))


def read_json_rows(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield the rows of a JSON Lines file; see `parse_json_rows`. Broken characters are a problem of their own."""
    yield from parse_json_rows((yield from _read_text(path)), str(path))


def read_csv_rows(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield the rows of a CSV file; see `parse_csv_rows`. Broken characters are a problem of their own."""
    yield from parse_csv_rows((yield from _read_text(path)), str(path))


def _read_text(path: Path) -> Generator[tuple[str, str], None, str]:
    text, n_broken = decode(read_bytes(path))
    if n_broken:
        yield str(path), f"{n_broken} broken characters; expected UTF-8; save the file anew as UTF-8 (CSV UTF-8)"
    return text


def read_parquet_rows(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield the rows of a Parquet file.

    Raises:
        InputError: the file cannot be read.
        MissingExtraError: pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"{path}: reading Parquet", "pyarrow", "train") from error
    try:
        rows = pq.read_table(io.BytesIO(read_bytes(path))).to_pylist()
    except (OSError, ValueError, OverflowError, pa.ArrowException) as error:
        raise InputError(f"{path}: cannot be read as Parquet: {str(error).splitlines()[0]}") from error
    for i, row in enumerate(rows, start=1):
        yield f"{path}: row {i}", row


def parse_json_rows(text: str, name: str) -> Iterator[tuple[str, Any]]:
    """Yield each row of JSON Lines with its place; where a line is not JSON, a message in place of the row.

    Empty lines are passed over.
    """
    for number, line in enumerate(io.StringIO(text, newline="\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            shown = line.strip()[:40]
            reason = "nested too deeply" if isinstance(error, RecursionError) else getattr(error, "msg", error)
            row = f"expected a line of JSON, found {shown!r} ({reason})"
            yield f"{name}:{number}", row
            continue
        yield (
            f"{name}:{number}",
            row if not isinstance(row, str) else f"expected a JSON object, found a text: {row[:40]!r}",
        )


def parse_csv_rows(text: str, name: str, needed: str | None = None) -> Iterator[tuple[str, Any]]:
    """Yield each row of CSV as a dict, with its place; where a row does not fit its header, a message instead.

    The delimiter (comma, semicolon or tab) is the one that the header line holds most of. Without the column
    `needed` no row is yielded.
    """
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    csv.field_size_limit(2**31 - 1)
    # Strict: a quotation mark that is never closed would swallow the rows after it.
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = list(reader.fieldnames or [])
        if repeated := sorted({column for column in columns if columns.count(column) > 1}):
            yield f"{name}:1", f"expected each column once, found {', '.join(map(repr, repeated))} again"
        if needed is not None and columns and needed not in columns:
            yield f"{name}:1", f"no column {needed!r}, found {', '.join(map(repr, columns))}; choose one with --column"
            return
        for row in reader:
            if row.pop(None, None):  # cells beyond the header
                yield f"{name}:{reader.line_num}", f"expected {len(reader.fieldnames or [])} cells, found more"
            else:
                yield f"{name}:{reader.line_num}", dict(row)
    except csv.Error as error:
        yield f"{name}:{reader.line_num}", f"cannot be read as CSV: {error}"
