"""All that labelled sentences say of a model: figures, intervals, slices, curves, errors; and the same in words."""

from collections.abc import Sequence
from typing import Any

from stance.bootstrap import bootstrap, number_documents
from stance.curves import compute_precision_recall, compute_reliability, list_worst_errors
from stance.labels import LABELS, to_label_names
from stance.metrics import count_confusion, count_cooccurrence
from stance.slices import compute_slices
from training.scores import Outcome, format_figure

_FEW_DOCUMENTS = 20  # below which an interval is no more than a hint


def evaluate(outcome: Outcome, columns: Sequence[str] = ()) -> dict[str, Any]:
    """Compute everything about one data set; docs/evaluation.md has the keys.

    Args:
        outcome: labelled sentences, and what a model says of them.
        columns: slice by these columns too.
    """
    y_true, y_pred, y_proba = outcome.y_true, outcome.y_pred, outcome.y_proba
    groups = [example.group for example in outcome.examples]
    documents = number_documents(groups)
    figures = outcome.to_figures()
    noted = outcome.primary_true
    return {
        **figures.to_dict(),
        "n_documents": int(documents.max()) + 1,
        "n_without_document": groups.count(None),
        "intervals": bootstrap(figures.compute, documents),
        "confusion": None if noted is None else count_confusion(noted, outcome.primary),
        "cooccurrence": {"true": count_cooccurrence(y_true), "found": count_cooccurrence(y_pred)},
        "risk_coverage": figures.risk_coverage.compute_curve(),
        "precision_recall": {
            label: compute_precision_recall(y_true[:, i], y_proba[:, i]) for i, label in enumerate(LABELS)
        },
        "reliability": {label: compute_reliability(y_true[:, i], y_proba[:, i]) for i, label in enumerate(LABELS)},
        "slices": compute_slices(outcome.examples, y_true, y_pred, columns),
        "worst_errors": _describe_errors(outcome),
    }


def _describe_errors(outcome: Outcome) -> list[dict[str, Any]]:
    rows = list_worst_errors(outcome.y_true, outcome.y_pred, outcome.y_proba)
    return [
        {
            "id": outcome.examples[row].id,
            "text": outcome.examples[row].text,
            "labels": list(outcome.examples[row].labels),
            "found": list(found),
            "probabilities": dict(zip(LABELS, outcome.y_proba[row].round(6).tolist(), strict=True)),
        }
        for row, found in zip(rows, to_label_names(outcome.y_pred[rows]), strict=True)
    ]


def describe(model: str, scores: dict[str, Any]) -> list[str]:
    """Say in plain words what `evaluate` found, a sentence an item: how good, where weakest, and what limits it."""
    intervals = scores["intervals"] or {}
    right = _to_percent(scores["exact_match"], intervals.get("exact_match"))
    sentences = [f"Of 100 sentences, {model} gets all four labels right on {right}."]
    carried = [label for label in LABELS if scores["labels"][label]["support"]]
    if carried:
        weakest = min(carried, key=lambda label: float(scores["labels"][label]["f1"]))
        limits = intervals.get("labels", {}).get(weakest, {})
        sentences.append(f"It is weakest on {weakest}: {_describe_label(scores['labels'][weakest], limits)}.")
    missing = [label for label in LABELS if label not in carried]
    if missing:
        sentences.append(
            f"No sentence carries {', '.join(missing)}: nothing is known about that, and macro-F1 counts 0 for it."
        )
    return sentences + _describe_limits(scores)


def _describe_label(figures: dict[str, Any], intervals: dict[str, Any]) -> str:
    if not figures["recall"]:
        return f"it finds none of those that carry it ({figures['support']})"
    recall, precision = (_to_percent(figures[key], intervals.get(key)) for key in ("recall", "precision"))
    return f"of 100 sentences that carry it, it finds {recall}; of 100 that it marks so, {precision} do carry it"


def _to_percent(share: float, interval: Sequence[float] | None) -> str:
    limits = "" if interval is None else f" ({interval[0] * 100:.0f} to {interval[1] * 100:.0f})"
    return f"{share * 100:.0f}{limits}"


def _describe_limits(scores: dict[str, Any]) -> list[str]:
    n_documents = scores["n_documents"]
    sentences = []
    if scores["n_without_document"]:
        sentences.append(
            f"{scores['n_without_document']} of {scores['n_sentences']} sentences name no document (column group) and "
            "count as one each; where they share documents, the intervals are too narrow."
        )
    if n_documents == 1:
        sentences.append("All sentences come from one document: there are no intervals.")
    elif n_documents < _FEW_DOCUMENTS:
        sentences.append(f"The sentences come from {n_documents} documents: too few to trust the intervals.")
    return sentences


def print_slices(slices: Sequence[dict[str, Any]]) -> None:
    """Print a table of slices on stdout; of those too small to conclude anything, the size alone."""
    width = max(len(f"{row['slice']} {row['value']}") for row in slices) + 2
    head = f"{'sentences':>9}{'documents':>11}  {'macro-F1':19}"
    print(f"{'':{width}}{head}" + "".join(f"{label:>14}" for label in LABELS))
    for row in slices:
        name = f"{row['slice']} {row['value'] or '(empty)'}"
        print(f"{name:{width}}{row['n_sentences']:>9}{row['n_documents']:>11}  ", end="")
        if row["too_small"]:
            print("too few to tell")
        else:
            cells = [format_figure(row["labels"][label]["f1"], None) for label in LABELS]
            macro = format_figure(row["macro_f1"], row["interval"])
            print(f"{macro:19}" + "".join(f"{cell:>14}" for cell in cells))
