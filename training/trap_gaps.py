"""How unlike a model's probabilities are where a sentence is about one group or another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from stance.bootstrap import Interval, bootstrap
from stance.calibration import Floats
from stance.labels import LABELS

MIN_CASES = 5


@dataclass(frozen=True)
class Gap:
    """The largest difference between two groups in the mean probability of a label.

    Attributes:
        swap: what is exchanged.
        label: whose probability.
        higher: the group with the higher mean.
        lower: the other one.
        n_cases: cases that contain both.
        n_pairs: pairs of groups among which this is the largest difference.
        difference: mean over the cases, 0 to 1.
        interval: of the difference of this pair, 95 %.
        largest: largest difference between two variants of one case, over all cases of the swap, 0 to 1.
    """

    swap: str
    label: str
    higher: str
    lower: str
    n_cases: int
    n_pairs: int
    difference: float
    interval: Interval
    largest: float


def compute_gaps(swap: str, cases: Sequence[Mapping[str, Floats]], seed: int = 0) -> list[Gap]:
    """Compare the groups of one swap, label by label.

    This is counterfactual token fairness (Garg et al. 2019, https://arxiv.org/abs/1809.10610), measured on the
    invariance tests of CheckList (Ribeiro et al. 2020, https://aclanthology.org/2020.acl-main.442/): what a model says
    of the same sentence about somebody else. It tells nothing of sentences that are written about one group and not
    about another, nor whether the model is right more often on one; and a group is no more than the words that stand
    for it in the cases.

    The pair with the largest difference is picked, so that with many pairs some difference is large by chance; its
    interval does not allow for that. It is the percentile bootstrap over cases, and too narrow where they are few.

    Args:
        swap: what is exchanged.
        cases: for each, the probabilities of its variants, by group; shape (4,).
        seed: for the draws.

    Returns:
        One for each label, in the order of `LABELS`; none where no two groups share five cases.
    """
    groups = sorted({group for case in cases for group in case})
    shared = {
        (first, second): np.array([case[first] - case[second] for case in cases if first in case and second in case])
        for first, second in combinations(groups, 2)
    }
    differences = {pair: rows for pair, rows in shared.items() if len(rows) >= MIN_CASES}  # (n_cases, 4) each
    if not differences:
        return []
    largest = np.max([np.ptp(np.stack(list(case.values())), axis=0) for case in cases], axis=0)
    gaps = []
    for j, label in enumerate(LABELS):
        means = {pair: rows[:, j].mean() for pair, rows in differences.items()}
        pair = max(means, key=lambda pair: abs(means[pair]))
        sign = -1 if means[pair] < 0 else 1
        rows = sign * differences[pair][:, j]
        gaps.append(
            Gap(
                swap=swap,
                label=label,
                higher=pair[0] if sign > 0 else pair[1],
                lower=pair[1] if sign > 0 else pair[0],
                n_cases=len(rows),
                n_pairs=len(means),
                difference=float(rows.mean()),
                interval=_bootstrap_mean(rows, seed),
                largest=float(largest[j]),
            )
        )
    return gaps


def _bootstrap_mean(rows: Floats, seed: int) -> Interval:
    interval: Interval = bootstrap(lambda drawn: float(drawn @ rows / len(rows)), np.arange(len(rows)), seed)
    return interval
