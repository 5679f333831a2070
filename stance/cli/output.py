"""Where the command line writes: results to stdout or a file, everything else to stderr."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from stance.errors import InputError
from stance.inputs import STDIN


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


def warn(message: str) -> None:
    """Tell what was odd but does not stop the work."""
    say(f"warning: {message}")


def say(message: str) -> None:
    """Write a line to stderr."""
    print(message, file=sys.stderr)
