import numpy as np
import pytest
from sklearn import metrics as reference

from stance.calibration import Floats
from stance.metrics import (
    Figures,
    LabelFigures,
    compute_calibration_error,
    compute_metrics,
    count_confusion,
    count_cooccurrence,
)

Y_TRUE = np.array([[1, 0, 0, 0], [1, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]])
Y_PRED = np.array([[1, 0, 0, 0], [0, 1, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0]])


def make_label(n: int, seed: int, decimals: int) -> tuple[np.ndarray, np.ndarray, Floats]:
    """Truth, decisions and probabilities of one label; few decimals make for equal probabilities."""
    rng = np.random.default_rng(seed)
    proba = rng.random(n).round(decimals)
    y_true = (rng.random(n) < proba).astype(np.int64)
    return y_true, (proba >= 0.6).astype(np.int64), proba


def compute_reference(y_true: np.ndarray, y_pred: np.ndarray, proba: Floats) -> dict[str, float]:
    """The figures of one label by scikit-learn, and the calibration error as its definition has it."""
    order = np.argsort(proba, kind="stable")
    bins = [rows for rows in np.array_split(order, 10) if len(rows)]
    return {
        "precision": reference.precision_score(y_true, y_pred, zero_division=0),
        "recall": reference.recall_score(y_true, y_pred, zero_division=0),
        "f1": reference.f1_score(y_true, y_pred, zero_division=0),
        "average_precision": reference.average_precision_score(y_true, proba),
        "roc_auc": reference.roc_auc_score(y_true, proba),
        "prevalence": y_true.mean(),
        "brier_score": reference.brier_score_loss(y_true, proba),
        "calibration_error": sum(abs(y_true[r].mean() - proba[r].mean()) * len(r) for r in bins) / len(proba),
    }


def test_compute_metrics_agrees_with_values_by_hand() -> None:
    figures = compute_metrics(Y_TRUE, Y_PRED, Y_PRED * 0.8 + 0.1)
    confirmation, denial, hedging, framing = figures["labels"].values()
    assert (confirmation["precision"], confirmation["recall"], confirmation["support"]) == (1.0, 0.5, 2)
    assert confirmation["f1"] == pytest.approx(2 / 3)
    assert confirmation["prevalence"] == 0.5
    # Of the four pairs of a sentence with it and one without, two are won and two are ties.
    assert confirmation["roc_auc"] == 0.75
    # Three sentences 0.1 off, one 0.9.
    assert confirmation["brier_score"] == pytest.approx((3 * 0.01 + 0.81) / 4)
    assert denial["f1"] == 1.0
    assert (hedging["f1"], hedging["average_precision"], hedging["roc_auc"], hedging["support"]) == (0, None, None, 0)
    assert framing["f1"] == pytest.approx(2 / 3)
    assert figures["macro_f1"] == pytest.approx((2 / 3 + 1 + 0 + 2 / 3) / 4)
    # Over all labels: 3 right, 1 too many, 1 missed.
    assert figures["micro_f1"] == pytest.approx(3 / 4)
    assert figures["exact_match"] == 0.75
    assert figures["primary_accuracy"] is None
    assert figures["n_sentences"] == 4


@pytest.mark.parametrize("decimals", [1, 2, 9])
@pytest.mark.parametrize("n", [7, 101, 400])
def test_label_figures_are_those_of_scikit_learn(n: int, decimals: int) -> None:
    label = make_label(n, seed=n, decimals=decimals)
    assert LabelFigures(*label).compute(np.ones(n)) == pytest.approx(compute_reference(*label))


@pytest.mark.parametrize("decimals", [1, 9])
def test_weights_count_sentences_as_often_as_if_they_were_repeated(decimals: int) -> None:
    y_true, y_pred, proba = make_label(90, seed=1, decimals=decimals)
    figures = LabelFigures(y_true, y_pred, proba)
    for seed in range(20):
        weights = np.random.default_rng(seed).integers(0, 4, 90)
        rows = np.repeat(np.arange(90), weights)
        expected = compute_reference(y_true[rows], y_pred[rows], proba[rows])
        assert figures.compute(weights.astype(np.float64)) == pytest.approx(expected)


def test_figures_of_all_labels_are_those_of_scikit_learn_at_any_weights() -> None:
    columns = [make_label(80, seed, decimals=3) for seed in range(4)]
    y_true, y_pred, proba = (np.stack(part, axis=1) for part in zip(*columns, strict=True))
    right = np.arange(80) % 3 > 0
    figures = Figures(y_true, y_pred, proba, right)
    for seed in range(10):
        weights = np.random.default_rng(seed).integers(0, 3, 80)
        rows = np.repeat(np.arange(80), weights)
        found = figures.compute(weights.astype(np.float64))
        truth, decisions = y_true[rows], y_pred[rows]
        assert found["macro_f1"] == pytest.approx(reference.f1_score(truth, decisions, average="macro"))
        assert found["micro_f1"] == pytest.approx(reference.f1_score(truth, decisions, average="micro"))
        assert found["exact_match"] == pytest.approx(reference.accuracy_score(truth, decisions))
        assert found["primary_accuracy"] == pytest.approx(right[rows].mean())


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


def test_count_confusion_has_the_truth_in_rows_and_none_last() -> None:
    counts = count_confusion(["denial", "denial", "none"], ["denial", "none", "framing"])
    assert [len(row) for row in counts] == [5] * 5
    assert (counts[1][1], counts[1][4], counts[4][3]) == (1, 1, 1)
    assert sum(map(sum, counts)) == 3


def test_count_cooccurrence_counts_pairs_and_on_its_diagonal_single_labels() -> None:
    assert count_cooccurrence(Y_TRUE) == [[2, 1, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1]]
