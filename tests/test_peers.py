"""Other people's recipes learn, and are set beside ours in one run."""

from pathlib import Path

import numpy as np
import pytest

import stance
from stance.examples import Example, write_examples
from training import compare_peers
from training.compare_peers import draw_documents
from training.data import to_labels, to_texts
from training.peers import Peer, train_cue_list, train_frozen, train_plain, train_setfit, train_spacy

pytestmark = pytest.mark.filterwarnings("ignore:'pin_memory'")  # SetFit asks for it, with or without a GPU
EXAMPLES = Path(__file__).parent / "data" / "examples.jsonl"


def test_cue_list_counts_the_words_of_each_label() -> None:
    score = train_cue_list([], np.zeros((0, 4), dtype=np.int64), "", 0)
    scores = score(["He denied it and called it a hoax.", "It was confirmed, allegedly.", "It rained."])
    assert scores.tolist() == [[-0.5, 1.5, -0.5, -0.5], [0.5, -0.5, 0.5, -0.5], [-0.5, -0.5, -0.5, -0.5]]


@pytest.mark.parametrize("train", [train_frozen, train_plain, train_setfit, train_spacy])
def test_peers_return_log_odds_of_four_labels(train: Peer, encoder: str, examples: list[Example]) -> None:
    texts, y = to_texts(examples), to_labels(examples)
    scores = train(texts, y, encoder, 0)(["He denied it.", "It may rain, some say."])
    assert scores.shape == (2, 4)
    assert np.isfinite(scores).all()
    assert not np.allclose(scores[0], scores[1])


def test_documents_are_drawn_whole(examples: list[Example]) -> None:
    drawn = draw_documents(examples, 30, seed=1)
    groups = {example.group for example in drawn}
    assert 30 <= len(drawn) < 60
    assert sorted(e.text for e in drawn) == sorted(e.text for e in examples if e.group in groups)
    assert drawn == draw_documents(examples, 30, seed=1)
    assert drawn != draw_documents(examples, 30, seed=2)
    assert len(draw_documents(examples, 10_000, seed=1)) == len(examples)
    with pytest.raises(stance.InputError, match="--limit"):
        draw_documents(examples, 0, seed=1)


def test_all_are_compared_in_one_run_that_goes_on(
    encoder: str, examples: list[Example], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_examples(
        tmp_path / "test.jsonl",
        [Example(f"{e.text} So it went.", e.labels, group=f"other-{e.group}") for e in examples],
    )
    arguments = [
        "configs/minilm.yaml", f"data.train={EXAMPLES}", "data.validation_fraction=0.3", f"encoder.name={encoder}",
        f"data.test=[{tmp_path / 'test.jsonl'}]", f"output={tmp_path / 'peers'}", "optimizer.epochs=1",
        "encoder.max_length=48",
    ]  # fmt: skip
    assert compare_peers.main([*arguments, "--limit", "40"]) == 0
    first = capsys.readouterr()
    rows = [line.split(" | ")[0] for line in first.out.splitlines() if line.startswith("| ")]
    names = ["minilm", "tfidf", "cue list", "frozen encoder", "spaCy textcat", "SetFit", "plain Trainer"]
    assert rows[2:] == [f"| {name}" for name in names]

    assert compare_peers.main([*arguments, "--limit", "40"]) == 0
    again = capsys.readouterr()
    assert again.out == first.out
    assert "training" not in again.err
    assert compare_peers.main([*arguments, "--limit", "50"]) == 2
    assert "an unfinished run" in capsys.readouterr().err
    assert compare_peers.main(arguments[:3]) == 2
    assert "data.test" in capsys.readouterr().err
