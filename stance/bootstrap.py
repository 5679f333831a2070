"""How sure a figure is: documents are drawn again and again, not sentences, and the figure is computed each time.

Sentences of one document resemble each other, so that they say less than as many from different documents. Intervals
are percentiles of the bootstrap (Efron 1979, https://doi.org/10.1214/aos/1176344552) over documents (the cluster
bootstrap, Davison & Hinkley 1997, "Bootstrap methods and their application", section 3.8).
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from stance.calibration import Floats
from stance.examples import name_documents

N_RESAMPLES = 1000
LEVEL = 0.95
SEED = 0

Interval = tuple[float, float]


def number_documents(groups: Iterable[str | None]) -> NDArray[np.int64]:
    """Return the number of each sentence's document, from 0, shape (n_sentences,); None is a document of its own."""
    numbers: NDArray[np.int64] = np.unique(name_documents(groups), return_inverse=True)[1]
    return numbers


def bootstrap(compute: Callable[[Floats], Any], documents: NDArray[np.int64], seed: int = SEED) -> Any:
    """Find the interval in which a figure lies in 95 % of 1,000 samples of documents, drawn with replacement.

    Args:
        compute: takes how often each row counts, shape (n_rows,), and returns a number, or a dict of numbers and of
            further dicts; NaN where a figure is not defined.
        documents: number of the document of each row, from 0 without gaps, shape (n_rows,).
        seed: for the draws; the same seed draws the same documents.

    Returns:
        (low, high) in place of each number; None for a figure that no resample defines. Resamples that do not define
        a figure are left out of its interval. None in place of all where there is one document alone: it can be
        drawn in one way only.
    """
    n_documents = int(documents.max()) + 1
    if n_documents < 2:
        return None
    rng = np.random.default_rng(seed)
    figures = []
    for _ in tqdm(range(N_RESAMPLES), desc="resampling", unit=" samples", delay=2, disable=None, leave=False):
        drawn = np.bincount(rng.integers(n_documents, size=n_documents), minlength=n_documents)
        figures.append(compute(drawn.astype(np.float64)[documents]))
    return _find_intervals(figures)


def _find_intervals(figures: list[Any]) -> Any:
    if isinstance(figures[0], dict):
        return {name: _find_intervals([each[name] for each in figures]) for name in figures[0]}
    values = np.array(figures, dtype=np.float64)
    defined = values[~np.isnan(values)]
    if not len(defined):
        return None
    low, high = np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
