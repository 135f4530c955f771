"""The one error that users see, and what a command's exit code means."""

from enum import IntEnum


class StudyError(Exception):
    """Bad input, said in one line: what was expected, what was found, what to do."""


class Exit(IntEnum):
    """Exit codes of every command."""

    OK = 0
    FAILED = 1
    BAD_INPUT = 2
    UNDECIDED = 3
