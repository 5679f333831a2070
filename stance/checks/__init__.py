"""Checks of labelled files: is the data sound, and is it more than templates and a word list?"""

from stance.checks.data import DataReport, check_files
from stance.checks.outcome import CHECKS, Check

__all__ = ["CHECKS", "Check", "DataReport", "check_files"]
