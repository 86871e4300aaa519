"""The one kind of error a user is meant to read, and what more than one command refuses with it."""

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint at the known name that is most like an unknown one; "" if none is."""
    near = difflib.get_close_matches(name, list(known), 1)
    return f"; did you mean {near[0]!r}?" if near else ""


class UserError(Exception):
    """Something the user can mend: the command line prints it as one line and exits with code 2.

    Say what is wrong, where (file, row, field) and how to mend it, in one sentence or two.
    """
