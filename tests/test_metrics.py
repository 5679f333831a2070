import numpy as np
import pytest

from stance.metrics import compute_calibration_error, compute_metrics

Y_TRUE = np.array([[1, 0, 0, 0], [1, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]])
Y_PRED = np.array([[1, 0, 0, 0], [0, 1, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0]])


def test_compute_metrics_agrees_with_values_by_hand() -> None:
    figures = compute_metrics(Y_TRUE, Y_PRED, Y_PRED * 0.8 + 0.1)
    confirmation, denial, hedging, framing = figures["labels"].values()
    assert (confirmation["precision"], confirmation["recall"], confirmation["support"]) == (1.0, 0.5, 2)
    assert confirmation["f1"] == pytest.approx(2 / 3)
    assert denial["f1"] == 1.0
    assert (hedging["f1"], hedging["average_precision"], hedging["support"]) == (0.0, None, 0)
    assert framing["f1"] == pytest.approx(2 / 3)
    assert figures["macro_f1"] == pytest.approx((2 / 3 + 1 + 0 + 2 / 3) / 4)
    # Over all labels: 3 right, 1 too many, 1 missed.
    assert figures["micro_f1"] == pytest.approx(3 / 4)
    assert figures["exact_match"] == 0.75
    assert figures["n_sentences"] == 4


def test_compute_calibration_error_is_the_mean_gap_over_equal_bins() -> None:
    # Two bins of two: mean probability 0.1 against 0.5 true, and 0.9 against 0.5 true.
    proba = np.array([0.9, 0.1, 0.9, 0.1])
    assert compute_calibration_error(np.array([1, 0, 0, 1]), proba, n_bins=2) == pytest.approx(0.4)


def test_compute_calibration_error_is_small_for_honest_probabilities() -> None:
    rng = np.random.default_rng(0)
    proba = rng.random(50_000)
    truth = (rng.random(50_000) < proba).astype(np.int64)
    assert compute_calibration_error(truth, proba) < 0.01
    assert compute_calibration_error(1 - truth, proba) > 0.4
