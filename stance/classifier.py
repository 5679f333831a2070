"""The contract that every classifier keeps: scikit-learn's methods to use it, Hugging Face's to keep it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stance.calibration import Calibration, Floats, fit_calibration
from stance.errors import InputError, ModelError, StanceError
from stance.folder import MODEL_CARD, MODEL_FILES, ModelInfo, find_model_folder, read_model_info, write_model_folder
from stance.labels import LABELS, to_indicator
from stance.scoring import ScoredSentence, to_scored_sentences
from stance.sentences import Sentence, split_sentences

MIN_LENGTH, MAX_LENGTH = 8, 32768


class Classifier(ABC):
    """Tells which of the four labels hold for each of a list of sentences.

    A subclass says how raw scores are computed and how its files are written and read; everything that follows
    from them stands here, once.

    Attributes:
        classes_: the four labels, in the order of every column.
        calibration_: how scores become probabilities and decisions.
        info_: what is known of the model: name, training, scores.
    """

    kind: ClassVar[str]
    classes_: NDArray[np.str_] = np.array(LABELS)
    calibration_: Calibration
    info_: ModelInfo

    @abstractmethod
    def _compute_scores(self, texts: list[str]) -> tuple[Floats, NDArray[np.bool_]]:
        """Return log-odds before calibration, (n_sentences, 4), and whether each text was cut, (n_sentences,)."""

    @abstractmethod
    def _write_files(self, folder: Path) -> None:
        """Write the model's own files into an empty folder."""

    @classmethod
    @abstractmethod
    def _read_files(cls, folder: Path, info: ModelInfo) -> Self:
        """Rebuild the classifier from a folder that has been checked."""
        raise NotImplementedError("open models of any kind with stance.load")

    @abstractmethod
    def _get_settings(self) -> dict[str, Any]:
        """Return what `_read_files` needs to find in `info.settings`."""

    # ---- using it ---------------------------------------------------------------------------------------------

    def decision_function(self, texts: Iterable[str]) -> Floats:
        """Return the scores before calibration as log-odds, shape (n_sentences, 4).

        A label on which a wrapped model is silent has the score -infinity.
        """
        return self._compute_scores(check_texts(texts))[0]

    def predict_proba(self, texts: Iterable[str]) -> Floats:
        """Return calibrated probabilities, shape (n_sentences, 4), columns in the order of `classes_`.

        The labels are not exclusive: a row does not sum to 1.
        """
        scores = self.decision_function(texts)
        return self.calibration_.to_proba(scores)

    def predict(self, texts: Iterable[str]) -> NDArray[np.int64]:
        """Return 1 for each label at or above its threshold, else 0; shape (n_sentences, 4)."""
        proba = self.predict_proba(texts)
        return (proba >= self.calibration_.thresholds).astype(np.int64)

    def score_text(self, text: str, *, document: str = "text") -> list[ScoredSentence]:
        """Split a text into sentences and score each.

        Args:
            text: running text of any length.
            document: name of the text, repeated in every result.
        """
        check_texts([text])
        return self.score_sentences(split_sentences(text), document=document)

    def score_sentences(
        self,
        sentences: Sequence[Sentence],
        *,
        document: str = "text",
        ids: Sequence[str | None] | None = None,
        first_index: int = 0,
    ) -> list[ScoredSentence]:
        """Score sentences that have been split already.

        Args:
            sentences: what `split_sentences` gives, or one `Sentence` for each row of a table.
            document: name of the text or table.
            ids: an identifier for each sentence.
            first_index: index of the first sentence within its document.
        """
        if ids is not None and len(ids) != len(sentences):
            raise InputError(f"ids: expected one for each of {len(sentences)} sentences, found {len(ids)}")
        scores, truncated = self._compute_scores([sentence.text for sentence in sentences])
        return to_scored_sentences(
            sentences,
            self.calibration_.to_proba(scores),
            truncated,
            self.calibration_.thresholds,
            document=document,
            model=self.info_.name,
            ids=ids,
            first_index=first_index,
        )

    # ---- deciding ---------------------------------------------------------------------------------------------

    def calibrate(self, texts: Iterable[str], y: ArrayLike | Sequence[Iterable[str]]) -> Self:
        """Fit probabilities and thresholds on labelled sentences that the model was not trained on.

        Args:
            texts: sentences.
            y: their labels: names per sentence, or 0 and 1 of shape (n_sentences, 4).

        Raises:
            InputError: a label without an example, or texts and labels that do not match.
        """
        checked, indicator = check_examples(texts, y)
        scores = self.decision_function(checked)
        self.calibration_ = fit_calibration(scores, indicator)
        return self

    def set_thresholds(self, /, **thresholds: float) -> Self:
        """Change the threshold of some labels, each from 0 to 1: `model.set_thresholds(denial=0.7)`.

        Raises:
            InputError: an unknown label, or a number outside 0 to 1.
        """
        self._check_fitted()
        self.calibration_ = self.calibration_.with_thresholds(thresholds)
        return self

    # ---- keeping it -------------------------------------------------------------------------------------------

    def save_pretrained(self, save_directory: str | Path) -> None:
        """Write the model folder. It appears only when complete; an older model of stance there is replaced.

        Raises:
            ModelError: something other than a model stands there.
        """
        self._check_fitted()
        info = replace(self.info_, kind=self.kind, calibration=self.calibration_, settings=self._get_settings())
        with write_model_folder(save_directory, info) as folder:
            self._write_files(folder)

    @classmethod
    def from_pretrained(
        cls,
        name_or_dir: str | Path,
        *,
        revision: str | None = None,
        token: str | None = None,
        local_files_only: bool = False,
    ) -> Self:
        """Open a model that ships with the package, a local model folder, or a repository on the hub.

        Args:
            name_or_dir: name, path, or `owner/name`.
            revision: branch, tag or commit on the hub.
            token: access token for the hub.
            local_files_only: use only what has been downloaded before; `HF_HUB_OFFLINE=1` does the same.

        Raises:
            ModelError: not found, of another kind, or with a missing, altered or foreign file.
        """
        folder = find_model_folder(name_or_dir, revision=revision, token=token, local_files_only=local_files_only)
        return cls.open_folder(folder, read_model_info(folder))

    @classmethod
    def open_folder(cls, folder: Path, info: ModelInfo) -> Self:
        """Rebuild the classifier from a folder whose files have been checked by `read_model_info`.

        Raises:
            ModelError: the files are those that were saved, but no model comes of them.
        """
        try:
            return cls._read_files(folder, info)
        except StanceError:
            raise
        except Exception as error:  # five libraries raise what they like on files made to be wrong
            reason = " ".join(str(error).split())[:200]
            raise ModelError(
                f"{folder}: cannot be opened as a {cls.kind} model: {reason or type(error).__name__}"
            ) from error

    def push_to_hub(
        self, repo_id: str, *, private: bool | None = None, token: str | None = None, revision: str | None = None
    ) -> str:
        """Upload the model folder to the Hugging Face hub, making the repository where it does not exist.

        Files of an older model there are removed; the model card stays.

        Args:
            repo_id: `owner/name`.
            private: whether a new repository is private; by default as its owner has set.
            token: access token; by default the one of `hf auth login`.
            revision: branch to upload to.

        Returns:
            Address of the commit.
        """
        import tempfile

        from huggingface_hub import HfApi

        api = HfApi(token=token)
        api.create_repo(repo_id, private=private, exist_ok=True)
        with tempfile.TemporaryDirectory() as parent:
            folder = Path(parent) / "model"
            self.save_pretrained(folder)
            commit = api.upload_folder(
                repo_id=repo_id,
                folder_path=folder,
                revision=revision,
                commit_message="Upload a stance model",
                delete_patterns=[pattern for pattern in MODEL_FILES if pattern != MODEL_CARD],
            )
        return str(commit)

    @abstractmethod
    def _check_fitted(self) -> None:
        """Raise if there is nothing to save or to score with yet."""


