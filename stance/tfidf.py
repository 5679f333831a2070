"""The classic baseline: TF-IDF of words, negation marked, and of characters; a logistic regression for each label."""

import copy
import json
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import skops.io
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline, make_pipeline, make_union

from stance.calibration import Calibration, Floats
from stance.classifier import Classifier, check_each_label_has_examples, check_examples
from stance.errors import InputError, ModelError
from stance.folder import ModelInfo, check_kind
from stance.negation import MARK, mark_negation

_MODEL = "model.skops"
_VOCABULARIES = "vocabularies.json"
# Words with inner apostrophes, those under a negation marked as such, and the marks that carry tone.
_TOKENS = rf"(?u){MARK}?\w+(?:['’]\w+)?|[?!“”\"…]"
_TRUSTED = [f"{mark_negation.__module__}.{mark_negation.__name__}"]  # beyond what skops knows to be safe


class TfidfClassifier(BaseEstimator, Classifier):  # type: ignore[misc]  # scikit-learn has no types
    """Baseline that any scikit-learn user can read: `pipeline_` is an ordinary scikit-learn pipeline.

    Args:
        word_ngrams: longest sequence of words used as a feature, at least 1.
        char_ngrams: longest sequence of characters within words, at least 2.
        min_df: a feature occurs in at least so many training sentences.
        max_features: most features kept of either sort, the frequent first.
        C: inverse strength of regularisation, above 0.
        seed: for the solver.

    >>> TfidfClassifier(C=2.0).get_params()["C"]
    2.0
    """

    kind: ClassVar[str] = "tfidf"

    def __init__(
        self,
        word_ngrams: int = 2,
        char_ngrams: int = 5,
        min_df: int = 2,
        max_features: int = 40_000,
        C: float = 3.0,  # noqa: N803  # scikit-learn's name
        seed: int = 0,
    ) -> None:
        self.word_ngrams = word_ngrams
        self.char_ngrams = char_ngrams
        self.min_df = min_df
        self.max_features = max_features
        self.C = C
        self.seed = seed

    def fit(self, texts: Iterable[str], y: ArrayLike | Sequence[Iterable[str]]) -> Self:
        """Learn features and weights; follow with `calibrate` on other sentences.

        Args:
            texts: sentences.
            y: their labels: names per sentence, or 0 and 1 of shape (n_sentences, 4).

        Raises:
            InputError: no sentence, or a label without an example.
        """
        checked, indicator = check_examples(texts, y)
        check_each_label_has_examples(indicator, "training data")
        try:
            self.pipeline_: Pipeline = self._build_pipeline().fit(checked, indicator)
        except ValueError as error:  # an impossible parameter, or one that leaves no feature
            raise InputError(f"training data with {self.get_params()}: {error}") from error
        self.calibration_ = Calibration()
        self.info_ = ModelInfo("tfidf", self.kind, self.calibration_, {})
        return self

    def _build_pipeline(self) -> Pipeline:
        common = {"min_df": self.min_df, "max_features": self.max_features, "sublinear_tf": True, "dtype": np.float32}
        words = TfidfVectorizer(
            ngram_range=(1, self.word_ngrams), preprocessor=mark_negation, token_pattern=_TOKENS, **common
        )
        characters = TfidfVectorizer(ngram_range=(2, self.char_ngrams), analyzer="char_wb", **common)
        model = LogisticRegression(
            C=self.C, class_weight="balanced", solver="liblinear", random_state=self.seed, max_iter=1000
        )
        return make_pipeline(make_union(words, characters), OneVsRestClassifier(model))

    def _compute_scores(self, texts: list[str]) -> tuple[Floats, NDArray[np.bool_]]:
        self._check_fitted()
        if not texts:
            return np.zeros((0, len(self.classes_))), np.zeros(0, dtype=np.bool_)
        scores = np.asarray(self.pipeline_.decision_function(texts), dtype=np.float64)
        return scores, np.zeros(len(texts), dtype=np.bool_)

    def _check_fitted(self) -> None:
        if not hasattr(self, "pipeline_"):
            raise NotFittedError("This TfidfClassifier is not fitted yet; call fit first, or from_pretrained")

    def _get_settings(self) -> dict[str, Any]:
        return dict(self.get_params())

    def _write_files(self, folder: Path) -> None:
        # The vocabularies, read as one JSON file, open ten times as fast as within skops.
        stripped = copy.deepcopy(self.pipeline_)
        vocabularies = {}
        for name, vectorizer in stripped[0].transformer_list:
            vocabularies[name] = sorted(vectorizer.vocabulary_, key=vectorizer.vocabulary_.__getitem__)
            vectorizer.vocabulary_ = {}
        text = json.dumps(vocabularies, ensure_ascii=False)
        (folder / _VOCABULARIES).write_text(text, encoding="utf-8")
        skops.io.dump(stripped, folder / _MODEL, compression=zipfile.ZIP_DEFLATED, compresslevel=9)

    @classmethod
    def _read_files(cls, folder: Path, info: ModelInfo) -> Self:
        check_kind(folder, info, cls.kind, _MODEL, _VOCABULARIES)
        if set(info.settings) != set(cls().get_params()):
            raise ModelError(f"{folder}: settings in stance.json are not those of TfidfClassifier: {info.settings}")
        model = cls(**info.settings)
        model.pipeline_ = skops.io.load(folder / _MODEL, trusted=_TRUSTED)
        vocabularies = json.loads((folder / _VOCABULARIES).read_text(encoding="utf-8"))
        for name, vectorizer in model.pipeline_[0].transformer_list:
            vectorizer.vocabulary_ = {term: column for column, term in enumerate(vocabularies[name])}
        model.calibration_ = info.calibration
        model.info_ = info
        return model
