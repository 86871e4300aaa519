"""The people who judge: their accounts in Argilla, and the file in which their passwords are.

The file is `annotators.json`, for the server of `r1k annotate serve` in its home folder, for any
other Argilla in `servers/<host>` of it. It is written before an account is made, so that no account
is ever left without its password in the file, whenever push is killed.
"""

import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

from r1k.annotation.rest import Argilla
from r1k.errors import UserError

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


@dataclass
class Annotators:
    """The file of one server. `people` maps a name to its `password`, None where r1k made none,
    and to the `rounds` (names of Argilla datasets) for which the person was named."""

    path: Path
    people: dict[str, dict[str, Any]]

    @classmethod
    def of(cls, home: Path, url: str | None) -> "Annotators":
        """The file of the server that the command is about; empty if there is none yet.

        Raises:
            UserError: the file is not one that r1k wrote.
        """
        folder = home / "servers" / server_folder(url) if url else home
        path = folder / "annotators.json"
        try:
            people = orjson.loads(path.read_bytes())
            for known in people.values():
                known["password"], known["rounds"]
        except FileNotFoundError:
            people = {}
        except (OSError, ValueError, AttributeError, KeyError, TypeError):
            raise UserError(f"{path}: not the file that r1k wrote; move it away") from None
        return cls(path, people)

    def save(self) -> None:
        """Write the file, for the eyes of this user alone; whole, or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = self.path.with_suffix(f".{os.getpid()}.part")
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(orjson.dumps(self.people, option=orjson.OPT_INDENT_2))
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.path)


def server_folder(url: str) -> str:
    """The folder of a server's file: its host, and its port where it has one of its own."""
    parts = urlsplit(url)
    return f"{parts.hostname}-{parts.port}" if parts.port else str(parts.hostname)


def check_names(names: list[str]) -> list[str]:
    """The names, each once, in order.

    Raises:
        UserError: one that is no name for an account.
    """
    for name in names:
        if not _NAME.fullmatch(name):
            raise UserError(
                f"--users {name!r}: a name has small letters, digits, - and _, and at most 60 of"
                " them; people sign in with it"
            )
    return list(dict.fromkeys(names))


def existing(argilla: Argilla, names: list[str]) -> dict[str, str]:
    """The ids of those who have an account already.

    Raises:
        UserError: an account is an owner's or an admin's, who see what others answer.
    """
    found = {}
    for user in argilla.get("users")["items"]:
        if user["username"] in names:
            if user["role"] != "annotator":
                raise UserError(
                    f"--users {user['username']}: is an {user['role']} of {argilla.url}, and sees"
                    " what others answer; name an account for judging"
                )
            found[user["username"]] = user["id"]
    return found


def invite(
    argilla: Argilla, names: list[str], workspace_id: str, round_name: str, file: Annotators
) -> list[str]:
    """Give everybody an account and a place in the workspace; what is there stays as it is.

    Returns:
        The names of those whose accounts were made.
    """
    known = existing(argilla, names)
    for name in names:
        password = None if name in known else secrets.token_urlsafe(12)
        person = file.people.setdefault(name, {"password": password, "rounds": []})
        person["password"] = person["password"] or password
        if round_name not in person["rounds"]:
            person["rounds"].append(round_name)
    file.save()
    made = [name for name in names if name not in known]
    for name in made:
        user = {
            "username": name,
            "first_name": name,
            "role": "annotator",
            "password": file.people[name]["password"],
        }
        known[name] = argilla.post("users", user)["id"]
    members = {u["id"] for u in argilla.get(f"workspaces/{workspace_id}/users")["items"]}
    for name in names:
        if known[name] not in members:
            argilla.post(f"workspaces/{workspace_id}/users", {"user_id": known[name]})
    return made
