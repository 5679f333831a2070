"""Models on the Hugging Face hub: real requests of the real client, to a stand-in for the hub."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import DATA, ROOT
from tests.hub_server import Files, Hub, serve_hub

NAME = "owner/name"
UNKNOWN = "owner/unknown: no such folder here, and not to be had from the Hugging Face hub ("
CODE = {"model.pkl": b"code", "pytorch_model.bin": b"code", "sub/model.pkl": b"code", "handler.py": b"code"}
# huggingface_hub reads its environment when it is imported: a client is a process, which answers expressions.
CLIENT = """
import json, sys
import stance

TEXTS = ["The ministry denied the report.", "It may have known.", "Officials confirmed it on Monday."]

def push(name):
    with open(sys.argv[1], encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    texts, labels = [row["text"] for row in rows], [row["labels"] for row in rows]
    model = stance.TfidfClassifier(min_df=1).fit(texts, labels).calibrate(texts, labels)
    return model.push_to_hub(name, private=True), model.predict_proba(TEXTS).tolist()

def load(*args, open_model=stance.load, **options):
    try:
        return open_model(*args, **options).predict_proba(TEXTS).tolist()
    except stance.ModelError as error:
        return str(error)

for line in sys.stdin:
    print(json.dumps(eval(line)), flush=True)
"""
Ask = Callable[[str], Any]


@contextmanager
def start_client(url: str, home: Path, **variables: str) -> Iterator[Ask]:
    """Start a process that takes `url` for the hub and keeps its downloads in `home`."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "TRANSFORMERS_"))}
    settings = {"HF_ENDPOINT": url, "HF_HOME": str(home), "HF_TOKEN": "hf_dummy", "HF_HUB_DISABLE_XET": "1"}
    environment = {**inherited, **settings, "NO_PROXY": "127.0.0.1", **variables}
    command = [sys.executable, "-W", "error", "-c", CLIENT, str(DATA / "examples.jsonl")]
    with subprocess.Popen(
        command, env=environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdin
        assert process.stdout
        requests, answers = process.stdin, process.stdout

        def ask(expression: str) -> Any:
            requests.write(f"{expression}\n")
            requests.flush()
            answer = answers.readline()
            assert answer, f"{expression}: the client failed; see what it wrote to stderr"
            return json.loads(answer)

        yield ask


@dataclass
class Visit:
    """What a client and its hub saw; `home` holds what it downloaded."""

    hub: Hub
    home: Path
    address: str
    proba: list[list[float]]
    uploaded: Files
    loaded: list[Any]
    loaded_without_hub: list[Any]


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> Visit:
    """A model is pushed, somebody puts code beside it, it is loaded, and loaded again after the hub has stopped."""
    home = tmp_path_factory.mktemp("home")
    with ExitStack() as until_end:
        with serve_hub() as hub:
            ask = until_end.enter_context(start_client(hub.url, home))
            address, proba = ask(f"push({NAME!r})")
            uploaded = dict(hub.repositories[NAME])
            hub.repositories[NAME] |= CODE
            openers = ["stance.load", "stance.TfidfClassifier.from_pretrained"]
            loaded = [ask(f"load({NAME!r}, open_model={opener})") for opener in openers]
        without_hub = [ask(f"load({name!r}, local_files_only=True)") for name in (NAME, "owner/unknown")]
    return Visit(hub, home, address, proba, uploaded, loaded, without_hub)


def test_push_to_hub_creates_the_repository_and_uploads_the_model_folder(visit: Visit) -> None:
    assert [(row["organization"], row["name"], row["visibility"]) for row in visit.hub.created] == [
        ("owner", "name", "private")
    ]
    listed = json.loads(visit.uploaded["stance.json"])["files"]
    assert "model.skops" in listed
    assert set(visit.uploaded) == {".gitattributes", "stance.json", *listed}
    assert visit.address.startswith(f"{visit.hub.url}/{NAME}/commit/")


def test_load_and_from_pretrained_give_the_model_that_was_pushed(visit: Visit) -> None:
    assert visit.loaded == [visit.proba, visit.proba]


def test_load_requests_no_file_that_can_run_code(visit: Visit) -> None:
    commit = visit.hub.compute_commit(NAME)
    files = {request.split(f"/resolve/{commit}/")[1] for request in visit.hub.requests if "/resolve/" in request}
    assert files == set(visit.uploaded) - {".gitattributes"}
    assert not [request for request in visit.hub.requests for path in CODE if path in request]
    assert not [path for path in visit.home.rglob("*") if path.suffix in (".pkl", ".bin", ".py")]


def test_load_with_local_files_only_works_from_the_cache_when_the_hub_is_gone(visit: Visit) -> None:
    known, unknown = visit.loaded_without_hub
    assert known == visit.proba
    assert unknown.startswith(UNKNOWN)
    assert len(unknown.splitlines()) == 1


def test_load_offline_works_from_the_cache_when_the_hub_is_gone(visit: Visit) -> None:
    with start_client(visit.hub.url, visit.home, HF_HUB_OFFLINE="1") as ask:
        known, unknown = ask(f"load({NAME!r})"), ask("load('owner/unknown')")
    assert known == visit.proba
    assert unknown.startswith(UNKNOWN)
    assert len(unknown.splitlines()) == 1


def test_load_names_what_is_wrong_on_the_hub_in_one_line(visit: Visit, tmp_path: Path) -> None:
    altered, foreign = visit.uploaded | {"model.skops": b"other"}, visit.uploaded | {"config.json": b"{}"}
    with (
        serve_hub({"owner/altered": altered, "owner/foreign": foreign}) as hub,
        start_client(hub.url, tmp_path) as ask,
    ):
        messages = [ask(f"load('owner/{name}')") for name in ("altered", "foreign", "unknown")]
    for message, problem in zip(
        messages, ["model.skops is altered", "config.json is foreign", f"{UNKNOWN}404"], strict=True
    ):
        assert problem in message
        assert len(message.splitlines()) == 1
