"""Tasks of Label Studio: a round trip loses nothing, and what cannot be used is told by its task."""

import copy
import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from stance.errors import InputError
from stance.examples import Example, read_examples, write_examples
from stance.labels import LABELS, NONE
from tests.test_cli import run

ROOT = Path(__file__).parent.parent
EXAMPLES = [
    Example("“No,” he said – ‘naïve’ as ever.", ("denial", "framing"), "denial", "a-1", "a", {"register": "wire"}),
    Example("The shop opens at nine.", (), "none", "a-2", "a", {"contrast_set": None, "rules": ["8b"]}),
    Example("It may rain.", ("hedging",)),
]


def choose(control: str, *choices: str) -> dict[str, Any]:
    return {"from_name": control, "to_name": "text", "type": "choices", "value": {"choices": list(choices)}, "id": "x"}


def annotate(*labels: str, **settings: Any) -> dict[str, Any]:
    return {"id": 5, "completed_by": 1, "was_cancelled": False, "result": [choose("labels", *labels)], **settings}


def write_tasks(path: Path, *tasks: Any) -> Path:
    path.write_text(json.dumps(tasks), encoding="utf-8")
    return path


def test_round_trip_loses_nothing(tmp_path: Path) -> None:
    write_examples(tmp_path / "tasks.json", EXAMPLES)
    back = read_examples(tmp_path / "tasks.json")
    assert back == EXAMPLES


def test_round_trip_through_the_command_line(tmp_path: Path, examples: list[Example]) -> None:
    source = ROOT / "tests" / "data" / "examples.jsonl"
    assert run("to-label-studio", "--labelled", source, "-o", tmp_path / "tasks.json").returncode == 0
    back = run("from-label-studio", tmp_path / "tasks.json", "-o", tmp_path / "back.jsonl")
    assert back.returncode == 0
    assert back.stderr.decode() == f"96 labelled sentences in {tmp_path / 'back.jsonl'}, of 96 tasks\n"
    assert read_examples(tmp_path / "back.jsonl") == examples


def test_tasks_are_what_label_studio_imports_and_its_interface_shows(tmp_path: Path) -> None:
    write_examples(tmp_path / "tasks.json", EXAMPLES[:1])
    (task,) = json.loads((tmp_path / "tasks.json").read_text(encoding="utf-8"))
    view = ET.parse(ROOT / "docs" / "label-studio.xml").getroot()  # noqa: S314 - our own file
    controls = {control.get("name"): control for control in view.iter("Choices")}
    shown = {text.get("name"): str(text.get("value")).removeprefix("$") for text in view.iter("Text")}
    assert shown == {"text": "text"}
    assert task["data"]["text"] == EXAMPLES[0].text
    (annotation,) = task["annotations"]
    assert [item["from_name"] for item in annotation["result"]] == ["labels", "primary"]
    for item in annotation["result"]:
        control = controls[item["from_name"]]
        offered = [choice.get("value") for choice in control.iter("Choice")]
        assert item["to_name"] == control.get("toName")
        assert offered == [*LABELS, NONE]
        assert set(item["value"][item["type"]]) <= set(offered)


def test_articles_become_tasks_that_wait_to_be_labelled(tmp_path: Path) -> None:
    result = run("to-label-studio", ROOT / "docs" / "article.txt")
    tasks = json.loads(result.stdout)
    assert len(tasks) == 24
    assert result.stderr == b"24 tasks\n"
    assert all("annotations" not in task for task in tasks)
    assert {task["data"]["group"] for task in tasks} == {str(ROOT / "docs" / "article.txt")}
    assert len({task["data"]["id"] for task in tasks}) == 24
    (tmp_path / "tasks.json").write_bytes(result.stdout)
    with pytest.raises(InputError, match="found none that anybody has labelled"):
        read_examples(tmp_path / "tasks.json")


def test_tables_become_tasks_with_their_ids() -> None:
    result = run("to-label-studio", "-", "--input", "csv", "--column", "post", stdin=b"id,post\n7,He denied it.\n")
    assert json.loads(result.stdout) == [{"data": {"id": "7", "post": "He denied it.", "text": "He denied it."}}]


