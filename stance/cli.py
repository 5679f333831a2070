"""The command line: parse, call the library, print, exit code."""

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

import stance
from stance.classifier import Classifier
from stance.errors import InputError, StanceError
from stance.folder import DEFAULT_MODEL
from stance.inputs import FORMATS, STDIN, Document, read_document
from stance.labels import DEFINITIONS, DISPLAY_NAMES, LABELS
from stance.report import WRITERS
from stance.scoring import ScoredSentence
from stance.sentences import split_sentences

_WINDOW = 64  # sentences scored between two steps of the progress bar
_MODEL_HELP = "minilm or tfidf, a model folder, or owner/name on the Hugging Face hub"
_FORMAT_BY_SUFFIX = {".csv": "csv", ".txt": "table"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    0: done. 1: the output could not be written. 2: something the user can mend. 130: interrupted. All but 0 are told
    in a line on stderr.
    """
    args = _build_parser().parse_args(argv)
    # Whatever the locale: UTF-8, and lone surrogates as the escape that JSON has for them.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    if sys.stdout is None:  # as Python has it where the shell closed it
        _say("error: stdout is closed; there is nowhere to write to")
        return 1
    try:
        command: Callable[[argparse.Namespace], None] = args.command
        command(args)
        sys.stdout.flush()
    except StanceError as error:
        for line in str(error).splitlines():
            _say(f"error: {line}")
        return 2
    except KeyboardInterrupt:
        _say("interrupted")
        return 130
    except BrokenPipeError:
        # The reader has seen enough. Python must not complain once more when it closes stdout.
        _silence_stdout()
    except OSError as error:
        _say(f"error: cannot write: {error.strerror}")
        _silence_stdout()
        return 1
    return 0


def _silence_stdout() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="stance",
        description="Tells what each sentence of English news and political text does to a claim and to its reader.",
        epilog="Try: stance score ARTICLE.txt",
    )
    parser.add_argument("--version", action="version", version=f"stance {stance.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_score(commands)
    info = commands.add_parser(
        "info",
        help="what a model is, and how good it is",
        description="Show what a model is, on what it was trained, and how good it is.",
    )
    info.add_argument("model", nargs="?", default=DEFAULT_MODEL, help=f"{_MODEL_HELP} (default: {DEFAULT_MODEL})")
    info.set_defaults(command=_info)
    return parser


def _add_score(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
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
    score.add_argument(
        "--input",
        choices=FORMATS,
        help="what the files are: running text, one sentence a line, or a table with one sentence a row "
        "(default: by the ending of the name; else text)",
    )
    score.add_argument("--column", default="text", help="column of a table that holds the sentence (default: text)")
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


def _score(args: argparse.Namespace) -> None:
    thresholds = dict(_parse_threshold(text) for text in args.threshold)
    documents = _read_documents(args)
    model = stance.load(args.model).set_thresholds(**thresholds)
    with _open_output(args.output) as out:
        by_ending = _FORMAT_BY_SUFFIX.get(Path(args.output or "").suffix.lower())
        output_format = args.format or by_ending or ("table" if out.isatty() else "jsonl")
        WRITERS[output_format](_score_documents(model, documents), out, labels_only=args.labels_only)


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
            documents.append(read_document(name, input_format=args.input, column=args.column, warn=_warn))
        except InputError as error:
            problems.append(str(error))
    if problems:
        raise InputError("\n".join(problems))
    for document in documents:
        if not document.sentences:
            _warn(f"{document.name}: no sentences")
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


@contextlib.contextmanager
def _open_output(path: str | None) -> Iterator[TextIO]:
    """Open stdout, or a file that takes its place only when all is written."""
    if path is None:
        yield sys.stdout
        return
    if path == STDIN or (Path(path).exists() and not Path(path).is_file() and not Path(path).is_dir()):
        with _open_special(path) as out:
            yield out
        return
    target = Path(path).resolve()  # a link stays a link
    if target.is_dir() or not target.parent.is_dir():
        raise InputError(f"{path}: expected a file in an existing folder to write to; choose another name")
    try:
        handle, draft = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error
    try:
        os.close(handle)
        with Path(draft).open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as out:
            yield out
        Path(draft).chmod(target.stat().st_mode if target.exists() else 0o666 & ~_get_umask())
        Path(draft).replace(target)
    finally:
        Path(draft).unlink(missing_ok=True)


def _open_special(path: str) -> contextlib.AbstractContextManager[TextIO]:
    """Open stdout, a device or a pipe, which are written to and not replaced."""
    if path == STDIN:
        return contextlib.nullcontext(sys.stdout)
    return Path(path).open("w", encoding="utf-8", errors="backslashreplace", newline="\n")


def _get_umask() -> int:
    umask = os.umask(0o022)
    os.umask(umask)
    return umask


def _info(args: argparse.Namespace) -> None:
    from stance.report.info import write_info

    write_info(stance.load(args.model), sys.stdout)


def _warn(message: str) -> None:
    _say(f"warning: {message}")


def _say(message: str) -> None:
    print(message, file=sys.stderr)
