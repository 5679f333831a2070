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
    labelled a task, the annotation marked as ground truth counts; without one they must agree.

    Args:
        text: Label Studio's export in the format "JSON".
        name: of the file, for messages.

    Raises:
        InputError: the text is no such export.
    """
    try:
        tasks = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name}: expected an export of Label Studio in the format JSON, found no JSON") from error
    if not isinstance(tasks, list):
        raise InputError(f"{name}: expected a list of Label Studio tasks, found {type(tasks).__name__}")
    for number, task in enumerate(tasks, start=1):
        try:
            row = _parse_task(task)
        except InputError as error:
            yield f"{name}: task {number}", str(error)
            continue
        if row is not None:
            yield f"{name}: task {number}", row


def _parse_task(task: Any) -> dict[str, Any] | None:
    if not isinstance(task, dict) or not isinstance(task.get("data"), dict):
        raise InputError("expected a task with 'data'; export in the format JSON, not JSON-MIN")
    annotations = task.get("annotations") or []
    if not isinstance(annotations, list) or not all(isinstance(a, dict) for a in annotations):
        raise InputError("expected a list of annotations")
    kept = [a for a in annotations if not a.get("was_cancelled")]
    truth = [a for a in kept if a.get("ground_truth")] or kept
    if not truth:
        return None
    found = [_parse_annotation(annotation) for annotation in truth]
    if any(other != found[0] for other in found):
        raise InputError(f"its {len(found)} annotations differ; mark the right one as ground truth in Label Studio")
    return {**task["data"], **found[0]}


def _parse_annotation(annotation: Mapping[str, Any]) -> dict[str, Any]:
    choices: dict[str, list[str]] = {}
    for item in annotation.get("result") or []:
        if isinstance(item, dict) and item.get("from_name") in _CONTROLS:
            choices[item["from_name"]] = list((item.get("value") or {}).get("choices") or [])
    labels = choices.get("labels")
    if not labels:
        raise InputError(f"expected a choice for 'labels' ({NONE} where no label holds), found none")
    if NONE in labels and len(labels) > 1:
        raise InputError(f"expected {NONE} or labels, found both: {', '.join(map(str, labels))}")
    primary = choices.get("primary")
    return {"labels": sorted(set(labels) - {NONE}, key=str), "primary": primary[0] if primary else None}
