import numpy as np

from stance import Sentence
from stance.scoring import find_primary, to_scored_sentences

THRESHOLDS = np.array([0.5, 0.2, 0.5, 0.5])


def test_find_primary_takes_the_label_furthest_above_its_threshold() -> None:
    # In log-odds, 0.5 lies further above 0.2 than 0.7 above 0.5.
    assert find_primary(np.array([[0.7, 0.5, 0.1, 0.1]]), THRESHOLDS) == ["denial"]
    assert find_primary(np.array([[0.9, 0.5, 0.1, 0.1]]), THRESHOLDS) == ["confirmation"]


def test_find_primary_is_none_below_every_threshold() -> None:
    assert find_primary(np.array([[0.4, 0.1, 0.4, 0.4]]), THRESHOLDS) == ["none"]
    assert find_primary(np.zeros((0, 4)), THRESHOLDS) == []


def test_find_primary_breaks_ties_in_the_fixed_order() -> None:
    equal = np.full(4, 0.5)
    assert find_primary(np.array([[0.7, 0.7, 0.7, 0.7]]), equal) == ["denial"]
    assert find_primary(np.array([[0.7, 0.1, 0.7, 0.7]]), equal) == ["confirmation"]
    assert find_primary(np.array([[0.1, 0.1, 0.7, 0.7]]), equal) == ["hedging"]


def test_find_primary_stands_thresholds_and_probabilities_at_the_ends() -> None:
    assert find_primary(np.array([[1.0, 0.0, 0.3, 0.0]]), np.array([1.0, 1.0, 0.0, 1.0])) == ["hedging"]


def test_to_scored_sentences_gives_plain_types_in_a_fixed_order() -> None:
    scored = to_scored_sentences(
        [Sentence("So.", 3, 6)],
        np.array([[0.7, 0.123456789, 0.1, 0.6]]),
        np.array([True]),
        np.full(4, 0.5),
        document="d",
        model="m",
        ids=["a7"],
        first_index=9,
    )
    assert scored[0].to_dict() == {
        "document": "d",
        "index": 9,
        "id": "a7",
        "text": "So.",
        "start": 3,
        "end": 6,
        "labels": ["confirmation", "framing"],
        "primary": "confirmation",
        "probabilities": {"confirmation": 0.7, "denial": 0.123457, "hedging": 0.1, "framing": 0.6},
        "truncated": True,
        "model": "m",
    }
