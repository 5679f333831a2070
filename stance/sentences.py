"""Raw text → sentences with exact character offsets.

`sentencex` (https://github.com/wikimedia/sentencex) proposes boundaries in any script. On top of it stand our
repairs for English news and political text: which line ends mean something, the boundaries it misses, and
the boundaries it sets wrongly.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import sentencex

from stance.abbreviations import (
    BEFORE_A_NUMBER,
    CONNECTING,
    MAY_END,
    MAY_END_LOWER,
    OPENING_WORDS,
    RUNNING_WORDS,
    SPEECH_VERBS,
    TIME_WORDS,
    TITLES,
)

_CLOSERS = "\"'”’»)]}"
_OPENERS = "\"'“‘«([{"
_FOREIGN_STOPS = "。！？｡।॥؟۔"
_STRETCH = 2000  # characters that sentencex sees at once
_NEAR = 80  # characters looked at on either side of a boundary, so that the work stays linear

_LINE_END = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_LIST_MARKER = re.compile(r"(?:[-*•‣◦·–—]|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,4}|[IVX]{1,4})[.)])(?=\s|$)")
# Terminator, then what closes with it: quotes, brackets, reference marks. It starts at the first of several marks and
# gives none back, so that a long run of them is read once.
_END = re.compile(
    rf"(?<![.!?…])(?P<mark>\.(?:\s\.)++|[.!?…]++)(?:[{re.escape(_CLOSERS)}]|\s”|\[\d{{1,3}}\]|[¹²³⁴-⁹])*+(?=\s|[A-Z“])"
)
_LAST_WORD = re.compile(r"[^\s\"'“”‘’«»()\[\]{}—–/]*$")
_NEXT_WORD = re.compile(rf"[{re.escape(_OPENERS)}]*([^\s{re.escape(_CLOSERS)},;:.!?…—]*)")
_ATTRIBUTION = re.compile(rf"(?:[A-Z][\w.’'-]*\s+){{1,4}}(?:{'|'.join(SPEECH_VERBS)})\b")
_DOTTED = re.compile(r"(?:[a-z]\.)+[a-z]$")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and its place in the text it comes from.

    Attributes:
        text: the sentence without surrounding white space; equals `source[start:end]`.
        start: offset of its first character, in Unicode code points.
        end: offset after its last character.
    """

    text: str
    start: int
    end: int


def split_sentences(text: str) -> list[Sentence]:
    """Split a text into sentences.

    Takes linear time and never raises on any string. The sentences come in order, do not overlap, and together
    cover every character that is not white space.

    Args:
        text: any text, with any line ends.

    Returns:
        The sentences; none for a text without visible characters.

    >>> [sentence.text for sentence in split_sentences("Talks end at 5 p.m. on Friday. “Enough!” Mr. Lund said.")]
    ['Talks end at 5 p.m. on Friday.', '“Enough!” Mr. Lund said.']
    """
    sentences = []
    for start, end in _split_lines(text):
        begin = start
        for boundary in [*_find_boundaries(text[start:end]), end - start]:
            piece = text[begin : start + boundary]
            stripped = piece.strip()
            if stripped:
                offset = begin + len(piece) - len(piece.lstrip())
                sentences.append(Sentence(stripped, offset, offset + len(stripped)))
            begin = start + boundary
    return sentences


# ---- which line ends mean something ---------------------------------------------------------------------------


def _split_lines(text: str) -> Iterator[tuple[int, int]]:
    """Yield the stretches of text inside which a line end is only white space."""
    lines = []
    begin = 0
    for match in _LINE_END.finditer(text):
        lines.append((begin, match.start()))
        begin = match.end()
    lines.append((begin, len(text)))
    width = _find_wrap_width(text, lines)

    start = previous = None
    for line in lines:
        if not text[line[0] : line[1]].strip():
            if start is not None and previous is not None:
                yield start, previous[1]
            start = previous = None
            continue
        if start is None or previous is None:
            start = line[0]
        elif not _goes_on(text, previous, line, width):
            yield start, previous[1]
            start = line[0]
        previous = line
    if start is not None and previous is not None:
        yield start, previous[1]


def _goes_on(text: str, line: tuple[int, int], following: tuple[int, int], width: int | None) -> bool:
    """Whether the sentence at the end of a line may go on in the following line."""
    opening = text[following[0] : following[0] + _NEAR].lstrip()
    if _LIST_MARKER.match(opening):
        return False
    if width is not None and _is_full(text, line, following, width):
        return True
    closing = text[max(line[0], line[1] - _NEAR) : line[1]].rstrip()
    last_word = closing.rsplit(maxsplit=1)[-1]
    if last_word.endswith(".") and last_word[:1].isupper() and last_word[:-1].lower() in TITLES:
        return True
    if closing.rstrip(_CLOSERS).endswith((".", "!", "?", "…", ":")):
        return False
    return opening[:1].islower() or closing.endswith(",") or last_word in RUNNING_WORDS


def _find_wrap_width(text: str, lines: list[tuple[int, int]]) -> int | None:
    """Return the column at which a hard-wrapped text was broken; None for a text that was not."""
    width = max(len(text[start:end].rstrip()) for start, end in lines)
    if not 40 <= width <= 120:
        return None
    pairs = [
        (line, following)
        for line, following in pairwise(lines)
        if text[slice(*line)].strip() and text[slice(*following)].strip()
    ]
    full = sum(_is_full(text, line, following, width) for line, following in pairs)
    return width if len(pairs) >= 2 and full >= 0.7 * len(pairs) else None


