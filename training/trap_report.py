"""A report on trap cases, for people and as JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from stance.checks.outcome import count
from stance.labels import LABELS
from stance.report.table import make_printable
from training.scores import format_interval
from training.trap_cases import RULES, FunctionalityCase, InvarianceCase, TrapCase
from training.trap_gaps import MIN_CASES, Gap
from training.traps import GROUP_SWAPS, Failure, Rate, TrapReport

_HEADER = f"{'cases':>7}{'passed':>8}{'rate':>7}"


def to_json(report: TrapReport) -> str:
    """Return the report as one JSON object."""
    data = {
        **asdict(report),
        "failures": [
            {
                "kind": failure.case.kind,
                **failure.case.model_dump(),
                "problem": failure.problem,
                "probabilities": failure.probabilities,
            }
            for failure in report.failures
        ],
    }
    return json.dumps(data, ensure_ascii=False, indent=2)


def print_traps(report: TrapReport) -> None:
    """Print the report on stdout: a summary, rates, gaps, then every case that does not pass."""
    print(_summarise(report))
    _print_rates(report)
    if report.rules["functionality"] or report.rules["direction"]:
        _print_rules(report.rules)
    for name, rates in (("swap", report.swaps), ("change", report.changes)):
        if rates:
            print(f"\n{name:20}{_HEADER}")
            for value, rate in rates.items():
                print(f"{value:20}{_format_rate(rate)}")
    _print_gaps(report.gaps, [swap for swap in GROUP_SWAPS if swap in report.swaps])
    _print_failures(report.failures)


def _format_rate(rate: Rate) -> str:
    share = "-" if rate.rate is None else f"{rate.rate:.2f}"
    return f"{rate.n_cases:>7}{rate.n_passed:>8}{share:>7}"


def _summarise(report: TrapReport) -> str:
    parts = [f"{rate.n_passed} of {rate.n_cases} {kind} cases" for kind, rate in report.kinds.items() if rate.n_cases]
    lines = [f"{make_printable(report.model)} passes {', '.join(parts)}."]
    needed, found = report.label_needed, report.label_found
    if report.kinds["functionality"].n_cases:
        lines.append(
            f"Where a label must be found, it passes {needed.n_passed} of {needed.n_cases} functionality cases; "
            "a model that finds none passes the rest."
        )
    if report.kinds["invariance"].n_cases:
        lines.append(
            f"It finds a label in {count(found.n_cases, 'invariance case')} and passes {found.n_passed} of these; "
            "where it finds none, passing shows nothing."
        )
    return "\n".join(lines)


def _print_rates(report: TrapReport) -> None:
    print(f"\n{'kind':20}{_HEADER}")
    rates = {
        "functionality": report.kinds["functionality"],
        "  a label needed": report.label_needed,
        "invariance": report.kinds["invariance"],
        "  a label found": report.label_found,
        "direction": report.kinds["direction"],
    }
    for name, rate in rates.items():
        if rate.n_cases:
            print(f"{name:20}{_format_rate(rate)}")


def _print_rules(rules: Mapping[str, Mapping[int, Rate]]) -> None:
    print(f"\n{'rule':58}{'functionality':>15}{'direction':>11}")
    for rule, meaning in RULES.items():
        rates = [rules[kind].get(rule) for kind in ("functionality", "direction")]
        if any(rates):
            cells = ["-" if rate is None else f"{rate.n_passed}/{rate.n_cases}" for rate in rates]
            print(f"{f'{rule:>2}  {meaning}':58}{cells[0]:>15}{cells[1]:>11}")


def _print_gaps(gaps: Sequence[Gap], swaps: Sequence[str]) -> None:
    if not swaps:
        return
    print("\nlargest difference between two groups in the mean probability of a label")
    print(
        f"{'swap':8}{'label':14}{'higher':16}{'lower':16}{'cases':>6}{'gap':>7}  {'95 % interval':18}largest in a case"
    )
    for swap in swaps:
        own = [gap for gap in gaps if gap.swap == swap]
        for gap in own:
            groups = "".join(f"{make_printable(group)[:15]:16}" for group in (gap.higher, gap.lower))
            figures = f"{gap.n_cases:>6}{gap.difference:>7.3f}  {format_interval(gap.interval):18}{gap.largest:.3f}"
            print(f"{swap:8}{gap.label:14}{groups}{figures}")
        if not own:
            print(f"{swap:8}no two groups share {MIN_CASES} cases")


def _print_failures(failures: Sequence[Failure]) -> None:
    if not failures:
        print("\nevery case passes")
        return
    print(f"\n{count(len(failures), 'case')} not passed; the figures are the probabilities of {', '.join(LABELS)}")
    for failure in failures:
        print(f"\n{_name(failure.case)}: {make_printable(failure.problem)}")
        for name, text in failure.case.texts.items():
            figures = " ".join(f"{value:.2f}" for value in failure.probabilities[name].values())
            print(f"  {figures}  {make_printable(text)}")


def _name(case: TrapCase) -> str:
    parts = [case.kind] if case.rule is None else [case.kind, f"rule {case.rule}"]
    if isinstance(case, InvarianceCase):
        parts.append(case.swap)
    elif not isinstance(case, FunctionalityCase):
        parts.append(case.change)
    return ", ".join(parts)
