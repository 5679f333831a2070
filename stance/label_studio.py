"""Tasks of Label Studio (https://labelstud.io) ↔ rows, so that a team can label its own text.

A task holds a row's columns as its `data`, the labels as choices of the control `labels`, and the label a reader would
name first as the choice of the control `primary`. The interface that shows them is `docs/label-studio.xml`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from stance.errors import InputError
from stance.labels import NONE

_CONTROLS = ("labels", "primary")


def to_tasks(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Turn rows into tasks for Label Studio's import.

    Args:
        rows: each with `text` and, once labelled, `labels` and `primary`; other columns become data of the task.

    Returns:
        One task a row; a row without `labels` becomes a task that waits to be labelled.
    """
    return [_to_task(row) for row in rows]


def _to_task(row: Mapping[str, Any]) -> dict[str, Any]:
    task: dict[str, Any] = {"data": {key: value for key, value in row.items() if key not in _CONTROLS}}
    if row.get("labels") is not None:
        result = [_to_choice("labels", row["labels"] or [NONE])]
        if row.get("primary"):
            result.append(_to_choice("primary", [row["primary"]]))
        task["annotations"] = [{"result": result}]
    return task


def _to_choice(control: str, choices: list[str]) -> dict[str, Any]:
    return {"from_name": control, "to_name": "text", "type": "choices", "value": {"choices": list(choices)}}


def parse_tasks(text: str, name: str) -> Iterator[tuple[str, Any]]:
    """Yield the row of each labelled task with its place; a message in place of the row is a problem with it.

    Tasks that nobody has labelled yet, and annotations that were skipped, are passed over. Where several people
    labelled a task, the annotation marked as ground truth counts; without one their labels must agree. The primary
    label is then what those who chose one agree on.

    Args:
        text: Label Studio's export in the format "JSON".
        name: of the file, for messages.

    Raises:
        InputError: the text is no such export, or none of its tasks is labelled.
    """
    n_labelled = 0
    tasks = parse_annotations(text, name)
    for place, annotations in tasks:
        if annotations:
            n_labelled += 1
            yield place, annotations if isinstance(annotations, str) else _settle(annotations)
    if not n_labelled:
        raise InputError(f"{name}: expected labelled tasks, found none that anybody has labelled")


def parse_annotations(text: str, name: str) -> Iterator[tuple[str, list[dict[str, Any]] | str]]:
    """Yield for each task its place and one row for each annotation that counts; a message is a problem with the task.

    Raises:
        InputError: the text is no export of Label Studio in the format "JSON".
    """
    try:
        tasks = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name}: expected an export of Label Studio in the format JSON, found no JSON") from error
    if not isinstance(tasks, list):
        raise InputError(f"{name}: expected a list of Label Studio tasks, found {type(tasks).__name__}")
    for number, task in enumerate(tasks, start=1):
        place = f"{name}: task {task.get('id', number) if isinstance(task, dict) else number}"
        if not isinstance(task, dict) or not isinstance(task.get("data"), dict):
            raise InputError(f"{place}: expected a task with 'data'; export in the format JSON, not JSON-MIN")
        try:
            yield place, _parse_task(task)
        except InputError as error:
            yield place, str(error)


def _parse_task(task: Mapping[str, Any]) -> list[dict[str, Any]]:
    if "completions" in task:
        raise InputError("comes from Label Studio before 1.0; import it into a newer one and export it anew")
    annotations = task.get("annotations") or []
    if not isinstance(annotations, list) or not all(isinstance(a, dict) for a in annotations):
        raise InputError("expected a list of annotations")
    kept = [a for a in annotations if not a.get("was_cancelled")]
    truth = [a for a in kept if a.get("ground_truth")] or kept
    return [{**task["data"], **_parse_annotation(annotation)} for annotation in truth]


def _settle(annotations: list[dict[str, Any]]) -> dict[str, Any] | str:
    """Return the one row that the annotations agree on, or say how they differ."""
    chosen = [row["labels"] for row in annotations]
    if any(labels != chosen[0] for labels in chosen):
        shown = " / ".join(", ".join(map(str, labels)) or NONE for labels in chosen)
        text = str(annotations[0].get("text"))[:40]
        return f"its annotations differ ({shown}) on {text!r}; mark the right one as ground truth in Label Studio"
    primary = {row["primary"] for row in annotations} - {None}
    return {**annotations[0], "primary": primary.pop() if len(primary) == 1 else None}


def _parse_annotation(annotation: Mapping[str, Any]) -> dict[str, Any]:
    choices: dict[str, list[str]] = {control: [] for control in _CONTROLS}
    result = annotation.get("result")
    for item in result if isinstance(result, list) else []:
        if isinstance(item, dict) and item.get("from_name") in _CONTROLS:
            value = item.get("value")
            chosen = value.get("choices") if isinstance(value, dict) else None
            chosen = [chosen] if isinstance(chosen, str) else chosen
            choices[item["from_name"]] += map(str, chosen) if isinstance(chosen, list) else []
    labels, primary = choices["labels"], choices["primary"]
    if not labels:
        raise InputError(
            f"expected a choice for 'labels' ({NONE} where no label holds), found none; "
            "label with the interface docs/label-studio.xml"
        )
    if NONE in labels and len(labels) > 1:
        raise InputError(f"expected {NONE} or labels, found both: {', '.join(map(str, labels))}")
    return {"labels": sorted(set(labels) - {NONE}, key=str), "primary": primary[0] if primary else None}
