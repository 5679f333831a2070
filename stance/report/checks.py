"""A report on labelled files as a table for people or as JSON."""

import json
from dataclasses import asdict
from typing import TextIO

from stance.checks.data import DataReport
from stance.checks.outcome import count
from stance.labels import LABELS, NONE
from stance.report.table import make_printable

_BAR = 40
_MARKS = {"ok": "ok", "failed": "FAILED", "skipped": "-"}
_SHOWN_VALUES = 3
_SHOWN_DETAILS = 10


def write_checks_json(report: DataReport, out: TextIO) -> None:
    """Write the report as one JSON object."""
    out.write(json.dumps({"passed": report.passed, **asdict(report)}, ensure_ascii=False, indent=2) + "\n")


def write_checks_table(report: DataReport, out: TextIO) -> None:
    """Write the report as tables: the figures first, then every check with what was found and what would pass."""
    makers = (_list_sizes, _list_labels, _list_lengths, _list_columns, _list_checks)
    blocks = [make(report) for make in makers]
    out.write("\n\n".join("\n".join(block) for block in blocks if block) + "\n")


def _list_sizes(report: DataReport) -> list[str]:
    counts = [count(report.n_sentences, "sentence")]
    if report.n_groups is not None:
        counts.append(count(report.n_groups, "document"))
    if report.n_contrast_sets:
        counts.append(count(report.n_contrast_sets, "contrast set"))
    lines = [", ".join(report.files), ", ".join(counts)]
    if report.n_groups is None:
        lines.append("no column 'group': each sentence is taken for a document of its own")
    if report.n_problems:
        lines.append(f"rows with {count(report.n_problems, 'problem')} are left out; see the check schema")
    if len(report.parts) > 1:
        lines.append("parts: " + ", ".join(f"{part} {number:,}" for part, number in report.parts.items()))
    return lines


def _list_labels(report: DataReport) -> list[str]:
    primary = f"{'primary':>9}" if report.primary else ""
    lines = [f"{'label':13}{'sentences':>10}{'share':>7}{primary}" + "".join(f"{'+ ' + label:>15}" for label in LABELS)]
    for label in (*LABELS, NONE):
        number = report.labels[label]
        line = f"{label:13}{number:>10,}{number / report.n_sentences:>7.1%}"
        line += f"{report.primary[label]:>9,}" if report.primary else ""
        if label != NONE:
            cells = [f"{report.together[label][other]:,}" if other != label else "" for other in LABELS]
            line += "".join(f"{cell:>15}" for cell in cells)
        lines.append(line.rstrip())
    parts = [f"{number:,} carry {n or 'none'}" for n, number in report.n_labels.items()]
    lines.append("labels of a sentence: " + ", ".join(parts))
    return lines


def _list_lengths(report: DataReport) -> list[str]:
    most = max(report.lengths.values())
    return [
        "words     sentences",
        *(
            f"{start:>3} – {start + 4:<3}{number:>10,}  {'█' * round(_BAR * number / most)}".rstrip()
            for start, number in report.lengths.items()
        ),
    ]


def _list_columns(report: DataReport) -> list[str]:
    lines = []
    for column, counts in report.columns.items():
        items = [f"{value} {number:,}" for value, number in counts.items()]
        if len(items) > 2 * _SHOWN_VALUES:
            items = [*items[:_SHOWN_VALUES], "…", *items[-_SHOWN_VALUES:]]
        lines.append(make_printable(f"{column}: {len(counts)} values: {', '.join(items)}"))
    return lines


def _list_checks(report: DataReport) -> list[str]:
    width = max([len("found"), *(len(check.found) for check in report.checks)]) + 2
    lines = [f"{'check':18}{'':8}{'found':{width}}wanted"]
    for check in report.checks:
        lines.append(f"{check.name:18}{_MARKS[check.status]:8}{check.found:{width}}{check.wanted}")
        if check.status == "failed":
            lines += [f"    {make_printable(detail)}" for detail in check.details[:_SHOWN_DETAILS]]
            if len(check.details) > _SHOWN_DETAILS:
                lines.append(f"    … and {len(check.details) - _SHOWN_DETAILS} more; all of them with --json")
    names = {status: [check.name for check in report.checks if check.status == status] for status in _MARKS}
    summary = f"{count(len(names['ok']), 'check')} passed"
    summary += f", {len(names['skipped'])} could not run" if names["skipped"] else ""
    summary += f", {len(names['failed'])} failed: {', '.join(names['failed'])}" if names["failed"] else ", none failed"
    return [*lines, "", summary]
