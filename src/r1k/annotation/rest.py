"""Argilla's REST API, as far as r1k needs it.

Not through Argilla's own client: that one drops the status of responses where it exports them, and
pins libraries that r1k needs newer. All paths are below `/api/v1`, all bodies JSON.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson

from r1k.errors import UserError

PAGE = 100  # records a page: with traces of 35,000 characters some 5 MB
MARK = "r1k"  # the key of an Argilla dataset's metadata that says which round it is
_RETRY_SECONDS = (0.5, 1, 2, 4, 8)  # a server that is started again is back within these
_AWAY = (502, 503, 504)  # what a proxy answers while the server behind it starts
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Argilla:
    """One Argilla server, as its owner.

    What can be sent twice without harm (`get`, `put`, `patch`, `delete`) is sent again where the
    connection breaks or the server is away, for 15 seconds. A `post` is sent again only where it
    never reached the server.

    Attributes:
        url: as given, without a slash at the end.
        start: how to start the server, for error messages; None for a server of somebody else.

    Raises (all methods):
        UserError: the server cannot be reached, refuses the key, does not know what is asked for,
            or does not accept it.
    """

    def __init__(self, url: str, api_key: str, start: str | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise UserError(f"{url!r}: an Argilla's address is like https://argilla.example.org")
        self.url, self.start = url.rstrip("/"), start
        self._client = httpx.Client(
            base_url=f"{self.url}/api/v1/",
            headers={"X-Argilla-Api-Key": api_key},
            timeout=httpx.Timeout(120, connect=10),
            verify=parts.scheme == "https",  # certificates are not even read where none is used
            # What the environment says of proxies is not meant for this machine.
            trust_env=parts.hostname not in _LOOPBACK,
        )

    def get(self, path: str, **query: Any) -> Any:
        """What is at `path`, as JSON."""
        return self.call("GET", path, query=query)

    def post(self, path: str, body: Any, **query: Any) -> Any:
        """Create something; what the server says of it."""
        return self.call("POST", path, body, query=query)

    def put(self, path: str, body: Any, **query: Any) -> Any:
        """Create something, or replace it."""
        return self.call("PUT", path, body, query=query)

    def patch(self, path: str, body: Any, **query: Any) -> Any:
        """Change part of something."""
        return self.call("PATCH", path, body, query=query)

    def delete(self, path: str, **query: Any) -> Any:
        """Remove something."""
        return self.call("DELETE", path, query=query)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: dict[str, Any] | None = None,
        patient: bool = True,
    ) -> Any:
        """Any of the above; where not `patient`, a server that is away is not waited for."""
        content = None if body is None else orjson.dumps(body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        waits = iter(_RETRY_SECONDS if patient else ())
        while True:
            try:
                answer = self._client.request(
                    method, path.lstrip("/"), content=content, headers=headers, params=query
                )
                why = f"HTTP status {answer.status_code}" if answer.status_code in _AWAY else None
                sent = True
            except httpx.TransportError as e:
                why = str(e) or type(e).__name__
                sent = not isinstance(e, httpx.ConnectError | httpx.ConnectTimeout)
            if why is None:
                return self._read(answer, method, path)
            wait = None if sent and method == "POST" else next(waits, None)
            if wait is None:
                how = f"start it with {self.start}" if self.start else "is the address right?"
                raise UserError(f"no Argilla answers at {self.url} ({why}); {how}")
            time.sleep(wait)

    def _read(self, answer: httpx.Response, method: str, path: str) -> Any:
        status = answer.status_code
        if answer.is_success:
            try:
                return orjson.loads(answer.content) if answer.content else None
            except orjson.JSONDecodeError:
                raise UserError(f"what answers at {self.url} is no Argilla") from None
        if status in (401, 403):
            raise Refused(
                status,
                f"{self.url} refuses the API key ({'unknown' if status == 401 else 'no owner'}):"
                " it must be an owner's" + (", and that of this server" if status == 401 else ""),
            )
        raise Refused(status, f"{self.url} answers {status} to {method} {path}: {_detail(answer)}")

    def records(self, dataset_id: str, *, responses: bool = True) -> Iterator[dict[str, Any]]:
        """All records of a dataset, each once, with everybody's responses; a page at a time."""
        query = {"limit": PAGE} | ({"include": "responses"} if responses else {})
        seen: set[str] = set()
        offset = 0
        while True:
            page = self.get(f"datasets/{dataset_id}/records", offset=offset, **query)
            # Argilla sorts by time alone: of two records of one moment a page may repeat one.
            yield from (record for record in page["items"] if record["id"] not in seen)
            seen |= {record["id"] for record in page["items"]}
            offset += PAGE
            if len(page["items"]) < PAGE:
                break
        if len(seen) != page["total"]:
            raise UserError(
                f"{self.url}: of {page['total']:,} records {len(seen):,} came; they change"
                " meanwhile, run the same command again"
            )


