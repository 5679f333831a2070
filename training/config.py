"""Recipes: a YAML file, overridden by `key=value` on the command line, checked as a whole."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from stance.errors import ConfigError, join_problems
from stance.rows import decode, read_bytes


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class DataConfig(_Section):
    """Labelled files, and how they are parted."""

    train: list[str] = Field(min_length=1, description="labelled file to learn from, or a list of them")
    validation: str | None = Field(
        None, description="labelled file to calibrate on; without it a part of train is set aside"
    )
    validation_fraction: float = Field(0.15, gt=0, lt=1, description="share of train set aside, whole documents")
    split_seed: int = Field(0, ge=0, lt=2**32, description="decides which documents; one for all seeds of a model")
    train_only: list[str] = Field(
        [], description="labelled files to learn from in whole; for sentences unlike those to be scored"
    )
    test: list[str] = Field([], description="labelled files to score at the end; nothing is fitted on them")

    @field_validator("train", "train_only", mode="before")
    @classmethod
    def _list_one(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value


class TfidfFeatures(_Section):
    """What `stance.TfidfClassifier` takes."""

    word_ngrams: int = Field(2, ge=1, le=5)
    char_ngrams: int = Field(5, ge=2, le=8)
    min_df: int = Field(2, ge=1)
    max_features: int = Field(40_000, ge=1)
    C: float = Field(3.0, gt=0)


class EncoderConfig(_Section):
    """The pretrained encoder."""

    name: str = Field("sentence-transformers/all-MiniLM-L6-v2", description="folder, or name on the hub")
    max_length: int = Field(256, ge=8, le=8192, description="most tokens read of a sentence")
    pooling: Literal["first", "mean"] = "mean"


class OptimizerConfig(_Section):
    """How the encoder is fine-tuned."""

    epochs: int = Field(4, ge=1)
    batch_size: int = Field(16, ge=1)
    learning_rate: float = Field(8e-5, gt=0)
    weight_decay: float = Field(0.01, ge=0)
    warmup: float = Field(0.06, ge=0, lt=1)
    checkpoint_steps: int = Field(200, ge=1)


class _Recipe(_Section):
    name: str = Field(min_length=1, description="name of the model")
    output: str = Field(min_length=1, description="folder the model is saved in")
    seed: int = Field(0, ge=0, lt=2**32)
    data: DataConfig

    def list_files(self) -> dict[str, list[str]]:
        """Return the files the recipe reads, by what they are for."""
        data = self.data
        validation = [data.validation] if data.validation else []
        return {"train": data.train, "train_only": data.train_only, "validation": validation, "test": data.test}

    def list_models(self) -> list[str]:
        """Return the trained models the recipe starts from."""
        return []

    @model_validator(mode="after")
    def _output_is_not_read(self) -> Self:
        read = [*(path for paths in self.list_files().values() for path in paths), *self.list_models()]
        if Path(self.output) in map(Path, read):
            raise ValueError("output: is also read from; choose another folder")
        return self

    @model_validator(mode="after")
    def _names_of_models_differ(self) -> Self:
        names = {Path(model).name for model in self.list_models()}
        if len(names) < len(self.list_models()):
            raise ValueError("two models have the same last part of their names; rename one")
        return self


class TfidfRecipe(_Recipe):
    """A recipe for the baseline."""

    features: TfidfFeatures = Field(default_factory=TfidfFeatures.model_construct)


class TransformerRecipe(_Recipe):
    """A recipe for a fine-tuned transformer."""

    encoder: EncoderConfig = Field(default_factory=EncoderConfig.model_construct)
    optimizer: OptimizerConfig = Field(default_factory=OptimizerConfig.model_construct)

    @model_validator(mode="after")
    def _output_is_not_the_encoder(self) -> Self:
        if Path(self.output) == Path(self.encoder.name):
            raise ValueError("output: is also read from; choose another folder")
        return self


class DistillRecipe(TransformerRecipe):
    """A recipe for a transformer that learns from other models."""

    teachers: list[str] = Field(min_length=1, description="model folders, or names on the hub")
    unlabelled: list[str] = Field([], description="sentences without labels: tables, or articles")
    label_weight: float = Field(0.5, ge=0, le=1, description="share of the label in what is learnt of a labelled one")

    def list_files(self) -> dict[str, list[str]]:
        """Return the files the recipe reads, by what they are for."""
        return {**super().list_files(), "unlabelled": self.unlabelled}

    def list_models(self) -> list[str]:
        """Return the teachers."""
        return self.teachers


class AverageRecipe(_Recipe):
    """A recipe for the mean of several fine-tuned transformers."""

    models: list[str] = Field(min_length=2, description="model folders: seeds of one recipe, on the same split")

    def list_models(self) -> list[str]:
        """Return the models that are averaged."""
        return self.models


Recipe = TypeVar("Recipe", TfidfRecipe, TransformerRecipe, DistillRecipe, AverageRecipe)


def read_config(recipe: type[Recipe], path: str | Path, overrides: Sequence[str]) -> Recipe:
    """Read a recipe and check it.

    Args:
        recipe: what kind it is.
        path: a YAML file.
        overrides: `key.path=value`, the value as in YAML.

    Raises:
        ConfigError: with every unknown or missing key and every impossible value, each with its path.
    """
    try:
        data = yaml.safe_load(decode(read_bytes(Path(path)))[0])
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: cannot be read as YAML: {' '.join(str(error).split())[:300]}") from error
    if not isinstance(data, dict):
        raise ConfigError(f"{path}: expected keys and values, found {type(data).__name__}")
    data = {key: {} if value is None else value for key, value in data.items()}  # a section left empty
    problems = [problem for override in overrides if (problem := _apply(data, override))]
    try:
        config = recipe.model_validate(data)
    except ValidationError as error:
        problems += [_describe(recipe, path, problem) for problem in error.errors()]
    if problems:
        raise ConfigError(join_problems(problems))
    return config


def _apply(data: dict[str, Any], override: str) -> str | None:
    """Set a key, or say why it cannot be set."""
    key, equals, value = override.partition("=")
    if not equals or not key:
        return f"{override}: expected key=value, for example optimizer.epochs=3"
    *parents, last = key.split(".")
    place = data
    for parent in parents:
        place = place.setdefault(parent, {})
        if not isinstance(place, dict):
            return f"{override}: {parent} is a value and holds no keys"
    try:
        place[last] = _parse_value(value)
    except (yaml.YAMLError, ValueError, RecursionError):
        return f"{override}: the value cannot be read as YAML"
    return None


def _parse_value(text: str) -> Any:
    value = yaml.safe_load(text)
    if isinstance(value, str):  # YAML 1.1 takes 3e-5 for a text
        try:
            return float(value) if "e" in value.lower() else value
        except ValueError:
            return value
    return value


def _describe(recipe: type[BaseModel], path: str | Path, problem: Any) -> str:
    key = ".".join(str(part) for part in problem["loc"])
    match problem["type"]:
        case "extra_forbidden":
            known = _list_keys(recipe)
            near = get_close_matches(key, known, n=1) or [k for k in known if k.split(".")[-1] == key.split(".")[-1]]
            return f"{path}: unknown key {key}; " + (
                f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
            )
        case "missing":
            return f"{path}: missing key {key}; give it in the file or on the command line: {key}=…"
        case "value_error":
            return f"{path}: {problem['msg'].removeprefix('Value error, ')}"
    return f"{path}: {key}: {problem['msg'][0].lower()}{problem['msg'][1:]}; found {problem['input']!r}"


def _list_keys(model: type[BaseModel]) -> list[str]:
    keys = []
    for name, field in model.model_fields.items():
        section: Any = field.annotation
        nested = isinstance(section, type) and issubclass(section, BaseModel)
        keys += [f"{name}.{key}" for key in _list_keys(section)] if nested else [name]
    return keys
