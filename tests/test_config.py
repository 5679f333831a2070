from pathlib import Path

import pytest

from stance import ConfigError, InputError
from training.config import TfidfRecipe, TransformerRecipe, read_config

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(("name", "recipe"), [("minilm.yaml", TransformerRecipe), ("tfidf.yaml", TfidfRecipe)])
def test_shipped_recipe_needs_only_the_data(name: str, recipe: type[TransformerRecipe]) -> None:
    config = read_config(recipe, ROOT / "configs" / name, ["data.train=a.jsonl"])
    assert config.data.train == ["a.jsonl"]
    with pytest.raises(ConfigError, match=r"missing key data\.train"):
        read_config(recipe, ROOT / "configs" / name, [])


def test_read_config_takes_overrides_of_any_key() -> None:
    overrides = [
        "data.train=a.jsonl",
        "optimizer.learning_rate=3e-5",
        "data.test=[b.csv, c.csv]",
        "encoder.pooling=first",
    ]
    config = read_config(TransformerRecipe, ROOT / "configs" / "minilm.yaml", overrides)
    assert config.optimizer.learning_rate == 3e-5
    assert config.data.test == ["b.csv", "c.csv"]
    assert config.encoder.pooling == "first"


def test_read_config_fills_what_a_short_recipe_leaves_out(tmp_path: Path) -> None:
    (tmp_path / "short.yaml").write_text("name: a\noutput: b\ndata: {train: c.jsonl}\n")
    config = read_config(TransformerRecipe, tmp_path / "short.yaml", [])
    (tmp_path / "hollow.yaml").write_text("name: a\noutput: b\ndata:\noptimizer:\n")
    assert read_config(TransformerRecipe, tmp_path / "hollow.yaml", ["data.train=c.jsonl"]) == config
    assert (config.optimizer.epochs, config.encoder.max_length, config.seed) == (4, 256, 0)


def test_read_config_tells_all_problems_at_once_with_their_keys(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(
        "name: a\noutput: b\nseed: -1\ndata: {}\n"
        "optimizer: {learning_rat: 1.0e-5, epochs: many}\nencoder: {pooling: max}\n"
    )
    with pytest.raises(ConfigError) as caught:
        read_config(TransformerRecipe, path, ["optimizer.warmup=2"])
    lines = str(caught.value).splitlines()
    expected = [
        "seed: input should be greater than or equal to 0; found -1",
        "missing key data.train",
        "encoder.pooling: input should be 'first' or 'mean'; found 'max'",
        "optimizer.epochs: input should be a valid integer; found 'many'",
        "optimizer.warmup: input should be less than 1; found 2",
        "unknown key optimizer.learning_rat; did you mean optimizer.learning_rate?",
    ]
    assert len(lines) == len(expected)
    for problem in expected:
        assert any(line.startswith(f"{path}: {problem}") for line in lines), problem


@pytest.mark.parametrize(
    ("content", "override", "message"),
    [
        ("- a\n- b\n", "seed=1", "expected keys and values, found list"),
        ("a: [", "seed=1", "cannot be read as YAML"),
        ("name: a\n", "seed", "expected key=value"),
        ("name: a\n", "name.first=b", "holds no keys"),
        ("name: a\n", "seed=2024-13-45", "the value cannot be read as YAML"),
        ("name: 2024-13-45\n", "seed=1", "cannot be read as YAML"),
    ],
)
def test_read_config_refuses_what_is_no_recipe(tmp_path: Path, content: str, override: str, message: str) -> None:
    (tmp_path / "bad.yaml").write_text(content)
    with pytest.raises(ConfigError, match=message):
        read_config(TfidfRecipe, tmp_path / "bad.yaml", [override])
    with pytest.raises(InputError, match="no such file"):
        read_config(TfidfRecipe, tmp_path / "missing.yaml", [])