class Refused(UserError):
    """An answer that is an error; `status` is that of HTTP."""

    def __init__(self, status: int, line: str) -> None:
        super().__init__(line)
        self.status = status


def _detail(answer: httpx.Response) -> str:
    """What the server says of an error, on one line, cut short."""
    try:
        said = orjson.loads(answer.content)
        if isinstance(said, dict):
            said = said.get("detail") or said.get("message") or said
        text = said if isinstance(said, str) else orjson.dumps(said).decode()
    except orjson.JSONDecodeError:
        text = answer.text
    line = " ".join(text.split())
    return line if len(line) <= 300 else f"{line[:300]}…"


def connect(home: Path, url: str | None) -> Argilla:
    """The Argilla that a command is about, after a look at whether it is there.

    Args:
        home: the folder of `r1k annotate serve`, with its `credentials.json`.
        url: another Argilla instead; its key is read from the variable ARGILLA_API_KEY.

    Raises:
        UserError: no credentials, no server, a key that is not an owner's, an Argilla before 2.
    """
    if url is None:
        path = home / "credentials.json"
        try:
            known = orjson.loads(path.read_bytes())
            url, key = str(known["url"]), str(known["api_key"])
        except FileNotFoundError:
            raise UserError(
                f"{home}: no Argilla was started here; start one with r1k annotate serve --home"
                f" {home}, or name another by --home or --url"
            ) from None
        except (OSError, ValueError, KeyError, TypeError) as e:
            raise UserError(f"{path}: no credentials that r1k wrote ({e})") from None
        start: str | None = f"r1k annotate serve --home {home}"
    else:
        key = os.environ.get("ARGILLA_API_KEY", "").strip()
        if not key or not key.isascii():
            raise UserError(f"put an owner's key of {url} into the variable ARGILLA_API_KEY")
        start = None
    argilla = Argilla(url, key, start)
    version = argilla.call("GET", "version", patient=False)
    if not (isinstance(version, dict) and str(version.get("version", "")).startswith("2.")):
        raise UserError(f"what answers at {argilla.url} is no Argilla 2")
    if argilla.get("me")["role"] != "owner":
        raise UserError(f"the API key for {argilla.url} is not an owner's")
    return argilla


@dataclass(frozen=True)
class Round:
    """One Argilla dataset that `r1k annotate push` made: a round of judging pairs of `dataset`."""

    id: str
    name: str
    dataset: str
    number: int
    workspace_id: str
    overlap: int
    ready: bool  # False where push was interrupted before the settings were complete


def find_rounds(argilla: Argilla, dataset: str) -> list[Round]:
    """All rounds of a dataset of r1k on a server, by number; empty where there is none.

    Args:
        dataset: the name under which it was pushed; see `r1k.annotation.records.pushed_name`.
    """
    return sorted((r for r in all_rounds(argilla) if r.dataset == dataset), key=lambda r: r.number)


def all_rounds(argilla: Argilla) -> list[Round]:
    """What `r1k annotate push` made on a server; other datasets are passed over."""
    found = []
    for item in argilla.get("me/datasets")["items"]:
        ours = (item.get("metadata") or {}).get(MARK)
        if isinstance(ours, dict) and {"dataset", "round"} <= ours.keys():
            found.append(
                Round(
                    id=item["id"],
                    name=item["name"],
                    dataset=ours["dataset"],
                    number=ours["round"],
                    workspace_id=item["workspace_id"],
                    overlap=item["distribution"]["min_submitted"],
                    ready=item["status"] == "ready",
                )
            )
    return found
