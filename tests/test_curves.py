import numpy as np
import pytest

from stance.curves import RiskCoverage, compute_precision_recall, compute_reliability, list_worst_errors
from stance.metrics import compute_calibration_error


def test_precision_recall_has_a_point_for_each_threshold() -> None:
    points = compute_precision_recall(np.array([0, 1, 0, 1]), np.array([0.2, 0.4, 0.6, 0.8]))
    assert [point["threshold"] for point in points] == [0.2, 0.4, 0.6, 0.8]
    # From each threshold on, 4, 3, 2 and 1 sentences are found, of which 2, 2, 1 and 1 carry the label.
    assert [point["precision"] for point in points] == pytest.approx([2 / 4, 2 / 3, 1 / 2, 1])
    assert [point["recall"] for point in points] == [1, 1, 0.5, 0.5]


def test_precision_recall_is_thinned_to_a_hundred_points_that_keep_the_ends() -> None:
    rng = np.random.default_rng(0)
    proba = rng.random(5000)
    y_true = (rng.random(5000) < proba).astype(np.int64)
    points = compute_precision_recall(y_true, proba)
    assert len(points) == 100
    assert (points[0]["threshold"], points[-1]["threshold"]) == (proba.min(), proba.max())
    for point in points:
        found = proba >= point["threshold"]
        assert point["precision"] == pytest.approx(y_true[found].mean())
        assert point["recall"] == pytest.approx(y_true[found].sum() / y_true.sum())


def test_precision_recall_of_a_label_without_support_is_empty() -> None:
    assert compute_precision_recall(np.zeros(3, dtype=np.int64), np.array([0.1, 0.2, 0.3])) == []


def test_reliability_parts_sentences_equally_and_gives_the_calibration_error() -> None:
    rng = np.random.default_rng(1)
    proba, y_true = rng.random(103), rng.integers(0, 2, 103)
    bins = compute_reliability(y_true, proba)
    assert [each["n_sentences"] for each in bins] == [11, 11, 11, *[10] * 7]
    gap = sum(abs(each["frequency"] - each["probability"]) * each["n_sentences"] for each in bins) / 103
    assert compute_calibration_error(y_true, proba) == pytest.approx(gap)
    lowest = np.sort(proba)[:11]
    assert bins[0]["probability"] == pytest.approx(lowest.mean())


def test_reliability_of_few_sentences_has_a_bin_for_each() -> None:
    bins = compute_reliability(np.array([1, 0]), np.array([0.9, 0.2]))
    assert [list(each.values()) for each in bins] == [[1, pytest.approx(0.2), 0], [1, pytest.approx(0.9), 1]]


def make_decisions(sureness: list[float], wrong: list[int]) -> RiskCoverage:
    """Sentences on which one label is found with a probability, and the others are surely absent."""
    y_pred = np.zeros((len(sureness), 4), dtype=np.int64)
    y_pred[:, 0] = 1
    y_true = y_pred.copy()
    y_true[:, 0] -= np.array(wrong)
    y_proba = np.zeros((len(sureness), 4))
    y_proba[:, 0] = sureness
    return RiskCoverage(y_true, y_pred, y_proba)


def test_risk_coverage_orders_sentences_by_sureness() -> None:
    curve = make_decisions([0.5, 0.9, 0.6, 0.8], [1, 0, 1, 0])
    # Kept in the order 0.9, 0.8, 0.6, 0.5, of which the last two are wrong.
    points = curve.compute_curve()
    assert [point["coverage"] for point in points] == [0.25, 0.5, 0.75, 1]
    assert [point["risk"] for point in points] == pytest.approx([0, 0, 1 / 3, 1 / 2])
    assert [point["sureness"] for point in points] == [0.9, 0.8, 0.6, 0.5]
    assert curve.compute_area(np.ones(4)) == pytest.approx((0 + 0 + 1 / 3 + 1 / 2) / 4)


def test_sureness_is_the_probability_that_all_four_decisions_are_right() -> None:
    y_pred = np.array([[1, 0, 0, 1]])
    curve = RiskCoverage(y_pred, y_pred, np.array([[0.9, 0.2, 0.1, 0.4]]))
    assert curve.compute_curve() == [{"coverage": 1, "risk": 0, "sureness": pytest.approx(0.9 * 0.8 * 0.9 * 0.4)}]


def test_equally_sure_sentences_share_their_risk_whatever_their_order() -> None:
    for wrong in ([1, 0], [0, 1]):
        curve = make_decisions([0.7, 0.7], wrong)
        assert [point["risk"] for point in curve.compute_curve()] == [0.5, 0.5]
        assert curve.compute_area(np.ones(2)) == pytest.approx(0.5)


def test_area_at_any_weights_is_the_mean_risk_of_repeated_sentences() -> None:
    rng = np.random.default_rng(2)
    sureness, wrong = rng.random(60), rng.integers(0, 2, 60)
    curve = make_decisions(sureness.tolist(), wrong.tolist())
    for _ in range(10):
        weights = rng.integers(0, 4, 60)
        repeated = np.repeat(wrong[np.argsort(-sureness)], weights[np.argsort(-sureness)])
        risks = np.cumsum(repeated) / np.arange(1, len(repeated) + 1)
        assert curve.compute_area(weights.astype(np.float64)) == pytest.approx(risks.mean())


def test_twenty_coverages_of_many_sentences() -> None:
    rng = np.random.default_rng(3)
    points = make_decisions(rng.random(1010).tolist(), rng.integers(0, 2, 1010).tolist()).compute_curve()
    assert len(points) == 20
    assert points[0]["coverage"] == 51 / 1010  # 5 % is 50.5 sentences
    assert points[-1]["coverage"] == 1


def test_worst_errors_are_wrong_and_the_least_probable_truth_first() -> None:
    y_true = np.array([[1, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0]])
    y_proba = np.array([[0.4, 0, 0, 0], [0.1, 0, 0, 0], [0.8, 0, 0, 0], [0.6, 0, 0, 0]])
    y_pred = (y_proba >= 0.5).astype(np.int64)
    # The truth has the probability 0.4, 0.1, 0.2 where the decision is wrong.
    assert list_worst_errors(y_true, y_pred, y_proba).tolist() == [1, 2, 0]
    assert list_worst_errors(y_true, y_pred, y_proba, n_most=1).tolist() == [1]
