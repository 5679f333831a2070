"""Pairs of sentences that are nearly the same."""

import zlib
from collections.abc import Sequence

from tqdm import tqdm

SIMILAR = 0.5  # Jaccard similarity of the sets of three-word sequences
MAX_PAIRS = 10_000  # a file with as many is one of templates; all of its pairs would take for ever
# 18 bands of 2 hashes find a pair at similarity 0.5 with probability 0.994, one at 0.1 with 0.17.
_BANDS, _ROWS = 18, 2


def find_similar_pairs(sentences: Sequence[tuple[str, ...]]) -> list[tuple[int, int, float]]:
    """Find the pairs of sentences that share half of their three-word sequences or more.

    Candidates come from MinHash with locality-sensitive hashing and are then compared exactly, so that no pair is
    told wrongly and one in 180 at the border is missed (Broder 1997, https://doi.org/10.1109/SEQUEN.1997.666900;
    Leskovec, Rajaraman and Ullman, http://www.mmds.org, chapter 3).

    Args:
        sentences: the words of each.

    Returns:
        Indices of the two, the smaller first, and their Jaccard similarity, 0.5 to 1. At most 10,000 pairs.
    """
    from datasketch import MinHash, MinHashLSH

    shingles = [make_shingles(words) for words in sentences]
    hashes = MinHash.bulk(
        ([zlib.crc32(shingle.encode()) for shingle in found] for found in shingles),
        num_perm=_BANDS * _ROWS,
        hashfunc=_identity,
        seed=1,
    )
    index = MinHashLSH(num_perm=_BANDS * _ROWS, params=(_BANDS, _ROWS))
    pairs: list[tuple[int, int, float]] = []
    for i, found in enumerate(tqdm(hashes, unit=" sentences", desc="comparing", delay=2, disable=None, leave=False)):
        if not sentences[i]:
            continue  # nothing but marks
        for j in index.query(found):
            similarity = compute_jaccard(shingles[i], shingles[j])
            if similarity >= SIMILAR:
                pairs.append((j, i, similarity))
        if len(pairs) >= MAX_PAIRS:
            break
        index.insert(i, found, check_duplication=False)
    return sorted(pairs[:MAX_PAIRS])


def make_shingles(words: Sequence[str]) -> frozenset[str]:
    """Return the three-word sequences of a sentence; a shorter one is a sequence by itself."""
    return frozenset(" ".join(words[i : i + 3]) for i in range(max(1, len(words) - 2)))


def compute_jaccard(first: frozenset[str], second: frozenset[str]) -> float:
    """Return the share of sequences that two sentences have in common, 0 to 1."""
    return len(first & second) / len(first | second)


def _identity(value: int) -> int:
    return value
