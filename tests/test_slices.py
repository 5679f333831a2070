import numpy as np
import pytest
from sklearn.metrics import f1_score

from stance.comparison import bootstrap_macro_f1, count_by_document
from stance.errors import InputError
from stance.examples import Example
from stance.slices import check_columns, compute_slices, describe_form
from training.data import to_labels


@pytest.mark.parametrize(
    ("text", "length", "quotation", "headline", "question"),
    [
        ("Ferry firm admits hatch stood open", "1-9", "no", "yes", "no"),
        ("Dredging ‘never harmed’ mussels, says port chief", "1-9", "yes", "yes", "no"),
        ("The port's mussels aren't the council's to sell.", "1-9", "no", "no", "no"),
        ("“Who paid for the road?”", "1-9", "yes", "no", "yes"),
        ('"Nobody did," she said (or so it seemed).', "1-9", "yes", "no", "no"),
        ("Prices rose by 4%", "1-9", "no", "yes", "no"),
        (" ".join(["word"] * 10) + ".", "10-19", "no", "no", "no"),
        (" ".join(["word"] * 29) + "…", "20-29", "no", "no", "no"),
        (" ".join(["word"] * 30) + "!", "30+", "no", "no", "no"),
    ],
)
def test_describe_form(text: str, length: str, quotation: str, headline: str, question: str) -> None:
    assert describe_form(text) == {
        "length": length,
        "quotation": quotation,
        "headline": headline,
        "question": question,
    }


def make_examples() -> tuple[list[Example], np.ndarray]:
    """Eighty sentences of 20 documents in two registers, one of them scarce, and decisions on them."""
    rng = np.random.default_rng(0)
    examples = [
        Example(
            f"Sentence {i} of the day.",
            tuple(label for label in ("confirmation", "denial") if rng.random() < 0.4),
            group=f"document {i // 4:02}",
            extra={"register": "speech" if i < 20 else "news", "source": None},
        )
        for i in range(80)
    ]
    y_true = to_labels(examples)
    return examples, y_true ^ (rng.random(y_true.shape) < 0.2)


def test_slices_have_the_figures_of_their_sentences_alone() -> None:
    examples, y_pred = make_examples()
    y_true = to_labels(examples)
    slices = {(row["slice"], row["value"]): row for row in compute_slices(examples, y_true, y_pred, ["register"])}
    news = slices["register", "news"]
    assert (news["n_sentences"], news["n_documents"], news["too_small"]) == (60, 15, False)
    f1 = f1_score(y_true[20:], y_pred[20:], average=None, zero_division=0)
    assert [news["labels"][label]["f1"] for label in ("confirmation", "denial")] == pytest.approx(f1[:2])
    # Hedging and framing do not occur: nothing is known about them, and the mean leaves them out.
    assert news["labels"]["hedging"] == {"support": 0, "f1": None}
    assert news["macro_f1"] == pytest.approx(f1[:2].mean())
    assert news["interval"][0] < news["macro_f1"] < news["interval"][1]


def test_a_slice_under_thirty_sentences_is_counted_and_not_judged() -> None:
    examples, y_pred = make_examples()
    slices = compute_slices(examples, to_labels(examples), y_pred, ["register"])
    (speech,) = [row for row in slices if row["value"] == "speech"]
    assert (speech["n_sentences"], speech["n_documents"], speech["too_small"]) == (20, 5, True)
    assert speech["macro_f1"] is speech["interval"] is speech["labels"]["denial"]["f1"] is None
    assert speech["labels"]["denial"]["support"] == to_labels(examples)[:20, 1].sum()


def test_a_slice_of_all_sentences_has_the_figures_of_the_whole(examples: list[Example]) -> None:
    y_true = to_labels(examples)
    y_pred = y_true ^ (np.random.default_rng(1).random(y_true.shape) < 0.2)
    slices = compute_slices(
        [Example(e.text, e.labels, group=e.group, extra={"source": "a"}) for e in examples], y_true, y_pred
    )
    (whole,) = [row for row in slices if row["slice"] == "source"]
    assert whole["macro_f1"] == pytest.approx(f1_score(y_true, y_pred, average="macro"))
    counts = count_by_document(y_true, [y_pred], [example.group for example in examples])
    assert whole["interval"] == pytest.approx(bootstrap_macro_f1(counts))


def test_slices_of_one_kind_hold_each_sentence_once_and_missing_cells_stand_together() -> None:
    texts = ["Yes.", "Who knew?", "Mayor denies it", "“So it is,” he said."]
    examples = [Example(text, (), extra={"source": source}) for text, source in zip(texts, "aab ", strict=True)]
    examples.append(Example("It rained.", (), extra={"source": float("nan")}))
    y = np.zeros((5, 4), dtype=np.int64)
    sizes: dict[str, dict[str, int]] = {}
    for row in compute_slices(examples, y, y):
        sizes.setdefault(row["slice"], {})[row["value"]] = row["n_sentences"]
    assert all(sum(values.values()) == 5 for values in sizes.values())
    assert sizes["source"] == {"a": 2, "": 1, " ": 1, "b": 1}
    assert sizes["question"] == {"yes": 1, "no": 4}
    assert "register" not in sizes


def test_columns_that_are_not_there_are_told_for_every_file() -> None:
    data = {
        "a.jsonl": [Example("It rains.", (), extra={"register": "news"})],
        "b.jsonl": [Example("It rains.", ())],
    }
    check_columns(data, [])
    with pytest.raises(InputError) as error:
        check_columns(data, ["register", "length", "topic"])
    lines = str(error.value).splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("--slice length: every report slices by length as it is")
    assert lines[1].startswith("a.jsonl: no column 'topic' to slice by, found 'id', 'text'")
    assert lines[2].startswith("b.jsonl: no column 'register'")
