import numpy as np
import pytest
from sklearn.metrics import f1_score

from stance.comparison import (
    bootstrap_difference,
    bootstrap_macro_f1,
    compute_f1,
    compute_macro_f1,
    compute_p_value,
    correct_by_holm,
    count_by_document,
)
from training.compare import conclude

N = 400
GROUPS = [f"document {i // 5}" for i in range(N)]


def make_run(y_true: np.ndarray, wrong: float, seed: int) -> np.ndarray:
    return y_true ^ (np.random.default_rng(seed).random(y_true.shape) < wrong)


@pytest.fixture
def y_true() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 2, (N, 4))


def test_counts_give_the_f1_of_scikit_learn(y_true: np.ndarray) -> None:
    runs = [make_run(y_true, 0.1, 1), make_run(y_true, 0.3, 2)]
    counts = count_by_document(y_true, runs, GROUPS)
    assert counts.shape == (N // 5, 2, 4, 3)
    for i, run in enumerate(runs):
        np.testing.assert_allclose(compute_f1(counts.sum(axis=0)[i]), f1_score(y_true, run, average=None))
    expected = np.mean([f1_score(y_true, run, average="macro") for run in runs])
    assert compute_macro_f1(counts.sum(axis=0)) == pytest.approx(expected)


def test_sentences_without_a_document_stand_alone() -> None:
    y_true = np.array([[1, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0]])
    counts = count_by_document(y_true, [np.zeros_like(y_true)], [None, None, "a"])
    assert len(counts) == 3
    assert counts[:, 0, :, 2].sum() == 3  # every label missed
    assert compute_f1(counts.sum(axis=0)).tolist() == [[0, 0, 0, 0]]


def test_interval_holds_the_score_and_widens_with_larger_documents(y_true: np.ndarray) -> None:
    run = make_run(y_true, 0.2, 3)
    run[: N // 2] = make_run(y_true, 0.4, 4)[: N // 2]  # the first half of the sentences is harder
    alone = count_by_document(y_true, [run], [None] * N)
    few = count_by_document(y_true, [run], [f"document {i // 40}" for i in range(N)])
    score = compute_macro_f1(alone.sum(axis=0))
    widths = []
    for counts in (alone, few):
        interval = bootstrap_macro_f1(counts)
        assert interval is not None
        assert interval[0] < score < interval[1]
        widths.append(interval[1] - interval[0])
    assert widths[1] > 1.3 * widths[0]
    assert bootstrap_macro_f1(alone) == bootstrap_macro_f1(alone)


def test_one_document_alone_has_no_interval(y_true: np.ndarray) -> None:
    counts = count_by_document(y_true, [make_run(y_true, 0.2, 3)], ["the only one"] * N)
    assert bootstrap_macro_f1(counts) is None
    assert bootstrap_difference(counts, counts) is None
    assert compute_p_value(counts, counts) == 1


def test_interval_of_a_difference_is_that_of_scoring_both_on_the_same_draws(y_true: np.ndarray) -> None:
    y_true = y_true[:60]
    documents = np.arange(60) // 5
    runs = [make_run(y_true, wrong, seed) for wrong, seed in ((0.1, 1), (0.3, 2))]
    counts = [count_by_document(y_true, [run], [f"{document:02}" for document in documents]) for run in runs]
    draws, gaps = np.random.default_rng(0), []
    for _ in range(1000):
        rows = np.concatenate([np.flatnonzero(documents == document) for document in draws.integers(12, size=12)])
        first, second = (f1_score(y_true[rows], run[rows], average="macro", zero_division=0) for run in runs)
        gaps.append(second - first)
    assert bootstrap_difference(*counts) == pytest.approx(np.quantile(gaps, [0.025, 0.975]))


def test_interval_of_a_difference_is_narrower_than_of_classifiers_that_err_apart(y_true: np.ndarray) -> None:
    first = make_run(y_true, 0.2, 1)
    near = first.copy()
    near[::20] = y_true[::20]  # right where the first may be wrong, else the same
    widths = []
    for other in (near, make_run(y_true, 0.2, 2)):
        interval = bootstrap_difference(*(count_by_document(y_true, [run], GROUPS) for run in (first, other)))
        assert interval is not None
        widths.append(interval[1] - interval[0])
    assert widths[0] < 0.6 * widths[1]
    same = count_by_document(y_true, [first], GROUPS)
    assert bootstrap_difference(same, same) == (0, 0)


@pytest.mark.parametrize(
    ("gap", "interval", "p", "expected"),
    [
        (0.17, (0.1, 0.24), 0.0012, "b is better than a by 0.17 (0.10 to 0.24); p = 0.001."),
        (-0.17, (-0.24, -0.1), 0.0005, "b is worse than a by 0.17 (0.10 to 0.24); p < 0.001."),
        (0.02, (-0.01, 0.05), 0.3, "no difference between b and a can be told (+0.02, -0.01 to +0.05; p = 0.300)"),
        (0.1, (0.01, 0.19), 0.08, "no difference between b and a can be told"),  # the test says no
        (0.1, (-0.01, 0.2), 0.04, "no difference between b and a can be told"),  # the interval says no
        (0.1, None, 1.0, "no difference between b and a can be told: all sentences come from one document"),
    ],
)
def test_a_difference_is_claimed_only_where_test_and_interval_agree(
    gap: float, interval: tuple[float, float] | None, p: float, expected: str
) -> None:
    assert conclude("b", "a", gap, interval, p).startswith(expected)


def test_p_value_tells_a_better_classifier_from_an_equal_one(y_true: np.ndarray) -> None:
    good, other, bad = (
        count_by_document(y_true, [make_run(y_true, wrong, seed)], GROUPS)
        for wrong, seed in ((0.1, 1), (0.1, 2), (0.3, 3))
    )
    assert compute_p_value(good, good) == 1
    assert compute_p_value(good, other) > 0.05
    assert compute_p_value(good, bad) < 0.001
    assert compute_p_value(bad, good) == compute_p_value(good, bad)


def test_p_value_is_uniform_where_neither_is_better() -> None:
    p_values = []
    for seed in range(40):
        y_true = np.random.default_rng(seed).integers(0, 2, (60, 4))
        a, b = (count_by_document(y_true, [make_run(y_true, 0.2, 1000 * k + seed)], [None] * 60) for k in (1, 2))
        p_values.append(compute_p_value(a, b))
    assert 0.3 < np.mean(p_values) < 0.7


def test_runs_of_different_number_compare_by_their_mean(y_true: np.ndarray) -> None:
    runs = [make_run(y_true, 0.1, seed) for seed in range(3)]
    three = count_by_document(y_true, runs, GROUPS)
    one = count_by_document(y_true, [make_run(y_true, 0.3, 9)], GROUPS)
    assert compute_p_value(one, three) < 0.001


def test_holm() -> None:
    # smallest times 3, next times 2, never below a smaller one, at most 1
    assert correct_by_holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])
    assert correct_by_holm([0.9, 0.8]) == [1, 1]
    assert correct_by_holm([]) == []
