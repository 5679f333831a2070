import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from stance import InputError, ModelError
from stance.calibration import Calibration, LabelCalibration, find_best_threshold, fit_calibration, logit, sigmoid


def draw(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores whose true log-odds are 2 · score - 1."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(n, 4))
    truth = (rng.random((n, 4)) < sigmoid(2 * scores - 1)).astype(np.int64)
    return scores, truth


def test_fit_calibration_agrees_with_logistic_regression_on_much_data() -> None:
    scores, truth = draw(20_000, seed=1)
    calibration = fit_calibration(scores, truth)
    for column, label in enumerate(calibration.by_label):
        reference = LogisticRegression(C=np.inf).fit(scores[:, [column]], truth[:, column])
        assert label.slope == pytest.approx(reference.coef_[0, 0], rel=0.01)
        assert label.intercept == pytest.approx(reference.intercept_[0], abs=0.01)
    assert calibration.n_sentences == 20_000


@pytest.mark.parametrize(("scale", "offset"), [(1e-4, 0.0), (1e-4, -8.0), (1.0, -30.0), (1e4, 5.0)])
def test_fit_calibration_gives_the_same_probabilities_whatever_the_scale_of_scores(scale: float, offset: float) -> None:
    scores, truth = draw(500, seed=6)
    expected = fit_calibration(scores, truth).to_proba(scores)
    moved = scores * scale + offset
    np.testing.assert_allclose(fit_calibration(moved, truth).to_proba(moved), expected, atol=1e-3)


def test_fit_calibration_keeps_the_slope_positive_even_for_a_model_that_is_wrong() -> None:
    scores, truth = draw(500, seed=2)
    assert all(label.slope > 0 for label in fit_calibration(-scores, truth).by_label)


def test_fit_calibration_stays_finite_on_separable_sentences() -> None:
    scores = np.array([[-1.0], [1.0]]) * np.ones((1, 4))
    proba = fit_calibration(scores, np.array([[0], [1]]) * np.ones((1, 4), dtype=np.int64)).to_proba(scores)
    # Platt's targets for one sentence on either side are 1/3 and 2/3.
    np.testing.assert_allclose(proba, [[1 / 3] * 4, [2 / 3] * 4], atol=1e-3)


def test_fit_calibration_leaves_a_silent_label_at_zero() -> None:
    scores, truth = draw(100, seed=3)
    scores[:, 2] = -np.inf
    truth[:, 2] = 0
    assert (fit_calibration(scores, truth).to_proba(scores)[:, 2] == 0).all()


def test_fit_calibration_refuses_a_label_that_no_sentence_carries() -> None:
    scores, truth = draw(50, seed=4)
    truth[:, 1] = 0
    with pytest.raises(InputError, match="denial"):
        fit_calibration(scores, truth)


def test_find_best_threshold_parts_where_f1_is_highest() -> None:
    proba = np.array([0.9, 0.8, 0.6, 0.3, 0.2])
    truth = np.array([1, 1, 0, 1, 0])
    # F1 when the first k hold: 1/2, 4/5, 2/3, 6/7, 3/4; the best is k = 4, between 0.3 and 0.2.
    assert find_best_threshold(proba, truth) == pytest.approx(0.25)


def test_find_best_threshold_is_best_among_all_on_random_sentences() -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        proba = rng.integers(0, 20, 60) / 20  # many equal ones
        truth = (rng.random(60) < 0.3).astype(np.int64)
        truth[0] = 1
        found = f1_score(truth, proba >= find_best_threshold(proba, truth))
        assert found == pytest.approx(max(f1_score(truth, proba >= t) for t in proba))


def test_sigmoid_and_logit_undo_each_other_up_to_infinity() -> None:
    scores = np.array([-np.inf, -800.0, -1.0, 0.0, 3.0, np.inf])
    np.testing.assert_allclose(sigmoid(scores), [0, 0, 1 / (1 + np.e), 0.5, 1 / (1 + np.exp(-3)), 1])
    np.testing.assert_allclose(logit(sigmoid(scores))[2:], scores[2:])


def test_calibration_survives_its_json_form() -> None:
    calibration = Calibration((LabelCalibration(2.0, -1.0, 0.3),) * 4, 17)
    assert Calibration.from_dict(calibration.to_dict()) == calibration


@pytest.mark.parametrize(
    "damage", [{"slope": -1.0}, {"threshold": 2.0}, {"threshold": "high"}, {"other": 1.0}, {"intercept": float("nan")}]
)
def test_calibration_from_dict_refuses_impossible_numbers(damage: dict[str, object]) -> None:
    data = Calibration().to_dict()
    data["labels"]["denial"].update(damage)
    with pytest.raises(ModelError, match="calibration in stance"):
        Calibration.from_dict(data)
