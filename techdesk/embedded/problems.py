"""The one error of this package."""


class Problem(Exception):
    """Something the person at the keyboard can mend.

    The text is one line for the terminal: what is wrong and what to do next. The command line prints
    it without a traceback and leaves with exit code 1.
    """
