"""Scored sentences as JSON Lines and CSV: one line for each, the same fields in the same order."""

import csv
import json
from collections.abc import Iterable
from typing import TextIO

from stance.labels import LABELS
from stance.scoring import ScoredSentence

COLUMNS = ("document", "index", "id", "text", "start", "end", "labels", "primary", *LABELS, "truncated", "model")


def write_jsonl(scored: Iterable[ScoredSentence], out: TextIO, *, labels_only: bool = False) -> None:
    """Write one JSON object a line; with `labels_only`, leave out sentences that carry none."""
    for sentence in scored:
        if labels_only and not sentence.labels:
            continue
        out.write(json.dumps(sentence.to_dict(), ensure_ascii=False) + "\n")


def write_csv(scored: Iterable[ScoredSentence], out: TextIO, *, labels_only: bool = False) -> None:
    """Write a table with a header.

    Several labels in one cell are parted by `|`, and each probability has a column. With `labels_only`, sentences
    that carry none are left out.
    """
    # Python quotes a lone carriage return only where it is part of the line end, which RFC 4180 has as CRLF.
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for sentence in scored:
        if labels_only and not sentence.labels:
            continue
        row = sentence.to_dict()
        probabilities = row.pop("probabilities")
        writer.writerow({**row, **probabilities, "labels": "|".join(sentence.labels)})
