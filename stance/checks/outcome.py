"""What a check says, and the rows it looks at."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from stance.examples import Example, is_missing

CHECKS = {
    "schema": "every row has a text and known labels; an id stands once",
    "long-texts": "no text is longer than a model reads",
    "labels": "each label, and none, occurs",
    "duplicates": "no sentence stands twice",
    "near-duplicates": "hardly any two sentences share half of their three-word sequences",
    "leakage": "no document, contrast set or sentence stands on two sides of a split",
    "contrast-sets": "2 to 4 sentences of one document whose labels differ",
    "phrases": "no five-word sequence comes back all the time",
    "openings": "sentences begin differently",
    "lengths": "sentences are as long, and as unlike in length, as those of news",
    "word-list": "counting words alone does not find the labels",
    "cues": "words such as confirm, deny and may also stand without the label they suggest",
}
WORDING = ("phrases", "openings", "lengths", "word-list", "cues")  # suit invented sentences more than real ones
MIN_FOR_WORDING = 1000  # sentences below which figures about the wording as a whole mean little
_WORD = re.compile(r"\w+(?:'\w+)*")


@dataclass(frozen=True)
class Check:
    """The outcome of one check.

    Attributes:
        name: a key of `CHECKS`.
        status: "skipped" where the file lacks what the check needs.
        found: the figure, in words.
        wanted: what would pass.
        details: where it went wrong.
    """

    name: str
    status: Literal["ok", "failed", "skipped"]
    found: str
    wanted: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """A labelled sentence and where it stands.

    Attributes:
        example: the sentence.
        part: the side of a split it is on: its column `split`, else its file.
        name: its id, else its place in the file.
        words: its words in lower case.
    """

    example: Example
    part: str
    name: str
    words: tuple[str, ...]

    @property
    def group(self) -> str:
        """Its document; a sentence without one stands alone."""
        return self.example.group if self.example.group is not None else f"\0{self.name}"

    @property
    def contrast_set(self) -> str | None:
        """Its contrast set, if it belongs to one."""
        value = self.example.extra.get("contrast_set")
        return None if is_missing(value) else str(value)


def judge(name: str, passed: bool, found: str, wanted: str, details: Sequence[str] = ()) -> Check:
    """Return the outcome of a check that ran."""
    return Check(name, "ok" if passed else "failed", found, wanted, tuple(details))


def skip(name: str, reason: str, wanted: str) -> Check:
    """Return the outcome of a check that could not run."""
    return Check(name, "skipped", reason, wanted)


def count(number: int, noun: str) -> str:
    """Return a number with its noun in the plural where it needs one."""
    return f"{number:,} {noun}{'s' * (number != 1)}"


def find_words(text: str) -> tuple[str, ...]:
    """Return the words of a text in lower case, with straight apostrophes."""
    return tuple(_WORD.findall(text.lower().replace("’", "'")))


def shorten(text: str, width: int = 70) -> str:
    """Return the beginning of a text on one line."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1] + "…"
