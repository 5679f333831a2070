"""Checks of the wording as a whole: templates, lengths, and what counting words alone would find."""

import random
import re
from collections import Counter
from collections.abc import Sequence
from statistics import fmean, pstdev

import numpy as np

from stance.checks.outcome import MIN_FOR_WORDING, Check, Row, judge, skip
from stance.labels import LABELS, to_indicator

_MAX_PHRASE_SHARE = 0.003
_MIN_OPENINGS = 0.80
_LENGTH_MEANS, _MIN_LENGTH_SD = (18, 28), 9
_MAX_WORD_LIST_F1 = 0.75
_MAX_SENTENCES = 10_000  # for the bag-of-words model; more change little and take long
_FOLDS = 5
_MIN_CUES = 15
# Words that suggest a label, each with its forms.
CUES = {
    "confirmation": {
        "confirm": r"confirm\w*",
        "acknowledge": r"acknowledg\w*",
        "admit": r"admit\w*|admission\w*",
        "concede": r"conced\w*|concession\w*",
        "verify": r"verif\w*",
        "insist": r"insist\w*",
        "maintain": r"maintain\w*",
        "prove": r"prov(?:e|es|ed|en|ing)|proofs?",
        "evidence": r"evidence",
    },
    "denial": {
        "deny": r"den(?:y|ies|ied|ial|ials|ying)",
        "reject": r"reject\w*",
        "dismiss": r"dismiss\w*",
        "dispute": r"disput\w*",
        "refute": r"refut\w*",
        "contradict": r"contradict\w*|contrary",
        "false": r"false\w*",
        "hoax": r"hoax\w*",
        "fake": r"fake\w*",
        "lie": r"lie|lies|lied|lying|liars?",
    },
    "hedging": {
        "allege": r"alleg\w*",
        "claim": r"claim\w*",
        "may": r"may",
        "might": r"might",
        "could": r"could",
        "possible": r"possib\w*",
        "likely": r"likely|unlikely",
        "appear": r"appear\w*",
        "suggest": r"suggest\w*",
        "believe": r"believ\w*",
        "suspect": r"suspect\w*",
    },
    "framing": {
        "shock": r"shock\w*",
    },
}


def check_phrases(rows: Sequence[Row]) -> Check:
    """Look for five-word sequences that come back all the time."""
    wanted = f"every one in at most {_MAX_PHRASE_SHARE:.1%} of the sentences"
    if len(rows) < MIN_FOR_WORDING:
        return _skip_small("phrases", rows, wanted)
    counts: Counter[int] = Counter()
    for row in rows:
        counts.update({hash(phrase) for phrase in _find_phrases(row)})  # hashes, as the phrases would fill the memory
    frequent = {key for key, count in counts.most_common(20) if count > 1}
    phrases = (phrase for row in rows for phrase in _find_phrases(row))
    spelt = {hash(phrase): " ".join(phrase) for phrase in phrases if hash(phrase) in frequent}
    ranked = sorted(spelt, key=lambda key: (-counts[key], spelt[key]))
    top = counts[ranked[0]] if ranked else 1
    limit = _MAX_PHRASE_SHARE * len(rows)
    details = [f"{spelt[key]!r} in {counts[key]} sentences" for key in ranked if counts[key] > limit]
    shown = f" ({spelt[ranked[0]]!r})" if ranked else ""
    return judge("phrases", top <= limit, f"at most {top / len(rows):.2%}{shown}", wanted, details)


def _find_phrases(row: Row) -> set[tuple[str, ...]]:
    return {row.words[i : i + 5] for i in range(len(row.words) - 4)}


def check_openings(rows: Sequence[Row]) -> Check:
    """Compare how sentences begin."""
    wanted = f"at least {_MIN_OPENINGS:.0%} distinct in their first three words"
    if len(rows) < MIN_FOR_WORDING:
        return _skip_small("openings", rows, wanted)
    openings = Counter(row.words[:3] for row in rows)
    share = len(openings) / len(rows)
    details = [f"{' '.join(words)!r} opens {count} sentences" for words, count in openings.most_common(5)]
    passed = share >= _MIN_OPENINGS
    return judge("openings", passed, f"{share:.1%}", wanted, [] if passed else details)


