"""The one error that a person can fix."""


class UsageError(Exception):
    """What was asked for, or this machine, can't be run. The message names what is wrong and the fix. Exit status 2."""
