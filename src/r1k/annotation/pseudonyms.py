"""Names for annotators that do not tell who they are: annotator-1, annotator-2, ...

Who is who stays in a private file (0600) in the home folder and is never written into a dataset.
A person keeps the name in every pull, round and dataset of one server.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import orjson

from r1k.errors import UserError

FILE = "pseudonyms.json"


class Pseudonyms:
    """The names given so far.

    Args:
        folder: where the file is, or will be; made if absent (0700).

    Raises:
        UserError: the file is not one that r1k wrote.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        try:
            stored = orjson.loads(self._path.read_bytes())
            self._users = {str(n): [str(i) for i in p["user_ids"]] for n, p in stored.items()}
            self._usernames = {str(n): p["username"] for n, p in stored.items()}
        except FileNotFoundError:
            self._users, self._usernames = {}, {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise UserError(
                f"{self._path}: is not readable as the names of annotators; restore it, or move it"
                " away to have the names given anew"
            ) from None

    def users(self) -> dict[str, list[str]]:
        """The ids in Argilla of each person, by pseudonym."""
        return {name: list(ids) for name, ids in self._users.items()}

    def name(self, user_ids: list[str], usernames: Mapping[str, str]) -> dict[str, str]:
        """The pseudonym of each user id, new ones in the order given.

        A user who was removed and made again under the same name is the same person.
        """
        names = {user_id: name for name, ids in self._users.items() for user_id in ids}
        known = {username: name for name, username in self._usernames.items() if username}
        for user_id in user_ids:
            if user_id in names:
                continue
            username = usernames.get(user_id)
            name = known.get(username or "") or f"annotator-{len(self._users) + 1}"
            self._users.setdefault(name, []).append(user_id)
            self._usernames.setdefault(name, username)
            names[user_id] = name
            if username:
                known[username] = name
        return names

    def save(self) -> None:
        """Write the file, readable by its owner alone; a crash leaves the old one."""
        stored = {
            name: {"username": self._usernames[name], "user_ids": ids}
            for name, ids in self._users.items()
        }
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = self._path.with_suffix(f".{os.getpid()}.part")
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(orjson.dumps(stored, option=orjson.OPT_INDENT_2))
        part.replace(self._path)
