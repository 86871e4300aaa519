"""The one kind of error a user is meant to read."""


class UserError(Exception):
    """Something the user can mend: the command line prints it as one line and exits with code 2.

    Say what is wrong, where (file, row, field) and how to mend it, in one sentence or two.
    """
