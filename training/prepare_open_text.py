"""Join labels with public text: `python -m training.prepare_open_text --ud DIR --ntrex FILE --wikinews FILE OUT`."""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tqdm import tqdm

from stance.errors import ConfigError, InputError
from stance.examples import SUFFIXES, Example, write_examples
from stance.rows import decode, read_bytes, read_json_rows
from training.public_text import find_files, find_sentences, hash_text, read_conllu, read_paragraphs
from training.run import run_reporting_errors, say

LABELS_FILE = Path(__file__).parent / "data" / "open_text_labels.jsonl"
_COLUMNS = ("id", "sha1", "labels", "primary", "group", "source", "batch")
_TEXT_SUFFIXES = (".txt", ".jsonl", ".csv", ".parquet", ".xml", ".bz2")


@dataclass(frozen=True)
class Source:
    """A public corpus: the option that says where it lies, where it comes from, and its licence."""

    option: str
    url: str
    licence: str


SOURCES = {
    "GUM": Source("ud", "https://github.com/UniversalDependencies/UD_English-GUM", "CC BY and others, see there"),
    "EWT": Source("ud", "https://github.com/UniversalDependencies/UD_English-EWT", "CC BY-SA 4.0"),
    "PUD": Source("ud", "https://github.com/UniversalDependencies/UD_English-PUD", "CC BY-SA 3.0"),
    "ntrex": Source(
        "ntrex",
        "https://github.com/MicrosoftTranslator/NTREX (NTREX-128/newstest2019-src.eng.txt)",
        "CC BY-SA 4.0",
    ),
    "wikinews": Source("wikinews", "https://dumps.wikimedia.org/enwikinews/ (pages-articles.xml.bz2)", "CC BY 2.5"),
    "oanc": Source("oanc", "https://anc.org/data/oanc/download/", "free of restrictions"),
    "qevasion": Source("qevasion", "https://huggingface.co/datasets/ailsntua/QEvasion", "see there"),
}


@dataclass
class Matches:
    """The rows of the labels file, and the texts that were found for them."""

    rows: dict[str, dict[str, Any]]
    texts: dict[str, str] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)

    def add_by_id(self, key: str, text: str) -> None:
        """Take a text whose row id is known, if it is the one that was labelled."""
        if key in self.rows:
            if hash_text(text) == self.rows[key]["sha1"]:
                self.texts[key] = text
            else:
                self.changed.add(key)

    def add_by_hash(self, paragraphs: Iterable[str], source: str) -> None:
        """Take every sentence of running text that was labelled."""
        wanted = {str(row["sha1"]): key for key, row in self.rows.items() if row["source"] == source}
        for paragraph in paragraphs:
            for digest, text in find_sentences(paragraph, wanted):
                self.texts[wanted[digest]] = text


