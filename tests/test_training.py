"""Training from the command line to a scored sentence, on a few dozen sentences and a tiny encoder."""

import copy
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score
from transformers import PreTrainedTokenizerFast

import stance
from stance.examples import Example, write_examples
from stance.folder import MANIFEST, compute_sha256, find_model_folder
from stance.transformer import TransformerClassifier
from tests.conftest import build_bert
from training.average import average
from training.config import DataConfig
from training.data import Split, read_split, split_by_group, to_labels, to_texts
from training.distill import ask_teacher, read_unlabelled

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "tests" / "data" / "examples.jsonl"


def run(module: str, *args: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", module, *map(str, args)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)


def transformer_args(encoder: str, output: Path) -> list[str]:
    return [
        "configs/minilm.yaml", f"data.train={EXAMPLES}", "data.validation_fraction=0.3", f"output={output}",
        f"encoder.name={encoder}", "encoder.max_length=48", "optimizer.checkpoint_steps=2", "optimizer.epochs=6",
        "optimizer.learning_rate=3e-3", "name=tiny",
    ]  # fmt: skip


def test_tfidf_trains_saves_loads_and_scores(tmp_path: Path) -> None:
    args = ("configs/tfidf.yaml", f"data.train={EXAMPLES}", "features.min_df=1", f"output={tmp_path / 'model'}")
    write_examples(tmp_path / "test.jsonl", [Example("He denied it.", ("denial",)), Example("It rains.", ())])
    more = ("data.validation_fraction=0.3", f"data.test=[{tmp_path / 'test.jsonl'}]")
    result = run("training.train_tfidf", *args, *more)
    assert result.returncode == 0, result.stderr
    assert "macro-F1" in result.stdout
    model = stance.load(tmp_path / "model")
    assert model.info_.training["recipe"]["features"]["min_df"] == 1
    assert model.info_.training["data"]["train"] == [{"file": "examples.jsonl", "sha256": compute_sha256(EXAMPLES)}]
    assert set(model.info_.scores) == {"validation part", "test.jsonl"}
    assert model.score_text("He denied it.")[0].model == "tfidf"

    again = run("training.train_tfidf", *args)
    assert again.returncode == 2
    assert "replace it with --overwrite" in again.stderr


def test_several_files_train_together_and_seeds_are_compared(tmp_path: Path, examples: list[Example]) -> None:
    half = len(examples) // 2
    write_examples(tmp_path / "a.jsonl", examples[:half])
    write_examples(tmp_path / "b.csv", examples[half:])
    for seed in (0, 1):
        args = [
            "configs/tfidf.yaml", f"data.train=[{tmp_path / 'a.jsonl'},{tmp_path / 'b.csv'}]", "features.min_df=1",
            "data.validation_fraction=0.3", f"seed={seed}", f"name=both-{seed}",
            f"output={tmp_path / f'both-{seed}'}",
        ]  # fmt: skip
        result = run("training.train_tfidf", *args)
        assert result.returncode == 0, result.stderr
    models = [stance.load(tmp_path / f"both-{seed}") for seed in (0, 1)]
    files = [entry["file"] for entry in models[0].info_.training["data"]["train"]]
    assert files == ["a.jsonl", "b.csv"]

    write_examples(tmp_path / "test.jsonl", examples)
    table = run("training.compare", "tfidf", tmp_path / "both-0", tmp_path / "both-1", tmp_path / "test.jsonl")
    assert table.returncode == 0, table.stderr
    scores = [f1_score(to_labels(examples), m.predict(to_texts(examples)), average="macro") for m in models]
    cell = f"{sum(scores) / 2:.3f} ({min(scores):.3f}–{max(scores):.3f})"
    assert re.search(
        rf"^\| both \| 2 \| .*\| {re.escape(cell)} \| 0\.\d+ to [01]\.\d+ \| [+-]0\.\d+ \(.*\) \| [01]\.\d+ \|$",
        table.stdout,
        re.M,
    )
    assert re.search(r"^\| tfidf \| 1 \| .* \| – \| – \|$", table.stdout, re.M)
    assert re.search(r"^- On these 96 sentences .*both.* tfidf .*\.$", table.stdout, re.M)

    refused = run("training.compare", tmp_path / "both-0", "tfidf", tmp_path / "both-1", tmp_path / "test.jsonl")
    assert refused.returncode == 2
    assert "stand together" in refused.stderr


def test_transformer_trains_exports_and_scores(encoder: str, tmp_path: Path) -> None:
    trained, exported = tmp_path / "trained", tmp_path / "exported"
    result = run("training.train_transformer", *transformer_args(encoder, trained))
    assert result.returncode == 0, result.stderr
    assert "fine-tuning" in result.stderr
    assert "fine-tuning" not in result.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["trained"]  # no checkpoints are left

    evaluated = run("training.evaluate", trained, EXAMPLES, "--json")
    (figures,) = json.loads(evaluated.stdout)["files"]
    assert figures["n_sentences"] == 96
    assert 0 < figures["primary_accuracy"] <= 1

    # The gate is for real models; one as tiny as this passes or fails it, and says so.
    result = run("training.export", trained, exported, EXAMPLES)
    assert "equal label decisions" in result.stdout
    assert result.returncode == (0 if exported.exists() else 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["exported", "trained"][-1 - exported.exists() :]


def test_transformer_goes_on_after_a_kill_to_the_same_model(encoder: str, tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert run("training.train_transformer", *transformer_args(encoder, whole)).returncode == 0

    command = [sys.executable, "-m", "training.train_transformer", *transformer_args(encoder, broken)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        checkpoints = tmp_path / ".broken.checkpoints"
        while process.poll() is None and not list(checkpoints.glob("checkpoint-[468]/trainer_state.json")):
            pass
        process.send_signal(signal.SIGKILL)
    assert not broken.exists()
    assert checkpoints.exists()

    other = run("training.train_transformer", *transformer_args(encoder, broken), "seed=7")
    assert other.returncode == 2
    assert "an unfinished run with another recipe" in other.stderr

    result = run("training.train_transformer", *transformer_args(encoder, broken))
    assert result.returncode == 0, result.stderr
    assert "going on with the unfinished run" in result.stderr
    assert compute_sha256(broken / "model.safetensors") == compute_sha256(whole / "model.safetensors")
    assert stance.load(broken).calibration_ == stance.load(whole).calibration_


def test_distilling_learns_from_teachers(encoder: str, tmp_path: Path) -> None:
    (tmp_path / "more.txt").write_text("The mayor denied it. It may rain. Nobody can doubt this brave nation.\n")
    args = [arg for arg in transformer_args(encoder, tmp_path / "student") if not arg.startswith("configs")]
    args += ["teachers=[tfidf]", f"unlabelled=[{tmp_path / 'more.txt'}]", "optimizer.epochs=2"]
    result = run("training.distill", "configs/distill.yaml", *args)
    assert result.returncode == 0, result.stderr
    assert "3 unlabelled sentences beside them; 1 teachers" in result.stderr
    training = stance.load(tmp_path / "student").info_.training
    assert training["data"]["unlabelled"][0]["file"] == "more.txt"
    assert training["models"] == [{"name": "tfidf", "sha256": compute_sha256(find_model_folder("tfidf") / MANIFEST)}]

    refused = run("training.distill", "configs/distill.yaml", *args, "teachers=[a/tfidf,b/tfidf]")
    assert refused.returncode == 2
    assert "same last part" in refused.stderr


def test_distilling_asks_a_teacher_once_and_never_about_held_out_sentences(tmp_path: Path) -> None:
    texts = ["He denied it.", "It rains."]
    expected = stance.load("tfidf").predict_proba(texts)
    for _ in range(2):
        np.testing.assert_array_equal(ask_teacher("tfidf", texts, tmp_path), expected)
    np.save(tmp_path / "teacher-tfidf.npy", expected / 2)
    np.testing.assert_array_equal(ask_teacher("tfidf", texts, tmp_path), expected / 2)

    (tmp_path / "more.txt").write_text("It rains. He left. It RAINS. He left. He stayed.")
    held_out = [Example("He stayed.", ())]
    split = Split([Example("It rains.", ())], held_out, {"test": held_out}, 0)
    assert read_unlabelled([str(tmp_path / "more.txt")], split) == ["He left."]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["data.train=missing.jsonl"], "missing.jsonl: no such file"),
        (
            [f"data.train={EXAMPLES}", "optimizer.epoch=3"],
            "unknown key optimizer.epoch; did you mean optimizer.epochs?",
        ),
        ([f"data.train={EXAMPLES}", "encoder.name=nobody/nothing"], "nobody/nothing: its tokenizer cannot be loaded"),
        ([], "missing key data.train"),
    ],
)
def test_training_refuses_bad_input_in_one_line(tmp_path: Path, overrides: list[str], message: str) -> None:
    result = run("training.train_transformer", "configs/minilm.yaml", f"output={tmp_path / 'model'}", *overrides)
    assert result.returncode == 2
    errors = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert message in errors[0]
    assert list(tmp_path.iterdir()) == []


def test_training_refuses_a_label_without_an_example(tmp_path: Path) -> None:
    examples = [Example(f"Sentence {i}.", ("denial",) if i % 2 else (), group=str(i)) for i in range(20)]
    write_examples(tmp_path / "a.jsonl", examples)
    args = (f"data.train={tmp_path / 'a.jsonl'}", f"output={tmp_path / 'model'}")
    result = run("training.train_tfidf", "configs/tfidf.yaml", *args)
    assert result.returncode == 2
    assert "carry confirmation, hedging, framing" in result.stderr


def test_average_has_the_mean_weights_and_refuses_models_of_another_split(encoder: str, tmp_path: Path) -> None:
    members = [tmp_path / "one-0", tmp_path / "one-1"]
    for seed, member in enumerate(members):
        assert run("training.train_transformer", *transformer_args(encoder, member), f"seed={seed}").returncode == 0
    args = ["configs/average.yaml", f"data.train={EXAMPLES}", f"models=[{members[0]},{members[1]}]"]
    args += [f"output={tmp_path / 'mean'}"]
    result = run("training.average", *args, "data.validation_fraction=0.3")
    assert result.returncode == 0, result.stderr
    states = [TransformerClassifier.from_pretrained(m).model_.state_dict() for m in (*members, tmp_path / "mean")]
    for key, value in states[2].items():
        assert torch.allclose(value, (states[0][key] + states[1][key]) / 2)
    assert [model["name"] for model in stance.load(tmp_path / "mean").info_.training["models"]] == ["one-0", "one-1"]

    refused = run("training.average", *args, "data.validation_fraction=0.3", "data.split_seed=1", "--overwrite")
    assert refused.returncode == 2
    assert "one-0: expected a model trained on the files and the split of this recipe" in refused.stderr


def test_average_refuses_another_architecture_or_tokenizer(
    fitted_transformer: TransformerClassifier, tokenizer: PreTrainedTokenizerFast
) -> None:
    other = TransformerClassifier.wrap(build_bert(tokenizer, ["a"]), {"a": "denial"}, tokenizer=tokenizer)
    with pytest.raises(stance.InputError, match="other: expected the architecture of first"):
        average([fitted_transformer, other], ["first", "other"])
    vocabulary = copy.deepcopy(fitted_transformer)
    vocabulary.tokenizer_.add_tokens(["unheard"])
    with pytest.raises(stance.InputError, match="other: expected the tokenizer of first"):
        average([fitted_transformer, vocabulary], ["first", "other"])


# ---- parting the data -----------------------------------------------------------------------------------------------


def test_split_by_group_keeps_documents_together_and_labels_alike(examples: list[Example]) -> None:
    first, second = split_by_group(examples, 0.25, seed=1)
    assert not {e.group for e in first} & {e.group for e in second}
    assert sorted(e.id or "" for e in first + second) == sorted(e.id or "" for e in examples)
    assert 0.15 < len(second) / len(examples) < 0.35
    for label in stance.LABELS:
        shares = [np.mean([label in e.labels for e in part]) for part in (first, second)]
        assert abs(shares[0] - shares[1]) < 0.12
    assert split_by_group(examples, 0.25, seed=1) == (first, second)
    assert split_by_group(examples, 0.25, seed=2) != (first, second)


def test_read_split_drops_training_sentences_that_are_tested(tmp_path: Path, examples: list[Example]) -> None:
    copy = Example("  " + examples[0].text.upper(), examples[0].labels, group="elsewhere")
    write_examples(tmp_path / "test.jsonl", [copy])
    config = DataConfig(
        train=[str(EXAMPLES)], validation=str(EXAMPLES), validation_fraction=0.5, train_only=[], test=[], split_seed=0
    )
    with pytest.raises(stance.InputError, match="found none"):  # all of it stands in the validation part
        read_split(config)
    config = DataConfig(
        train=[str(EXAMPLES)],
        validation=None,
        validation_fraction=0.3,
        split_seed=0,
        train_only=[],
        test=[str(tmp_path / "test.jsonl")],
    )
    split = read_split(config)
    assert examples[0] not in split.train
    in_train = examples[0].group not in {e.group for e in split.validation}
    assert split.n_dropped == int(in_train)

    write_examples(tmp_path / "test.jsonl", [Example("Something else.", (), group=examples[0].group)])
    split = read_split(config)
    assert examples[0].group not in {e.group for e in split.train}
    assert split.n_dropped == in_train * sum(e.group == examples[0].group for e in examples)


def test_sentences_for_learning_alone_are_never_set_aside(tmp_path: Path, examples: list[Example]) -> None:
    extra = [Example(f"{e.text} So it went.", e.labels, group=f"invented-{e.group}") for e in examples]
    write_examples(tmp_path / "extra.jsonl", extra)
    config = DataConfig(
        train=[str(EXAMPLES)],
        train_only=[str(tmp_path / "extra.jsonl")],
        validation_fraction=0.3,
        split_seed=0,
        validation=None,
        test=[],
    )
    split = read_split(config)
    assert {e.text for e in extra} <= {e.text for e in split.train}
    assert not {e.text for e in extra} & {e.text for e in split.validation}
    assert len(split.train) + len(split.validation) == 2 * len(examples)


def test_split_by_group_refuses_a_single_document(examples: list[Example]) -> None:
    with pytest.raises(stance.InputError, match="only one"):
        split_by_group([e for e in examples if e.group == "s01"], 0.5, seed=0)
