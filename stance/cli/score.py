"""`stance score` and `stance info`."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import stance
from stance.classifier import Classifier
from stance.cli.output import add_input_options, open_output, warn
from stance.errors import InputError
from stance.folder import DEFAULT_MODEL
from stance.inputs import STDIN, Document, read_document
from stance.labels import DEFINITIONS, DISPLAY_NAMES, LABELS
from stance.report import WRITERS
from stance.scoring import ScoredSentence
from stance.sentences import split_sentences

_WINDOW = 64  # sentences scored between two steps of the progress bar
_MODEL_HELP = "minilm or tfidf, a model folder, or owner/name on the Hugging Face hub"
_FORMAT_BY_SUFFIX = {".csv": "csv", ".txt": "table"}


def add_score(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command `score`."""
    meanings = "\n".join(f"  {DISPLAY_NAMES[label]:18} {DEFINITIONS[label]}" for label in LABELS)
    score = commands.add_parser(
        "score",
        help="score the sentences of articles or tables",
        description="Score every sentence of articles, or of tables that hold one sentence a row.\n\n"
        f"The labels, any number of which may hold for a sentence:\n{meanings}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Examples:\n"
        "  stance score article.txt                      a table in the terminal\n"
        "  stance score *.txt --format csv -o out.csv    for a spreadsheet\n"
        "  stance score --text 'He may have known.'      a text typed in\n"
        "  stance score posts.csv --column message       one sentence a row\n"
        "  cat article.txt | stance score -              from another program",
    )
    score.add_argument("files", nargs="*", metavar="FILE", help="files to read; - is standard input")
    score.add_argument("--text", help="score this text instead of files")
    add_input_options(score)
    score.add_argument(
        "--format",
        choices=tuple(WRITERS),
        help="how to print (default: by the ending of --output; else table on a terminal, jsonl elsewhere)",
    )
    score.add_argument("-o", "--output", metavar="FILE", help="write to this file, which appears once complete")
    score.add_argument("--labels-only", action="store_true", help="leave out sentences that carry no label")
    score.add_argument("--model", default=DEFAULT_MODEL, help=f"{_MODEL_HELP} (default: {DEFAULT_MODEL})")
    score.add_argument(
        "--threshold",
        action="append",
        default=[],
        metavar="LABEL=VALUE",
        help="from which probability a label holds, 0 to 1; may be repeated (default: the model's own)",
    )
    score.set_defaults(command=_score)


def add_info(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command `info`."""
    info = commands.add_parser(
        "info",
        help="what a model is, and how good it is",
        description="Show what a model is, on what it was trained, and how good it is.",
    )
    info.add_argument("model", nargs="?", default=DEFAULT_MODEL, help=f"{_MODEL_HELP} (default: {DEFAULT_MODEL})")
    info.set_defaults(command=_info)


def _score(args: argparse.Namespace) -> int:
    thresholds = dict(_parse_threshold(text) for text in args.threshold)
    documents = _read_documents(args)
    model = stance.load(args.model).set_thresholds(**thresholds)
    with open_output(args.output) as out:
        by_ending = _FORMAT_BY_SUFFIX.get(Path(args.output or "").suffix.lower())
        output_format = args.format or by_ending or ("table" if out.isatty() else "jsonl")
        WRITERS[output_format](_score_documents(model, documents), out, labels_only=args.labels_only)
    return 0


def _read_documents(args: argparse.Namespace) -> list[Document]:
    """Read all there is before scoring any of it, so that a bad file is told at once."""
    if (args.text is None) == (not args.files):
        raise InputError("score: expected files, or - for standard input, or --text; see stance score --help")
    if args.text is not None:
        # Arguments come decoded by the locale; the terminal wrote UTF-8 all the same.
        text = os.fsencode(args.text).decode("utf-8", errors="replace")
        return [Document("text", split_sentences(text))]
    if args.files.count(STDIN) > 1:
        raise InputError("score: expected - at most once")
    documents, problems = [], []
    for name in args.files:
        try:
            documents.append(read_document(name, input_format=args.input, column=args.column, warn=warn))
        except InputError as error:
            problems.append(str(error))
    if problems:
        raise InputError("\n".join(problems))
    for document in documents:
        if not document.sentences:
            warn(f"{document.name}: no sentences")
    return documents


def _parse_threshold(text: str) -> tuple[str, float]:
    label, _, value = text.partition("=")
    try:
        return label, float(value)
    except ValueError:
        raise InputError(f"--threshold {text}: expected LABEL=VALUE, for example denial=0.7") from None


def _score_documents(model: Classifier, documents: Sequence[Document]) -> Iterator[ScoredSentence]:
    from tqdm import tqdm

    total = sum(len(document.sentences) for document in documents)
    with tqdm(total=total, unit=" sentences", delay=2, disable=None, leave=False) as bar:
        for document in documents:
            for begin in range(0, len(document.sentences), _WINDOW):
                window = slice(begin, begin + _WINDOW)
                yield from model.score_sentences(
                    document.sentences[window],
                    document=document.name,
                    ids=document.ids[window] if document.ids is not None else None,
                    first_index=begin,
                )
                bar.update(len(document.sentences[window]))


def _info(args: argparse.Namespace) -> int:
    from stance.report.info import write_info

    write_info(stance.load(args.model), sys.stdout)
    return 0