def main(argv: Sequence[str] | None = None) -> int:
    """Rebuild the examples and return the exit code."""
    parser = argparse.ArgumentParser(
        description="Rebuild labelled sentences from public texts that you have downloaded. The labels come with this "
        "package, the texts do not. Whatever you give is joined; what is missing is told, with its address.",
        epilog="Sources:\n"
        + "\n".join(f"  --{s.option:9} {name}: {s.url}; {s.licence}" for name, s in SOURCES.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--ud", metavar="DIR", help="folder with the .conllu files of GUM, EWT and PUD, at any depth")
    parser.add_argument("--ntrex", metavar="FILE", help="newstest2019-src.eng.txt")
    parser.add_argument("--wikinews", metavar="FILE", help="a dump (.xml, .xml.bz2), or articles as text or table")
    parser.add_argument("--oanc", metavar="DIR", help="folder with the .txt files of the corpus")
    parser.add_argument("--qevasion", metavar="FILE", help="the question-evasion data as .csv, .jsonl or .parquet")
    parser.add_argument("--labels", metavar="FILE", default=str(LABELS_FILE), help="labels keyed by row id and sha1")
    parser.add_argument("output", metavar="OUT", help="labelled sentences, ending in .jsonl, .csv or .parquet")
    return run_reporting_errors(lambda: _prepare(parser.parse_args(argv)))


def _prepare(args: argparse.Namespace) -> int:
    given = {option for option in ("ud", "ntrex", "wikinews", "oanc", "qevasion") if getattr(args, option)}
    if not given:
        raise ConfigError("expected at least one of --ud, --ntrex, --wikinews, --oanc, --qevasion; see --help")
    output = Path(args.output)
    if output.suffix.lower() not in SUFFIXES or not output.parent.is_dir():
        raise ConfigError(f"{output}: expected a file in an existing folder, ending in {', '.join(SUFFIXES)}")
    matches = Matches(_read_labels(Path(args.labels)))
    if args.ud:
        _match_treebanks(matches, args.ud)
    if args.ntrex:
        for file in find_files(args.ntrex, ".txt"):
            for number, line in enumerate(decode(read_bytes(file))[0].split("\n")):
                matches.add_by_id(f"ntrex:{number}", line.rstrip("\r"))
    for source in ("wikinews", "oanc", "qevasion"):
        if path := getattr(args, source):
            matches.add_by_hash(_read_all(find_files(path, *_TEXT_SUFFIXES), source), source)
    _report(matches, given)
    if not matches.texts:
        raise InputError("no labelled sentence was found in these files; see the addresses above")
    examples = [_to_example(key, row, matches.texts[key]) for key, row in matches.rows.items() if key in matches.texts]
    write_examples(args.output, examples)
    say(f"{len(examples)} of {len(matches.rows)} sentences in {args.output}")
    return 0


def _read_labels(path: Path) -> dict[str, dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for place, row in read_json_rows(path):
        if not isinstance(row, dict) or not set(_COLUMNS) <= set(row):
            raise InputError(f"{place}: expected {', '.join(_COLUMNS)}, found {str(row)[:60]!r}")
        if not isinstance(row["labels"], list):
            raise InputError(f"{place}: expected a list of labels, found {row['labels']!r}")
        rows[str(row["id"])] = row
    return rows


def _match_treebanks(matches: Matches, folder: str) -> None:
    treebanks = [name for name, source in SOURCES.items() if source.option == "ud"]
    for file in tqdm(find_files(folder, ".conllu"), desc="ud", unit=" files", delay=2, disable=None, leave=False):
        for name, text in read_conllu(file):
            for treebank in treebanks:
                matches.add_by_id(f"{treebank}:{name}", text)


def _read_all(files: list[Path], source: str) -> Iterator[str]:
    with tqdm(desc=source, unit=" paragraphs", delay=2, disable=None, leave=False) as bar:
        for file in files:
            for paragraph in read_paragraphs(file):
                yield paragraph
                bar.update()


def _report(matches: Matches, given: set[str]) -> None:
    say(f"{'source':10}{'labelled':>10}{'matched':>10}{'changed':>10}{'missing':>10}")
    for name in SOURCES:
        keys = {key for key, row in matches.rows.items() if row["source"] == name}
        matched = len(keys & set(matches.texts))
        changed = len(keys & (matches.changed - set(matches.texts)))
        missing = len(keys) - matched - changed
        say(f"{name:10}{len(keys):>10}{matched:>10}{changed:>10}{missing:>10}")
    for name, source in SOURCES.items():
        keys = {key for key, row in matches.rows.items() if row["source"] == name}
        if keys - set(matches.texts):
            hint = "another release?" if source.option in given else f"give --{source.option}"
            say(f"{name}: {len(keys - set(matches.texts))} not matched ({hint}); get it from {source.url}")


def _to_example(key: str, row: dict[str, Any], text: str) -> Example:
    primary, group = (None if row[column] is None else str(row[column]) for column in ("primary", "group"))
    extra = {"source": row["source"], "batch": row["batch"]}
    return Example(text, tuple(row["labels"]), primary, key, group, extra)


if __name__ == "__main__":
    sys.exit(main())
