"""What can go wrong through no fault of the program.

    StanceError
    ├── InputError          a file, a row or a text to be read
    ├── ModelError          a model folder, or the name of a model
    ├── ConfigError         a training recipe
    └── MissingExtraError   an optional package that is not installed

Every message says where, what was expected, what was found and what to do. The command line prints it
on standard error and exits with 2. Anything else that is raised is a bug and keeps its traceback.
"""

from collections.abc import Sequence


class StanceError(Exception):
    """Base of every error a user can cause and can mend."""


class InputError(StanceError):
    """A file, a row or a text could not be used."""


class ModelError(StanceError):
    """A model could not be found, or its folder is not as it was saved."""


class ConfigError(StanceError):
    """A training recipe has keys or values that cannot be used."""


class MissingExtraError(StanceError):
    """A package that only some uses need is not installed."""

    def __init__(self, what: str, package: str, extra: str) -> None:
        super().__init__(
            f"{what} needs the package {package!r}, which is not installed; "
            f"install it with: pip install 'stance-framing[{extra}]'"
        )


SHOWN_PROBLEMS = 20


def join_problems(problems: Sequence[str]) -> str:
    """Join the problems of one file, one a line; past the first twenty only their number is told."""
    shown = list(problems[:SHOWN_PROBLEMS])
    if len(problems) > SHOWN_PROBLEMS:
        shown.append(f"… and {len(problems) - SHOWN_PROBLEMS} more problems like these")
    return "\n".join(shown)
