"""Checks of the rows themselves: schema, labels, duplicates, and what stands on both sides of a split."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence

from stance.checks.outcome import Check, Row, count, judge, shorten, skip
from stance.checks.similarity import MAX_PAIRS, find_similar_pairs
from stance.labels import LABELS, NONE

_MAX_SIMILAR_SHARE = 0.005
_MAX_WORDS = 180  # the models that ship read 256 tokens


def check_schema(rows: Sequence[Row], problems: Sequence[str]) -> Check:
    """Tell the rows that are no labelled sentences, and ids that stand twice."""
    ids = Counter(row.example.id for row in rows if row.example.id is not None)
    found = [*problems, *(f"id {name!r} stands {n} times" for name, n in ids.items() if n > 1)]
    return judge("schema", not found, count(len(found), "problem"), "none", found)


def check_long_texts(rows: Sequence[Row]) -> Check:
    """Tell the texts that the models which ship are likely to cut."""
    counts = [(len(row.example.text.split()), row) for row in rows]
    long = [f"{row.name}: {n} words" for n, row in counts if n > _MAX_WORDS]
    return judge("long-texts", not long, f"{len(long)} above {_MAX_WORDS} words", "none", long)


def check_labels(rows: Sequence[Row]) -> Check:
    """Look for a label that never occurs, or a file in which every sentence carries one."""
    present = {label for row in rows for label in row.example.labels or (NONE,)}
    missing = [label for label in (*LABELS, NONE) if label not in present]
    found = f"never: {', '.join(missing)}" if missing else "all occur"
    return judge("labels", not missing, found, f"each of the four, and {NONE}, occurs")


def check_duplicates(copies: Sequence[Sequence[Row]]) -> Check:
    """Tell sentences that stand more than once.

    Args:
        copies: the rows of each distinct sentence.
    """
    details = []
    for rows in sorted(copies, key=lambda rows: len({row.example.labels for row in rows}) < 2):
        if len(rows) > 1:
            differ = " with different labels" if len({row.example.labels for row in rows}) > 1 else ""
            details.append(f"{', '.join(row.name for row in rows[:3])}{differ}: {shorten(rows[0].example.text)!r}")
    n_extra = sum(len(rows) - 1 for rows in copies)
    return judge("duplicates", not details, f"{count(n_extra, 'sentence')} too many", "none", details)


def find_near_duplicates(copies: Sequence[Sequence[Row]]) -> list[tuple[Row, Row, float]]:
    """Find nearly the same sentences, those of one contrast set aside."""
    pairs = find_similar_pairs([rows[0].words for rows in copies])
    found = [(copies[i][0], copies[j][0], similarity) for i, j, similarity in pairs]
    return [pair for pair in found if pair[0].contrast_set is None or pair[0].contrast_set != pair[1].contrast_set]


def check_near_duplicates(pairs: Sequence[tuple[Row, Row, float]], n_rows: int) -> Check:
    """Count the pairs of nearly the same sentences."""
    share = len(pairs) / n_rows
    details = [
        f"{a.name} and {b.name} ({similarity:.2f}): {shorten(a.example.text, 50)!r} and {shorten(b.example.text, 50)!r}"
        for a, b, similarity in sorted(pairs, key=lambda pair: -pair[2])
    ]
    least = "at least " if len(pairs) >= MAX_PAIRS else ""
    found = f"{least}{count(len(pairs), 'pair')} for {count(n_rows, 'sentence')}"
    wanted = f"fewer pairs than {_MAX_SIMILAR_SHARE:.1%} of the sentences"
    return judge("near-duplicates", share < _MAX_SIMILAR_SHARE, found, wanted, details)


def check_leakage(
    rows: Sequence[Row], copies: Sequence[Sequence[Row]], pairs: Sequence[tuple[Row, Row, float]]
) -> Check:
    """Tell documents, contrast sets and sentences that stand in more than one part."""
    wanted = "nothing on two sides of a split"
    parts = sorted({row.part for row in rows})
    if len(parts) < 2:
        return skip("leakage", "needs two files, or a column 'split'", wanted)
    grouped = (row for row in rows if row.example.group is not None)
    in_sets = (row for row in rows if row.contrast_set is not None)
    details = [
        *(f"document {name!r} is in {where}" for name, where in _find_spread(grouped, "group")),
        *(f"contrast set {name!r} is in {where}" for name, where in _find_spread(in_sets, "contrast_set")),
    ]
    details += [
        f"{', '.join(row.name for row in same[:3])} are the same sentence in different parts"
        for same in copies
        if len({row.part for row in same}) > 1
    ]
    details += [f"{a.name} and {b.name} are nearly the same" for a, b, _ in pairs if a.part != b.part]
    if not details and len(pairs) >= MAX_PAIRS:
        return skip("leakage", "too many near-duplicates to compare all; mend those first", wanted)
    if not details and all(row.example.group is None for row in rows):
        return skip("leakage", "needs a column 'group' that names the document", wanted)
    return judge("leakage", not details, f"{count(len(details), 'case')} in {len(parts)} parts", wanted, details)


def _find_spread(rows: Iterable[Row], attribute: str) -> list[tuple[Hashable, str]]:
    parts: dict[Hashable, set[str]] = defaultdict(set)
    for row in rows:
        parts[getattr(row, attribute)].add(row.part)
    return [(name, " and ".join(sorted(where))) for name, where in parts.items() if len(where) > 1]


def check_contrast_sets(rows: Sequence[Row]) -> Check:
    """Look at each contrast set: its size, its document, its labels."""
    wanted = "2 to 4 sentences of one document whose labels differ"
    sets: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.contrast_set is not None:
            sets[row.contrast_set].append(row)
    if not sets:
        return skip("contrast-sets", "needs a column 'contrast_set'", wanted)
    details = []
    for name, members in sets.items():
        if not 2 <= len(members) <= 4:
            details.append(f"{name}: {count(len(members), 'sentence')}")
        if len({row.example.group for row in members}) > 1:
            details.append(f"{name}: sentences of different documents")
        if len({row.example.labels for row in members}) < 2:
            details.append(f"{name}: the same labels throughout")
    return judge(
        "contrast-sets", not details, f"{count(len(sets), 'set')}, {count(len(details), 'problem')}", wanted, details
    )
