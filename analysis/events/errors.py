"""The base of all errors that a user may see."""


class LumbarError(Exception):
    """Something went wrong that a person can understand.

    Its text is the whole message: one line that says what is wrong, where, and what to do. The command line
    prints it and exits with status 1; anything else that escapes is a fault of ours. It may quote a file or a
    message of a stranger's, so what would steer a terminal or begin another line is shown as a question mark.
    """

    def __str__(self) -> str:
        """Return the message, printable and in one line."""
        return "".join(sign if sign.isprintable() else "?" for sign in super().__str__())
