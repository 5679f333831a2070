"""Scored sentences as a table for people."""

import re
import shutil
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TextIO

from stance.labels import LABELS, NONE
from stance.scoring import ScoredSentence

# Control characters, changes of writing direction, lone surrogates.
_STEERING = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LABEL_WIDTH = 20
_MIN_TEXT_WIDTH = 30


def write_table(scored: Iterable[ScoredSentence], out: TextIO, *, labels_only: bool = False) -> None:
    """Write sentences with their labels and probabilities, the primary label first, and counts for each document.

    With `labels_only`, sentences that carry none are counted but not shown.
    """
    width = shutil.get_terminal_size((100, 24)).columns
    for document, sentences in groupby(scored, key=lambda sentence: sentence.document):
        out.write(f"{make_printable(document)}\n")
        counts: Counter[str] = Counter()
        n_sentences = 0
        for sentence in sentences:
            if sentence.labels or not labels_only:
                out.writelines(line + "\n" for line in _format_sentence(sentence, width))
            counts.update(sentence.labels or [NONE])
            n_sentences += 1
        parts = [f"{label} {counts[label]}" for label in (*LABELS, NONE)]
        out.write(f"\n{n_sentences} sentence{'s' * (n_sentences != 1)}: {', '.join(parts)}\n\n")


def _format_sentence(sentence: ScoredSentence, width: int) -> Iterator[str]:
    ranked = sorted(sentence.labels, key=lambda label: (label != sentence.primary, LABELS.index(label)))
    left = [f"{label:13}{sentence.probabilities[label]:5.2f}" for label in ranked] or ["-"]
    if sentence.truncated:
        left.append("(cut: too long)")
    number = f"{sentence.index + 1:>4}  "
    room = max(_MIN_TEXT_WIDTH, width - len(number) - _LABEL_WIDTH - 1)
    right = textwrap.wrap(make_printable(sentence.text), room) or [""]
    for i in range(max(len(left), len(right))):
        first = number if i == 0 else " " * len(number)
        label = left[i] if i < len(left) else ""
        yield f"{first}{label:{_LABEL_WIDTH}}{right[i] if i < len(right) else ''}".rstrip()


def make_printable(text: str) -> str:
    """Replace white space by single spaces, and characters that could steer a terminal by U+FFFD."""
    return _STEERING.sub("\ufffd", " ".join(text.split()))
