"""Trap cases: sentences written to find out whether a model has understood what the labels mean."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from stance.errors import InputError, join_problems
from stance.labels import LABELS, describe_unknown_label
from stance.rows import decode, read_bytes

RULES = {
    1: "what the sentence itself says, quotations included",
    2: "a negated act: “did not deny”, “could not confirm”",
    3: "a confirmation that is itself in doubt",
    4: "two claims, two labels",
    5: "an act at arm's length: “is said to have denied”",
    6: "headlines, and those that ask",
    7: "labels side by side, whichever comes first",
    8: "what a second careful reader would notice",
    9: "called false in passing: “a hoax”",
    10: "lying about something",
    11: "“no hoax”, “not fake news”",
    12: "a quoted claim as a headline",
    13: "findings that settle a dispute, and routine ones",
    14: "“could”, “may”: what is possible, what is allowed",
    15: "predictions, wishes, demands, promises",
    16: "unnamed sources; declining to comment",
    17: "“little evidence”, “few believe”",
    18: "mockery, with the claim named or without",
    19: "questions that ask, that doubt, that assert",
    20: "“accused”, “argued”; “claimed”, “alleged”",
    21: "“almost certain”, “certain”",
    22: "lying with no claim named",
    23: "a missing reply; asking for confirmation",
    24: "one evaluative word; strong words for strong facts",
    25: "clauses of equal weight; quoted loaded headlines",
    26: "one hedge is enough; stock phrases, concessions",
    27: "quiet contradiction; proof of the opposite",
    28: "a negative that is confirmed",
    29: "“I don't think”: facts, taste and policy",
    30: "“I believe”, “I think”: doubt or conviction",
}


def _check_text(text: str) -> str:
    if not text.strip():
        raise ValueError("expected a sentence, found nothing")
    return text


def _check_label(label: str) -> str:
    if label not in LABELS:
        raise ValueError(describe_unknown_label(label))
    return label


Text = Annotated[str, AfterValidator(_check_text)]
Label = Annotated[str, AfterValidator(_check_label)]
Rule = Annotated[int, Field(ge=1, le=len(RULES))]
Swap = Literal["name", "place", "gender", "party", "outlet", "date", "quotes", "spelling"]
Change = Literal[
    "hedge added", "hedge removed", "negation added", "negation removed", "loaded word added", "loaded word calmed",
    "proof added", "proof removed", "act added", "act removed",
]  # fmt: skip


class _Case(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class FunctionalityCase(_Case):
    """A sentence, with labels that must and labels that must not be found."""

    kind: ClassVar[str] = "functionality"
    rule: Rule
    text: Text
    has: list[Label] = []
    lacks: list[Label] = []

    @property
    def texts(self) -> dict[str, str]:
        """The sentences, by what they are."""
        return {"text": self.text}

    @model_validator(mode="after")
    def _labels_make_sense(self) -> Self:
        labels = [*self.has, *self.lacks]
        if not labels:
            raise ValueError("expected labels in has, in lacks or in both, found none")
        for label in LABELS:
            if labels.count(label) > 1:
                raise ValueError(f"expected {label} once, in has or in lacks, found it again")
        return self


class InvarianceCase(_Case):
    """Variants of a sentence that must carry the same labels, by the group each is about."""

    kind: ClassVar[str] = "invariance"
    rule: Rule | None = None
    swap: Swap
    variants: dict[str, Text] = Field(min_length=2)

    @property
    def texts(self) -> dict[str, str]:
        """The sentences, by their group."""
        return self.variants

    @model_validator(mode="after")
    def _variants_differ(self) -> Self:
        if len(set(self.variants.values())) < len(self.variants):
            raise ValueError("expected variants that differ, found one twice")
        return self


class DirectionCase(_Case):
    """A sentence before and after a change that must move the probability of a label."""

    kind: ClassVar[str] = "direction"
    rule: Rule
    change: Change
    label: Label
    move: Literal["up", "down"]
    before: Text
    after: Text

    @property
    def texts(self) -> dict[str, str]:
        """The two sentences."""
        return {"before": self.before, "after": self.after}

    @model_validator(mode="after")
    def _texts_differ(self) -> Self:
        if self.before == self.after:
            raise ValueError("expected before and after to differ, found them the same")
        return self


TrapCase = FunctionalityCase | InvarianceCase | DirectionCase
_KINDS: dict[str, type[TrapCase]] = {case.kind: case for case in (FunctionalityCase, InvarianceCase, DirectionCase)}


def read_traps(path: str | Path) -> list[TrapCase]:
    """Read a YAML file with trap cases of one kind.

    Raises:
        InputError: the file cannot be read or holds something else; every problem is told with its line and case.
    """
    text, n_broken = decode(read_bytes(Path(path)))
    problems = [f"{path}: {n_broken} broken characters; expected UTF-8; save it anew as UTF-8"] if n_broken else []
    data, lines = _parse(path, text)
    kind, rows = (data.get("kind"), data.get("cases")) if isinstance(data, dict) else (None, None)
    if kind not in list(_KINDS) or not isinstance(rows, list) or not rows or len(data) > 2:
        raise InputError(
            f"{path}: expected two keys, kind ({', '.join(_KINDS)}) and cases (a list), found "
            f"{', '.join(map(str, data)) if isinstance(data, dict) else type(data).__name__}"
            f"{f' with kind {kind!r}' if kind is not None else ''}; docs/traps.md shows a file of each kind"
        )
    cases: list[TrapCase] = []
    for number, (line, row) in enumerate(zip(lines, rows, strict=True), start=1):
        try:
            cases.append(_KINDS[kind].model_validate(row))
        except ValidationError as error:
            problems += [f"{path}:{line}: case {number}: {problem}" for problem in _describe(_KINDS[kind], error)]
    if problems:
        raise InputError(join_problems(problems))
    return cases


class _Loader(yaml.SafeLoader):
    """Reads YAML as its standard has it: no key stands twice. PyYAML would keep the last and drop the others."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        for i, (key, _) in enumerate(node.value):
            if key.value in keys[:i]:
                raise yaml.constructor.ConstructorError(None, None, f"key {key.value!r} stands twice", key.start_mark)
        return super().construct_mapping(node, deep)


def _parse(path: str | Path, text: str) -> tuple[Any, list[int]]:
    """Return what the file holds, and the line on which each of its cases begins."""
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        data = loader.construct_document(node) if node else None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: cannot be read as YAML: {' '.join(str(error).split())[:300]}") from error
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    cases = next((value for key, value in pairs if key.value == "cases"), None)
    items = cases.value if isinstance(cases, yaml.SequenceNode) else []
    return data, [item.start_mark.line + 1 for item in items]


def _describe(model: type[BaseModel], error: ValidationError) -> Iterator[str]:
    for problem in error.errors():
        key = ".".join(map(str, problem["loc"]))
        match problem["type"]:
            case "model_type":
                yield f"expected keys and values, found {problem['input']!r}"
            case "extra_forbidden":
                yield f"unknown key {key}; expected {', '.join(model.model_fields)}"
            case "missing":
                yield f"missing key {key}"
            case "value_error":
                yield f"{key}: {problem['ctx']['error']}".removeprefix(": ")
            case _:
                message = problem["msg"]
                yield f"{key}: {message[0].lower()}{message[1:]}; found {problem['input']!r}"
