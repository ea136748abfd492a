"""The base of all errors that a user may see."""


class LumbarError(Exception):
    """Something went wrong that a person can understand.

    Its text is the whole message: one line that says what is wrong, where, and what to do. The command line
    prints it and exits with status 1; anything else that escapes is a fault of ours.
    """