def check_lengths(rows: Sequence[Row]) -> Check:
    """Compare the lengths of sentences with those of news."""
    low, high = _LENGTH_MEANS
    wanted = f"mean {low} to {high} words, standard deviation at least {_MIN_LENGTH_SD}"
    if len(rows) < MIN_FOR_WORDING:
        return _skip_small("lengths", rows, wanted)
    lengths = [len(row.example.text.split()) for row in rows]
    mean, sd = fmean(lengths), pstdev(lengths)
    passed = low <= mean <= high and sd >= _MIN_LENGTH_SD
    return judge("lengths", passed, f"mean {mean:.1f}, standard deviation {sd:.1f}", wanted)


def check_cues(rows: Sequence[Row]) -> Check:
    """Count for each word that suggests a label how often it stands without that label."""
    wanted = f"each at least {_MIN_CUES} times without its label"
    if len(rows) < MIN_FOR_WORDING:
        return _skip_small("cues", rows, wanted)
    counts = count_cues(rows)
    short = [
        f"{cue}: {with_label} times with {label}, {without} times without"
        for (label, cue), (with_label, without) in counts.items()
        if without < min(_MIN_CUES, with_label)  # a word that mostly stands without it gives nothing away
    ]
    found = f"{len(short)} of {len(counts)} words too seldom"
    return judge("cues", not short, found, wanted, short)


def count_cues(rows: Sequence[Row]) -> dict[tuple[str, str], tuple[int, int]]:
    """Count the sentences in which each cue stands.

    Returns:
        For each label and cue the number of sentences that carry the label, and of those that do not.
    """
    patterns = [(label, cue, re.compile(form)) for label, cues in CUES.items() for cue, form in cues.items()]
    cues_of = {  # each distinct word is looked at once
        word: [(label, cue) for label, cue, pattern in patterns if pattern.fullmatch(word)]
        for word in {word for row in rows for word in row.words}
    }
    counts = {(label, cue): [0, 0] for label, cue, _ in patterns}
    for row in rows:
        for label, cue in {found for word in row.words for found in cues_of[word]}:
            counts[label, cue][label not in row.example.labels] += 1
    return {key: (with_label, without) for key, (with_label, without) in counts.items()}


def check_word_list(rows: Sequence[Row]) -> Check:
    """Score a unigram bag-of-words model on documents it has not seen, five times over, each time a fifth of them."""
    wanted = f"macro-F1 below {_MAX_WORD_LIST_F1}"
    if len(rows) < MIN_FOR_WORDING:
        return _skip_small("word-list", rows, wanted)
    rows = _draw_documents(rows)
    labels = to_indicator([row.example.labels for row in rows])
    if len({row.group for row in rows}) < _FOLDS or not labels.any(axis=0).all():
        return skip("word-list", f"needs {_FOLDS} documents and all four labels", wanted)
    per_label = _score_word_list(rows, labels)
    details = [", ".join(f"{label} {f1:.2f}" for label, f1 in zip(LABELS, per_label, strict=True))]
    macro = fmean(per_label)
    return judge("word-list", macro < _MAX_WORD_LIST_F1, f"macro-F1 {macro:.3f}", wanted, details)


def _draw_documents(rows: Sequence[Row]) -> Sequence[Row]:
    """Return whole documents, drawn at random, with about as many sentences as are needed for a steady figure."""
    if len(rows) <= _MAX_SENTENCES:
        return rows
    groups = sorted({row.group for row in rows})
    random.Random(0).shuffle(groups)  # noqa: S311 - no secret
    drawn = set(groups[: max(_FOLDS, round(len(groups) * _MAX_SENTENCES / len(rows)))])
    return [row for row in rows if row.group in drawn]


def _score_word_list(rows: Sequence[Row], labels: np.ndarray) -> list[float]:
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import f1_score
    from sklearn.model_selection import GroupKFold

    words = CountVectorizer(tokenizer=str.split, token_pattern=None, binary=True).fit_transform(
        [" ".join(row.words) for row in rows]
    )
    # Balanced, as the rarer labels would else be missed and the model look weaker than it is.
    model = LogisticRegression(class_weight="balanced", solver="liblinear", random_state=0)
    folds = GroupKFold(_FOLDS, shuffle=True, random_state=0)
    predicted = np.zeros_like(labels)
    for train, test in folds.split(words, groups=[row.group for row in rows]):
        for j in range(len(LABELS)):
            if len(set(labels[train, j])) == 2:  # else the label stands in the other documents alone
                predicted[test, j] = model.fit(words[train], labels[train, j]).predict(words[test])
    return [float(score) for score in f1_score(labels, predicted, average=None, zero_division=0)]


def _skip_small(name: str, rows: Sequence[Row], wanted: str) -> Check:
    return skip(name, f"needs {MIN_FOR_WORDING} sentences, found {len(rows)}", wanted)
