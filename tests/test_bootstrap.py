from typing import Any

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from stance.bootstrap import N_RESAMPLES, bootstrap, number_documents
from stance.metrics import Figures

N = 40
GROUPS = [f"document {i % 9}" for i in range(N)]  # of 4 or 5 sentences


def test_documents_are_numbered_and_a_sentence_without_one_stands_alone() -> None:
    numbers = number_documents(["b", None, "a", "b", None]).tolist()
    assert numbers[0] == numbers[3]
    assert sorted(set(numbers)) == [0, 1, 2, 3]


def test_intervals_are_those_of_repeating_rows_and_asking_scikit_learn() -> None:
    rng = np.random.default_rng(5)
    y_proba = rng.random((N, 4)).round(2)
    y_true = (rng.random((N, 4)) < y_proba * 0.6).astype(np.int64)
    y_true[:, 1] = np.arange(N) % 18 == 0  # denial in one document alone: many draws leave it out
    y_pred = (y_proba >= 0.5).astype(np.int64)
    documents = number_documents(GROUPS)
    intervals = bootstrap(Figures(y_true, y_pred, y_proba).compute, documents)

    draws = np.random.default_rng(0)
    expected: dict[str, list[float]] = {"macro_f1": [], "average_precision": [], "roc_auc": []}
    for _ in range(N_RESAMPLES):
        drawn = draws.integers(9, size=9)
        rows = np.concatenate([np.flatnonzero(documents == document) for document in drawn])
        expected["macro_f1"].append(f1_score(y_true[rows], y_pred[rows], average="macro", zero_division=0))
        if y_true[rows, 1].any():
            expected["average_precision"].append(average_precision_score(y_true[rows, 1], y_proba[rows, 1]))
            expected["roc_auc"].append(roc_auc_score(y_true[rows, 1], y_proba[rows, 1]))
    assert len(expected["roc_auc"]) < N_RESAMPLES
    assert intervals["macro_f1"] == pytest.approx(np.quantile(expected["macro_f1"], [0.025, 0.975]))
    for name in ("average_precision", "roc_auc"):
        assert intervals["labels"]["denial"][name] == pytest.approx(np.quantile(expected[name], [0.025, 0.975]))


def test_interval_of_a_mean_is_about_two_standard_errors_of_documents() -> None:
    # 400 documents of five equal sentences: the mean of 400 independent values.
    values = np.repeat(np.random.default_rng(1).normal(size=400), 5)
    documents = np.repeat(np.arange(400), 5)
    low, high = bootstrap(lambda weights: float(weights @ values / weights.sum()), documents)
    assert (high - low) / 2 == pytest.approx(1.96 * values.std() / 20, rel=0.15)
    assert low < values.mean() < high


def test_figures_that_no_resample_defines_have_no_interval() -> None:
    def compute(weights: np.ndarray) -> dict[str, Any]:
        return {"undefined": float("nan"), "nested": {"certain": float(weights.sum() / 5)}}

    assert bootstrap(compute, np.arange(5)) == {"undefined": None, "nested": {"certain": (1, 1)}}


def test_one_document_alone_has_no_intervals() -> None:
    assert bootstrap(lambda weights: float(weights.mean()), np.zeros(50, dtype=np.int64)) is None


def test_the_seed_decides_what_is_drawn() -> None:
    values = np.random.default_rng(2).normal(size=30)

    def compute(weights: np.ndarray) -> float:
        return float(weights @ values)

    assert bootstrap(compute, np.arange(30)) == bootstrap(compute, np.arange(30))
    assert bootstrap(compute, np.arange(30)) != bootstrap(compute, np.arange(30), seed=1)
