"""What the commands share: options for files of text, and results to stdout or a file, all else to stderr."""

import argparse
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from stance.drafts import write_draft
from stance.errors import InputError
from stance.inputs import FORMATS, STDIN


@contextlib.contextmanager
def open_output(path: str | None) -> Iterator[TextIO]:
    """Open stdout, or a file that takes its place only when all is written."""
    if path is None:
        yield sys.stdout
        return
    if path == STDIN or (Path(path).exists() and not Path(path).is_file() and not Path(path).is_dir()):
        with _open_special(path) as out:
            yield out
        return
    target = Path(path)
    if target.is_dir() or not target.resolve().parent.is_dir():
        raise InputError(f"{path}: expected a file in an existing folder to write to; choose another name")
    with contextlib.ExitStack() as stack:
        try:
            draft = stack.enter_context(write_draft(target))
        except OSError as error:
            raise InputError(f"{path}: cannot be written: {error.strerror}") from error
        with draft.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as out:
            yield out


def _open_special(path: str) -> contextlib.AbstractContextManager[TextIO]:
    """Open stdout, a device or a pipe, which are written to and not replaced."""
    if path == STDIN:
        return contextlib.nullcontext(sys.stdout)
    return Path(path).open("w", encoding="utf-8", errors="backslashreplace", newline="\n")


def add_input_options(parser: argparse.ArgumentParser) -> None:
    """Add what tells how files of text are to be read."""
    parser.add_argument(
        "--input",
        choices=FORMATS,
        help="what the files are: running text, one sentence a line, or a table with one sentence a row "
        "(default: by the ending of the name; else text)",
    )
    parser.add_argument("--column", default="text", help="column of a table that holds the sentence (default: text)")


def warn(message: str) -> None:
    """Tell what was odd but does not stop the work."""
    say(f"warning: {message}")


def say(message: str) -> None:
    """Write a line to stderr."""
    print(message, file=sys.stderr)
