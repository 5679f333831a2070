import numpy as np
import pandas as pd
import pytest

from stance import InputError
from stance.labels import sort_labels, to_indicator, to_label_names, to_targets


def test_to_indicator_takes_names_lists_and_arrays() -> None:
    expected = [[0, 1, 0, 1], [0, 0, 0, 0]]
    for y in (
        [{"framing", "denial"}, []],
        expected,
        np.array(expected),
        np.array(expected, dtype=bool),
        pd.DataFrame(expected),
    ):
        np.testing.assert_array_equal(to_indicator(y), expected)
    np.testing.assert_array_equal(to_indicator(pd.Series([["denial", "framing"], []]).to_numpy()), expected)
    assert to_indicator([]).shape == (0, 4)


def test_to_label_names_undoes_to_indicator() -> None:
    names = [("confirmation", "framing"), (), ("hedging",)]
    assert to_label_names(to_indicator(names)) == names


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([["denail"]], "did you mean 'denial'"),
        (["denial"], "expected a list of labels"),
        ([[1, 0]], r"found \(1, 2\)"),
        ([[2, 0, 0, 0]], "only 0 and 1"),
        ([[1, 0, 0, 0], []], "rows of other lengths"),
        ([{"denial": 0}], "found dict"),
        ([0, 1], "found int"),
        (None, "found NoneType"),
    ],
)
def test_to_indicator_refuses_other_things(y: list[list[str]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        to_indicator(y)


def test_sort_labels_orders_and_drops_repetitions() -> None:
    assert sort_labels(["framing", "confirmation", "framing"]) == ("confirmation", "framing")


def test_to_targets_takes_labels_and_probabilities() -> None:
    np.testing.assert_array_equal(to_targets([["denial"], []]), [[0, 1, 0, 0], [0, 0, 0, 0]])
    np.testing.assert_array_equal(to_targets(np.array([[1.0, 0, 0, 0]])), [[1, 0, 0, 0]])
    soft = np.array([[0.2, 0.9, 0, 1]])
    np.testing.assert_array_equal(to_targets(soft), soft)
    for wrong in (np.array([[0.2, 0.9, 0, 1.1]]), np.array([[0.2, 0.9]]), np.array([[np.nan, 0, 0, 0.5]])):
        with pytest.raises(InputError, match="y: expected"):
            to_targets(wrong)
