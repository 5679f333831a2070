"""A report on labelled files as a table for people or as JSON."""

import json
from dataclasses import asdict
from typing import TextIO

from stance.checks import DataReport
from stance.labels import LABELS, NONE

_BAR = 40
_MARKS = {"ok": "ok", "failed": "FAILED", "skipped": "-"}
_SHOWN_VALUES = 3


def write_checks_json(report: DataReport, out: TextIO) -> None:
    """Write the report as one JSON object."""
    out.write(json.dumps({"passed": report.passed, **asdict(report)}, ensure_ascii=False, indent=2) + "\n")


def write_checks_table(report: DataReport, out: TextIO) -> None:
    """Write the report as tables: the figures first, then every check with what was found and what would pass."""
    makers = (_list_sizes, _list_labels, _list_lengths, _list_columns, _list_checks)
    blocks = [make(report) for make in makers]
    out.write("\n\n".join("\n".join(block) for block in blocks if block) + "\n")


def _list_sizes(report: DataReport) -> list[str]:
    lines = [f"{', '.join(report.files)}"]
    lines.append(
        f"{report.n_sentences:,} sentences, {report.n_groups:,} documents, {report.n_contrast_sets:,} contrast sets"
    )
    if len(report.parts) > 1:
        lines.append("parts: " + ", ".join(f"{part} {count:,}" for part, count in report.parts.items()))
    return lines


def _list_labels(report: DataReport) -> list[str]:
    columns = "".join(f"{label:>14}" for label in LABELS)
    lines = [f"{'label':14}{'sentences':>10}{'share':>8}{'primary':>9}   together with {columns}"]
    for label in (*LABELS, NONE):
        count = report.labels[label]
        primary = f"{report.primary[label]:,}" if report.primary else ""
        line = f"{label:14}{count:>10,}{count / report.n_sentences:>8.1%}{primary:>9}"
        if label != NONE:
            line += " " * 17 + "".join(f"{report.together[label][other]:>14,}" for other in LABELS)
        lines.append(line)
    lines.append("labels a sentence: " + ", ".join(f"{n}: {count:,}" for n, count in report.n_labels.items()))
    return lines


def _list_lengths(report: DataReport) -> list[str]:
    most = max(report.lengths.values())
    return [
        "words     sentences",
        *(
            f"{start:>3} – {start + 4:<3}{count:>10,}  {'█' * round(_BAR * count / most)}".rstrip()
            for start, count in report.lengths.items()
        ),
    ]


def _list_columns(report: DataReport) -> list[str]:
    lines = []
    for column, counts in report.columns.items():
        items = [f"{value} {count:,}" for value, count in counts.items()]
        if len(items) > 2 * _SHOWN_VALUES:
            items = [*items[:_SHOWN_VALUES], "…", *items[-_SHOWN_VALUES:]]
        lines.append(f"{column}: {len(counts)} values: {', '.join(items)}")
    return lines


def _list_checks(report: DataReport) -> list[str]:
    width = max(len("found"), *(len(check.found) for check in report.checks)) + 2
    lines = [f"{'check':18}{'':8}{'found':{width}}wanted"]
    for check in report.checks:
        lines.append(f"{check.name:18}{_MARKS[check.status]:8}{check.found:{width}}{check.wanted}")
        if check.status == "failed":
            lines += [f"{'':26}{detail}" for detail in check.details]
    failed = [check.name for check in report.checks if check.status == "failed"]
    lines += ["", f"{len(failed)} checks failed: {', '.join(failed)}" if failed else "no check failed"]
    return lines