def _is_full(text: str, line: tuple[int, int], following: tuple[int, int], width: int) -> bool:
    """Whether the next word would not have fitted on the line, give or take a short word."""
    words = text[following[0] : min(following[1], following[0] + width)].split(maxsplit=1)
    return len(text[slice(*line)].rstrip()) + 1 + len(words[0] if words else "") > width - 4


# ---- boundaries within a stretch ------------------------------------------------------------------------------


def _find_boundaries(chunk: str) -> list[int]:
    """Return the offsets within `chunk` at which a new sentence begins, in order."""
    flat = _LINE_END.sub(lambda match: " " * len(match.group()), chunk)
    flat = _SURROGATE.sub("\ufffd", flat)
    settled = {}
    for match in _END.finditer(flat):
        begin = _skip_space(flat, match.end())
        if begin < len(flat):
            settled[begin] = _ends_sentence(flat, match, begin)
    for end in _propose(flat):
        begin = _skip_space(flat, end)
        last = flat[max(0, begin - _NEAR) : begin].rstrip().rstrip(_CLOSERS)[-1:]
        # A full stop that is none of ours ("3.5", "a.b") ends nothing; terminators of other scripts do.
        if settled.get(begin, None if last not in ".!?…" else False) is None:
            settled[begin] = True
    return _drop_fragments(flat, [begin for begin in sorted(settled) if settled[begin]])


def _propose(flat: str) -> Iterator[int]:
    """Yield the ends of sentences that sentencex sees.

    It is asked for a stretch at a time, since it takes quadratic time on text without spaces and on quotations that
    are never closed. The end of a stretch is no proposal unless another script's full stop stands there.
    """
    begin = 0
    while begin < len(flat):
        stretch = flat[begin : begin + _STRETCH]
        if begin + _STRETCH < len(flat):
            cut = max(stretch.rfind(mark) for mark in (" ", *_FOREIGN_STOPS)) + 1
            stretch = stretch[:cut] if cut > _STRETCH // 2 else stretch
        for boundary in sentencex.get_sentence_boundaries("en", stretch):
            end = boundary["end_index"]
            if end < len(stretch) or stretch[-1] in _FOREIGN_STOPS:
                yield begin + end
        begin += len(stretch)


def _drop_fragments(flat: str, boundaries: list[int]) -> list[int]:
    """Keep list markers with what follows them, and pieces without a word with what goes before."""
    kept: list[int] = []
    begin = 0
    for boundary, end in zip(boundaries, [*boundaries[1:], len(flat)], strict=False):
        before = flat[begin:boundary].strip() if boundary - begin < _NEAR else ""
        marker = _LIST_MARKER.match(before)
        is_marker = marker is not None and marker.end() == len(before)
        if not is_marker and any(character.isalnum() for character in flat[boundary:end]):
            kept.append(boundary)
            begin = boundary
    return kept


def _ends_sentence(flat: str, match: re.Match[str], begin: int) -> bool | None:
    """Decide whether a terminator ends its sentence; None leaves it to sentencex."""
    mark = match["mark"]
    following = flat[begin : begin + _NEAR]
    word = _LAST_WORD.search(flat[max(0, match.start() - _NEAR) : match.start()])[0]  # type: ignore[index]
    next_match = _NEXT_WORD.match(following)
    next_word = next_match[1] if next_match else ""
    if match.end() == begin:  # no space: "It was over.He left."
        return len(mark) == 1 and len(word) > 1 and word.isalpha() and word.islower() and next_word[1:2].islower()
    if next_word[:1].islower() or (mark[0] in "!?" and following[0] in "—–-"):
        return False
    if mark == ".":
        return _full_stop_ends(word, next_word, closed=match.end() - match.start() > 1)
    if mark[0] in "!?":
        if match.end() - match.start() > len(mark) and _ATTRIBUTION.match(following):
            return False
        return True if "?" in mark else None
    return True


def _full_stop_ends(word: str, next_word: str, *, closed: bool) -> bool:
    """Decide on a full stop after `word`: sentence end or abbreviation. `closed`: a quote or bracket follows it."""
    name, capitalised = word.lower(), word[:1].isupper()
    if closed:
        return True
    if name in BEFORE_A_NUMBER and (not capitalised or next_word[:1].isdigit()):
        return not next_word[:1].isdigit()
    if len(word) == 1 and word.islower() and next_word[:1].isdigit():  # "c. 1840"
        return False
    if name in CONNECTING or (capitalised and name in TITLES):
        return False
    if name in ("a.m", "p.m"):
        return not (next_word in TIME_WORDS or (next_word.isupper() and len(next_word) > 1))
    is_initial = len(word) == 1 and capitalised
    may_end = name in MAY_END_LOWER or (capitalised and name in MAY_END) or _DOTTED.match(name)
    if is_initial or may_end:
        return next_word.lower() in OPENING_WORDS
    return True


def _skip_space(flat: str, position: int) -> int:
    while position < len(flat) and flat[position].isspace():
        position += 1
    return position