def check_texts(texts: Iterable[str]) -> list[str]:
    """Return texts as a list.

    Raises:
        InputError: one string instead of several, or an element that is no string.
    """
    if isinstance(texts, (str, bytes)):
        raise InputError("texts: expected a list of texts, found a single one; put it in brackets: [text]")
    if not isinstance(texts, Iterable) or isinstance(texts, Mapping) or getattr(texts, "ndim", 1) != 1:
        raise InputError(f"texts: expected a list or a column of texts, found {type(texts).__name__}")
    checked = list(texts)
    for i, text in enumerate(checked):
        if not isinstance(text, str):
            raise InputError(f"texts[{i}]: expected a text, found {type(text).__name__} ({text!r})")
    return checked


def check_max_length(max_length: object) -> int:
    """Return how many tokens are read at most.

    Raises:
        InputError: it is no whole number, or too small for a sentence.
    """
    if type(max_length) is not int or not MIN_LENGTH <= max_length <= MAX_LENGTH:
        raise InputError(f"max_length: expected a whole number from {MIN_LENGTH} to {MAX_LENGTH}, found {max_length!r}")
    return max_length


def check_examples(
    texts: Iterable[str], y: ArrayLike | Sequence[Iterable[str]], convert: Callable[[Any], Any] = to_indicator
) -> tuple[list[str], NDArray[Any]]:
    """Return texts as a list and labels as `convert` turns them, shape (n_sentences, 4).

    Raises:
        InputError: no sentence at all, or texts and labels of different number.
    """
    checked = check_texts(texts)
    indicator = convert(y)
    if not checked:
        raise InputError("texts: expected labelled sentences, found none")
    if len(checked) != len(indicator):
        raise InputError(f"expected labels for each of {len(checked)} texts, found {len(indicator)}")
    return checked, indicator


def check_each_label_has_examples(indicator: NDArray[Any], where: str) -> None:
    """Refuse labelled sentences from which some label cannot be learned.

    Raises:
        InputError: a label is carried by no sentence, or by every one.
    """
    counts = indicator.sum(axis=0)
    lacking = [label for label, n in zip(LABELS, counts, strict=True) if n in (0, len(indicator))]
    if lacking:
        raise InputError(
            f"{where}: expected sentences with and without each label; all or none of {len(indicator)} carry "
            f"{', '.join(lacking)}; add labelled sentences"
        )
