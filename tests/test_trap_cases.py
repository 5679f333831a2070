"""Trap cases: those that come with the repository, and how files are read."""

from pathlib import Path
from typing import get_args

import pytest

from stance import InputError
from stance.examples import fold, read_examples
from stance.labels import describe_unknown_label
from tests.conftest import DATA, ROOT
from training.trap_cases import RULES, Change, DirectionCase, InvarianceCase, Swap, TrapCase, read_traps
from training.traps import DEFAULT_FILES


@pytest.fixture(scope="module")
def suite() -> dict[str, list[TrapCase]]:
    return {path.stem: read_traps(path) for path in DEFAULT_FILES}


# ---- the cases that come with the repository ----------------------------------------------------------------------


def test_suite_has_cases_of_each_kind_rule_swap_and_change(suite: dict[str, list[TrapCase]]) -> None:
    for kind, least in {"functionality": 250, "invariance": 120, "direction": 115}.items():
        cases = suite[kind]
        assert len(cases) >= least
        assert {case.kind for case in cases} == {kind}
        assert all(case.rule is None or 1 <= case.rule <= 30 for case in cases)
    rules = [case.rule for case in suite["functionality"]]
    assert min(rules.count(rule) for rule in range(1, 31)) >= 8
    changes = [case.change for case in suite["direction"] if isinstance(case, DirectionCase)]
    assert min(changes.count(change) for change in get_args(Change)) >= 10
    swaps = [case.swap for case in suite["invariance"] if isinstance(case, InvarianceCase)]
    assert min(swaps.count(swap) for swap in get_args(Swap)) >= 15


def test_no_sentence_of_the_suite_stands_twice_or_in_what_models_learn_from(suite: dict[str, list[TrapCase]]) -> None:
    texts = [fold(text) for cases in suite.values() for case in cases for text in case.texts.values()]
    assert len(set(texts)) == len(texts)
    for path in (ROOT / "training" / "data" / "corpus.jsonl", DATA / "examples.jsonl"):
        assert not set(texts) & {fold(example.text) for example in read_examples(path)}


def test_variants_of_the_suite_differ_in_one_place_alone(suite: dict[str, list[TrapCase]]) -> None:
    for case in suite["invariance"]:
        assert isinstance(case, InvarianceCase)
        if case.swap == "quotes":
            plain = {text.translate(str.maketrans("“”‘’", "\"\"''")) for text in case.variants.values()}
            assert len(plain) == 1, case.variants
        elif case.swap not in ("gender", "spelling"):  # where several words change together
            variants = [text.split() for text in case.variants.values()]
            longest = max(map(len, variants))
            same = count_common(variants) + count_common([words[::-1] for words in variants])
            assert longest - same <= 3, case.variants


def count_common(sequences: list[list[str]]) -> int:
    """Return how many words at the beginning are the same in all sequences."""
    columns = [len(set(words)) == 1 for words in zip(*sequences, strict=False)]
    return columns.index(False) if False in columns else len(columns)


def test_guide_names_the_rules_and_shows_files_that_can_be_read(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "traps.md").read_text(encoding="utf-8")
    for rule, meaning in RULES.items():
        assert f"| {rule} | {meaning} |" in guide
    blocks = [block.partition("```")[0] for block in guide.split("```yaml\n")[1:]]
    assert len(blocks) == 3
    for block in blocks:
        (tmp_path / "traps.yaml").write_text(block, encoding="utf-8")
        assert len(read_traps(tmp_path / "traps.yaml")) == 1


# ---- reading files ------------------------------------------------------------------------------------------------


def test_every_problem_of_a_file_is_told_with_line_and_case(tmp_path: Path) -> None:
    path = tmp_path / "traps.yaml"
    path.write_text(
        "kind: functionality\n"
        "cases:\n"
        "  - {rule: 2, text: He left., lacks: [denail]}\n"
        "  - {rule: 31, text: He left., lacks: [denial]}\n"
        "  - {text: '', has: denial, lax: []}\n"
        "  - {rule: 2, text: He left.}\n"
        "\n"
        "  - He left.\n"
        "  - {rule: 2, text: He left., has: [denial], lacks: [denial]}\n"
        "  - {rule: 2, text: He left., has: [denial]}\n"
    )
    with pytest.raises(InputError) as caught:
        read_traps(path)
    assert str(caught.value).splitlines() == [
        f"{path}:3: case 1: lacks.0: {describe_unknown_label('denail')}",
        f"{path}:4: case 2: rule: input should be less than or equal to 30; found 31",
        f"{path}:5: case 3: missing key rule",
        f"{path}:5: case 3: text: expected a sentence, found nothing",
        f"{path}:5: case 3: has: input should be a valid list; found 'denial'",
        f"{path}:5: case 3: unknown key lax; expected rule, text, has, lacks",
        f"{path}:6: case 4: expected labels in has, in lacks or in both, found none",
        f"{path}:8: case 5: expected keys and values, found 'He left.'",
        f"{path}:9: case 6: expected denial once, in has or in lacks, found it again",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "found NoneType"),
        ("- a\n", "found list"),
        ("kind: functional\ncases: [1]\n", r"expected two keys, kind \(functionality, invariance, direction\)"),
        ("kind: [direction]\ncases: [1]\n", "found kind, cases with kind"),
        ("kind: direction\ncases: []\n", "docs/traps.md"),
        ("kind: direction\ncases: [1]\nauthor: me\n", "found kind, cases, author"),
        ("kind: [", "cannot be read as YAML"),
        ("kind: direction\nkind: invariance\n", "key 'kind' stands twice.*line 2"),
        ("kind: invariance\ncases:\n- {swap: name, variants: {a: x., b: y., a: z.}}\n", "key 'a' stands twice"),
        ("kind: invariance\ncases:\n- {swap: name, variants: {a: x.}}\n", "variants: .*at least 2 items"),
        ("kind: invariance\ncases:\n- {swap: name, variants: {a: x., b: x.}}\n", "variants that differ"),
        ("kind: invariance\ncases:\n- {swap: name, variants: {a: x., b: 3}}\n", "variants.b: .*string; found 3"),
        ("kind: invariance\ncases:\n- {swap: nam, variants: {a: x., b: y.}}\n", "swap: .*'name'.*found 'nam'"),
        (
            "kind: direction\ncases:\n- {rule: 1, change: act added, label: denial, move: up, before: x., after: x.}\n",
            "before and after to differ",
        ),
    ],
)
def test_files_that_hold_no_cases_are_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "traps.yaml"
    path.write_text(content)
    with pytest.raises(InputError, match=message) as caught:
        read_traps(path)
    assert str(caught.value).startswith(str(path))


def test_missing_and_broken_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_traps(tmp_path / "missing.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"kind: functionality\ncases:\n- {rule: 1, text: caf\xe9, lacks: [denial]}\n")
    with pytest.raises(InputError, match="1 broken characters; expected UTF-8"):
        read_traps(tmp_path / "latin.yaml")