def test_tables_keep_their_columns_and_blank_cells_are_told() -> None:
    result = run("to-label-studio", "-", "--input", "csv", stdin=b"id,text,group,url\n1,He left.,d,x\n2,,d,y\n")
    assert [task["data"] for task in json.loads(result.stdout)] == [
        {"id": "1", "text": "He left.", "group": "d", "url": "x"}
    ]
    assert result.stderr.decode().splitlines() == ["warning: stdin:2: no text; left out", "1 task"]


def test_reading_passes_over_what_nobody_labelled(tmp_path: Path) -> None:
    data = {"text": "He left."}
    tasks = [
        {"data": data},
        {"data": data, "annotations": []},
        {"data": data, "annotations": [annotate("denial", was_cancelled=True)]},
        {"data": data, "annotations": [annotate("none")], "predictions": [annotate("denial")]},
    ]
    assert read_examples(write_tasks(tmp_path / "t.json", *tasks)) == [Example("He left.", ())]


def test_tasks_of_the_same_number_are_all_read(tmp_path: Path) -> None:
    tasks = [{"id": 1, "data": {"text": text}, "annotations": [annotate("none")]} for text in ("One.", "Two.")]
    assert len(read_examples(write_tasks(tmp_path / "t.json", *tasks))) == 2


def test_the_second_question_may_be_left_open(tmp_path: Path) -> None:
    named, silent = annotate("denial", "framing"), annotate("framing", "denial")
    named["result"].append(choose("primary", "denial"))
    other = copy.deepcopy(named)
    other["result"][-1] = choose("primary", "framing")
    pairs = ([named, silent], [named, other], [silent, silent])
    path = write_tasks(tmp_path / "t.json", *({"data": {"text": "a"}, "annotations": list(pair)} for pair in pairs))
    assert [example.primary for example in read_examples(path)] == ["denial", None, None]


def test_reading_takes_ground_truth_or_agreement(tmp_path: Path) -> None:
    data = {"text": "He denied it.", "id": 3}
    agreed = [annotate("framing", "denial"), annotate("denial", "framing")]
    judged = [annotate("hedging"), annotate("denial", ground_truth=True)]
    path = write_tasks(tmp_path / "t.json", *({"data": data, "annotations": found} for found in (agreed, judged)))
    assert [example.labels for example in read_examples(path)] == [("denial", "framing"), ("denial",)]


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ({"text": "He left.", "labels": "none"}, "export in the format JSON, not JSON-MIN"),
        ({"data": {"text": "a"}, "annotations": [annotate("denial"), annotate("none")]}, "its annotations differ"),
        ({"data": {"text": "a"}, "annotations": [{"result": 5}]}, "expected a choice"),
        (
            {"data": {"text": "a"}, "annotations": [{"result": [{**choose("labels"), "value": ["x"]}]}]},
            "expected a choice",
        ),
        (
            {
                "data": {"text": "a"},
                "annotations": [{"result": [choose("labels", "denial"), choose("labels", "none")]}],
            },
            "both",
        ),
        ({"data": {"text": "a"}, "completions": []}, "before 1.0"),
        ({"data": {"text": "a"}, "annotations": [annotate()]}, "expected a choice for 'labels'"),
        ({"data": {"text": "a"}, "annotations": [annotate("none", "denial")]}, "expected none or labels, found both"),
        ({"data": {"text": "a"}, "annotations": [annotate("doubt")]}, "unknown label 'doubt'"),
        ({"data": {"txt": "a"}, "annotations": [annotate("none")]}, "expected a text in 'text'"),
        ({"data": {"text": "a"}, "annotations": [{"result": [7, {"from_name": "labels"}]}]}, "expected a choice"),
        ({"data": {"text": "a"}, "annotations": "x"}, "expected a list of annotations"),
    ],
)
def test_reading_tells_the_task_that_cannot_be_used(tmp_path: Path, task: Any, message: str) -> None:
    good = {"data": {"text": "a"}, "annotations": [annotate("none")]}
    path = write_tasks(tmp_path / "t.json", good, copy.deepcopy(task))
    with pytest.raises(InputError, match=f"task 2: .*{message}"):
        read_examples(path)


@pytest.mark.parametrize("content", ["", "{", '{"a": 1}', '"a"', "[" * 100_000])
def test_reading_refuses_other_json(tmp_path: Path, content: str) -> None:
    (tmp_path / "t.json").write_text(content)
    with pytest.raises(InputError, match=r"expected (an export|a list)"):
        read_examples(tmp_path / "t.json")
