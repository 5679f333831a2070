"""Scored sentences → what people and programs read."""

from stance.report.table import write_table
from stance.report.tabular import write_csv, write_jsonl

WRITERS = {"table": write_table, "jsonl": write_jsonl, "csv": write_csv}

__all__ = ["WRITERS", "write_csv", "write_jsonl", "write_table"]
