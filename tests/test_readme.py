"""The README and the guides do what they say: their commands run here, and print what is shown."""

import doctest
import os
import pty
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = ("README.md", "docs/label-studio.md", "docs/evaluation.md", "training/data/README.md")
NUMBER = re.compile(r"\d+\.\d+")


def read_commands() -> list[tuple[str, str]]:
    """Return the commands of the documents with the output shown for each."""
    commands = []
    text = "\n".join((ROOT / name).read_text(encoding="utf-8") for name in DOCUMENTS)
    for block in re.findall(r"```console\n(.*?)```", text, flags=re.DOTALL):
        block = re.sub(r"^ +", "", block, flags=re.MULTILINE) if block.startswith(" ") else block  # within a list
        for part in block.removeprefix("$ ").split("\n$ "):
            command, _, output = part.partition("\n")
            commands.append((command, output.strip("\n")))
    return commands


COMMANDS = read_commands()
INSTALLING = [command for command, _ in COMMANDS if command.startswith("pip install")]


def run_in_terminal(command: str, folder: Path) -> tuple[int, str]:
    """Run a shell command as a user at a terminal of 100 columns would; what it says on stderr comes last."""
    ours, theirs = pty.openpty()
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "COLUMNS": "100", "OMP_NUM_THREADS": "1"}
    output = b""
    with tempfile.TemporaryFile() as errors:  # no terminal, hence no progress bars
        with subprocess.Popen(
            ["bash", "-c", command], cwd=folder, env=environment, stdout=theirs, stderr=errors
        ) as process:
            os.close(theirs)
            while chunk := _read(ours):
                output += chunk
        os.close(ours)
        errors.seek(0)
        output += errors.read()
    return process.returncode, output.decode("utf-8").replace("\r\n", "\n").strip("\n")


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except OSError:  # how a terminal says that the other side has closed
        return b""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that looks like the repository and may be written to."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("docs", "configs", "training", "tests"):
        (folder / name).symlink_to(ROOT / name)
    return folder


@pytest.mark.parametrize(("command", "expected"), COMMANDS, ids=[command[:60] for command, _ in COMMANDS])
def test_command_prints_what_is_shown(command: str, expected: str, checkout: Path) -> None:
    if command in INSTALLING:
        command = command.partition(" && ")[2].partition("ruff")[0]  # installing and testing is what CI does
    returncode, output = run_in_terminal(command, checkout)
    assert returncode == 0, output
    if expected:
        assert NUMBER.sub("#", output) == NUMBER.sub("#", expected)
        shown, found = (list(map(float, NUMBER.findall(text))) for text in (expected, output))
        assert found == pytest.approx(shown, abs=0.02)  # processors round differently


def test_readme_python_example_prints_what_is_shown() -> None:
    failed, attempted = doctest.testfile(str(ROOT / "README.md"), module_relative=False, encoding="utf-8")
    assert attempted >= 5
    assert failed == 0


def test_ci_runs_the_test_command_of_the_readme() -> None:
    testing = [command for command in INSTALLING if "pytest" in command]
    assert len(testing) == 1
    assert testing[0] in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert testing[0] in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
