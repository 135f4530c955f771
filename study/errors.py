"""`StudyError`, the one error that users see, and the exit codes of the commands."""

from enum import IntEnum


class StudyError(Exception):
    """Bad input, explained in one line: what was found, what was expected, what to do."""


class Exit(IntEnum):
    """Exit codes of every command."""

    OK = 0
    FAILED = 1
    BAD_INPUT = 2
    UNDECIDED = 3
