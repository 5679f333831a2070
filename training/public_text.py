"""Sentences in copies of public corpora, as a user has downloaded them."""

import bz2
import re
import xml.etree.ElementTree as ET
from collections.abc import Container, Iterator
from hashlib import sha1
from pathlib import Path
from typing import Any

from stance.errors import InputError
from stance.rows import decode, parse_csv_rows, parse_json_rows, read_bytes, read_parquet_rows

# Where a sentence may end: after a full stop and what closes a quotation or bracket.
_END = re.compile(r"[.!?…:;]['\"”’)\]]*(?=\s|$)")
_MAX_PIECES = 8  # a sentence is looked for in so many neighbouring pieces of a paragraph
_WIKI_MARKUP = (
    (re.compile(r"<ref[^>]*/>|<ref.*?</ref>|<!--.*?-->", re.DOTALL), ""),
    (re.compile(r"\{\{w(?:ikipedia)?\|(?:[^{}|]*\|)?([^{}|]*?)(?:\|[^{}]*)?\}\}"), r"\1"),
    (re.compile(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]*)\]\]"), r"\1"),
    (re.compile(r"\[https?://\S+ ([^\]]*)\]"), r"\1"),
    (re.compile(r"'{2,}"), ""),
)


def hash_text(text: str) -> str:
    """Return the SHA-1 of a sentence, by which it is found again without being kept."""
    return sha1(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def find_files(path: str, *suffixes: str) -> list[Path]:
    """Return a file, or the files below a folder that end in one of the suffixes.

    Raises:
        InputError: there is none.
    """
    place = Path(path)
    if place.is_file():
        return [place]
    found = sorted(file for file in place.rglob("*") if file.suffix.lower() in suffixes and file.is_file())
    if not found:
        raise InputError(f"{path}: expected a file, or a folder with files ending in {', '.join(suffixes)}, found none")
    return found


def read_conllu(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the sent_id and the text of each sentence of a CoNLL-U file."""
    name = ""
    for line in decode(read_bytes(path))[0].split("\n"):
        if line.startswith("# sent_id = "):
            name = line.removeprefix("# sent_id = ").strip()
        elif line.startswith("# text = "):
            yield name, line.removeprefix("# text = ").rstrip("\r\n")


def find_sentences(paragraph: str, wanted: Container[str]) -> Iterator[tuple[str, str]]:
    """Yield the hash and text of each wanted sentence of a paragraph, wherever a splitter may have cut it.

    Args:
        paragraph: running text; white space is read as one blank.
        wanted: hashes made by `hash_text`.
    """
    text = " ".join(paragraph.split())
    ends = [match.end() for match in _END.finditer(text)]
    if not ends or ends[-1] < len(text):
        ends.append(len(text))
    starts = [0, *ends[:-1]]
    for i, start in enumerate(starts):
        for end in ends[i : i + _MAX_PIECES]:
            candidate = text[start:end].strip()
            if (key := hash_text(candidate)) in wanted:
                yield key, candidate


def read_paragraphs(path: Path) -> Iterator[str]:
    """Yield the paragraphs of a file: plain text, a table, or a dump of a wiki (.xml, .xml.bz2).

    Of plain text every line is yielded, and every block of lines as one, since some corpora break lines within
    sentences.
    """
    match path.suffix.lower():
        case ".xml" | ".bz2":
            yield from _read_wiki_dump(path)
        case ".jsonl" | ".ndjson":
            for _, row in parse_json_rows(decode(read_bytes(path))[0], str(path)):
                yield from _find_strings(row)
        case ".csv":
            for _, row in parse_csv_rows(decode(read_bytes(path))[0], str(path)):
                yield from _find_strings(row)
        case ".parquet":
            for _, row in read_parquet_rows(path):
                yield from _find_strings(row)
        case _:
            yield from _split_text(decode(read_bytes(path))[0])


def _find_strings(row: Any) -> Iterator[str]:
    values = row.values() if isinstance(row, dict) else ()
    for value in values:
        if isinstance(value, str):
            yield from _split_text(value)


def _split_text(text: str) -> Iterator[str]:
    for block in re.split(r"\n\s*\n", text):
        lines = [line for line in block.splitlines() if line.strip()]
        yield from lines
        if len(lines) > 1:
            yield " ".join(lines)


def _read_wiki_dump(path: Path) -> Iterator[str]:
    """Yield the lines of each page of a MediaWiki export, links and simple templates resolved."""
    with bz2.open(path) if path.suffix.lower() == ".bz2" else path.open("rb") as file:
        try:
            for _, element in ET.iterparse(file):  # noqa: S314 - the user's own download; expat limits expansion
                if element.tag.rpartition("}")[2] == "text" and element.text:
                    yield from _strip_markup(element.text).splitlines()
                element.clear()
        except (ET.ParseError, OSError, EOFError, LookupError) as error:
            raise InputError(f"{path}: cannot be read as a dump of a wiki: {error}") from error


def _strip_markup(text: str) -> str:
    for pattern, replacement in _WIKI_MARKUP:
        text = pattern.sub(replacement, text)
    return text
