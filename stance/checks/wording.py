"""Checks of the wording as a whole: templates, lengths, and what counting words alone would find."""

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
_MAX_TRAINING = 16_000  # sentences the bag-of-words model learns from; more change little and take long
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
        if without < _MIN_CUES <= with_label + without  # a rarer word can teach little
    ]
    judged = [(without, cue) for (_, cue), (with_label, without) in counts.items() if with_label + without >= _MIN_CUES]
    fewest = ", fewest {} ({})".format(*min(judged)) if judged else ""
    found = f"{len(short)} of {len(judged)} words too seldom{fewest}"
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
    """Train a unigram bag-of-words model on four fifths of the documents and score it on the others."""
    wanted = f"macro-F1 below {_MAX_WORD_LIST_F1}"
    if len(rows) < MIN_FOR_WORDING:
        return _skip_small("word list", rows, wanted)
    groups = [row.group for row in rows]
    labels = to_indicator([row.example.labels for row in rows])
    if len(set(groups)) < 5 or not labels.any(axis=0).all():
        return skip("word list", "needs five documents and all four labels", wanted)
    macro, per_label = _score_word_list(rows, groups, labels)
    details = [", ".join(f"{label} {f1:.2f}" for label, f1 in zip(LABELS, per_label, strict=True))]
    return judge("word list", macro < _MAX_WORD_LIST_F1, f"macro-F1 {macro:.3f}", wanted, details)


def _score_word_list(rows: Sequence[Row], groups: list[str], labels: np.ndarray) -> tuple[float, list[float]]:
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import f1_score
    from sklearn.model_selection import GroupShuffleSplit
    from sklearn.multiclass import OneVsRestClassifier

    counts = CountVectorizer(tokenizer=str.split, token_pattern=None, binary=True, min_df=2)
    words = counts.fit_transform([" ".join(row.words) for row in rows])
    share = min(0.8, _MAX_TRAINING / len(rows))
    splits = GroupShuffleSplit(1, train_size=share, test_size=0.2, random_state=0)
    train, test = next(splits.split(words, groups=groups))
    # Balanced, as the rarer labels would else be missed and the model look weaker than it is.
    model = OneVsRestClassifier(LogisticRegression(class_weight="balanced", solver="liblinear", random_state=0))
    predicted = model.fit(words[train], labels[train]).predict(words[test])
    scores = f1_score(labels[test], predicted, average=None, zero_division=0)
    return float(np.mean(scores)), [float(score) for score in scores]


def _skip_small(name: str, rows: Sequence[Row], wanted: str) -> Check:
    return skip(name, f"needs {MIN_FOR_WORDING} sentences, found {len(rows)}", wanted)
