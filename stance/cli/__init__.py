"""The command line: parse, call the library, print, exit code."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence

import stance
from stance.cli.data import add_check_data, add_from_label_studio, add_to_label_studio
from stance.cli.output import say
from stance.cli.score import add_info, add_score
from stance.errors import StanceError


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    0: done. 1: a check failed, or the output could not be written. 2: something the user can mend.
    130: interrupted.
    """
    args = _build_parser().parse_args(argv)
    # Whatever the locale: UTF-8, and lone surrogates as the escape that JSON has for them.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    if sys.stdout is None:  # as Python has it where the shell closed it
        say("error: stdout is closed; there is nowhere to write to")
        return 1
    code = 0
    try:
        command: Callable[[argparse.Namespace], int] = args.command
        code = command(args)
        sys.stdout.flush()
    except StanceError as error:
        for line in str(error).splitlines():
            say(f"error: {line}")
        return 2
    except KeyboardInterrupt:
        say("interrupted")
        return 130
    except BrokenPipeError:
        # The reader has seen enough. Python must not complain once more when it closes stdout.
        code = getattr(args, "code", 0)
        _silence_stdout()
    except OSError as error:
        say(f"error: cannot write: {error.strerror}")
        _silence_stdout()
        return 1
    return code


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
    add_score(commands)
    add_info(commands)
    add_check_data(commands)
    add_to_label_studio(commands)
    add_from_label_studio(commands)
    return parser
