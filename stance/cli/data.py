"""`stance check-data`, `stance to-label-studio` and `stance from-label-studio`."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance.checks.outcome import CHECKS
from stance.cli.output import add_input_options, open_output, say, warn
from stance.errors import InputError
from stance.examples import SUFFIXES, read_examples, to_rows, write_examples
from stance.inputs import read_document
from stance.label_studio import to_tasks
from stance.rows import decode, read_bytes

if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def add_check_data(commands: "_Commands") -> None:
    """Add the command `check-data`."""
    checks = "\n".join(f"  {name:18}{meaning}" for name, meaning in CHECKS.items())
    columns = "text and labels; id, primary, group (the document), split and contrast_set where there are any"
    check = commands.add_parser(
        "check-data",
        help="check labelled files before training on them",
        description="Describe labelled sentences and check them. Several files are taken for the sides of a split,\n"
        f"unless they have a column 'split'. Columns: {columns}.\n\nThe checks:\n{checks}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Exit code: 0 where no check failed, 1 where one did, 2 where a file cannot be read.\n\nExamples:\n"
        "  stance check-data mine.csv\n"
        "  stance check-data train.jsonl test.jsonl      does anything stand on both sides?\n"
        "  stance check-data headlines.csv --skip wording    what suits invented sentences alone",
    )
    check.add_argument("files", nargs="+", metavar="FILE", help=f"labelled sentences: {', '.join(SUFFIXES)}")
    check.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    check.add_argument(
        "--skip",
        action="append",
        default=[],
        metavar="CHECK",
        help="leave a check out, or all five on wording with: --skip wording; may be repeated",
    )
    check.set_defaults(command=_check_data)


def _check_data(args: argparse.Namespace) -> int:
    from stance.checks.data import check_files
    from stance.report.checks import write_checks_json, write_checks_table

    report = check_files(args.files, leave_out=args.skip)
    args.code = 0 if report.passed else 1  # holds even where the reader of the table has seen enough
    (write_checks_json if args.json else write_checks_table)(report, sys.stdout)
    return 0 if report.passed else 1


def add_to_label_studio(commands: "_Commands") -> None:
    """Add the command `to-label-studio`."""
    to = commands.add_parser(
        "to-label-studio",
        help="make tasks for labelling by a team",
        description="Split articles or tables into sentences and write them as tasks that Label Studio imports.",
        epilog="How to set the project up: docs/label-studio.md",
    )
    to.add_argument("files", nargs="+", metavar="FILE", help="articles or tables, as for stance score")
    add_input_options(to)
    to.add_argument(
        "--labelled", action="store_true", help="the files are labelled sentences; keep their labels and columns"
    )
    to.add_argument("-o", "--output", metavar="FILE", help="write to this file instead of stdout")
    to.set_defaults(command=_to_label_studio)


def _to_label_studio(args: argparse.Namespace) -> int:
    if args.output and not args.output.lower().endswith(".json"):
        raise InputError(f"{args.output}: expected a file ending in .json, which is what Label Studio imports")
    rows = [row for name in args.files for row in (_read_labelled if args.labelled else _read_plain)(name, args)]
    if not rows:
        raise InputError(f"{', '.join(args.files)}: expected sentences, found none")
    with open_output(args.output) as out:
        json.dump(to_tasks(rows), out, ensure_ascii=False, indent=1)
        out.write("\n")
    say(f"{len(rows)} task{'s' * (len(rows) != 1)}")
    return 0


def _read_labelled(name: str, _: argparse.Namespace) -> list[dict[str, Any]]:
    return to_rows(read_examples(name))


def _read_plain(name: str, args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield a row for each sentence: of a table all columns, of an article its name as group, so no split parts it."""
    document = read_document(name, input_format=args.input, column=args.column, warn=warn)
    for i, sentence in enumerate(document.sentences):
        identifier = f"{document.name}:{i + 1}"
        if not sentence.text.strip():
            warn(f"{identifier}: no text; left out")
        elif document.rows is None:
            yield {"id": identifier, "text": sentence.text, "group": document.name}
        else:
            columns = {key: value for key, value in document.rows[i].items() if key not in ("labels", "primary")}
            yield {"id": identifier, **columns, "text": sentence.text}


def add_from_label_studio(commands: "_Commands") -> None:
    """Add the command `from-label-studio`."""
    back = commands.add_parser(
        "from-label-studio",
        help="take a team's labels back",
        description="Turn an export of Label Studio (format JSON) into labelled sentences to train on. "
        "Tasks that nobody has labelled are left out.",
        epilog="How to set the project up: docs/label-studio.md",
    )
    back.add_argument("files", nargs="+", metavar="FILE", help="exports of Label Studio, ending in .json")
    back.add_argument(
        "-o", "--output", metavar="FILE", required=True, help="labelled sentences, ending in .jsonl, .csv or .parquet"
    )
    back.set_defaults(command=_from_label_studio)


def _from_label_studio(args: argparse.Namespace) -> int:
    if other := [name for name in args.files if not name.lower().endswith(".json")]:
        raise InputError(f"{other[0]}: expected an export of Label Studio ending in .json")
    if not args.output.lower().endswith((".jsonl", ".csv", ".tsv", ".parquet")):
        raise InputError(f"{args.output}: expected a file ending in .jsonl, .csv, .tsv or .parquet")
    examples = [example for name in args.files for example in read_examples(name)]
    write_examples(args.output, examples)
    n_tasks = sum(len(json.loads(decode(read_bytes(Path(name)))[0])) for name in args.files)
    say(f"{len(examples)} labelled sentences in {args.output}, of {n_tasks} tasks")
    return 0
