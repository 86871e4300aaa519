"""What lies on the Hub, and how a folder differs from it.

Nothing is kept on this machine about earlier publishing. The Hub names, for each file, the commit
that last changed it: a file whose last commit is r1k's has been touched by nobody since.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import httpx
from huggingface_hub import HfApi
from huggingface_hub.errors import (
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
)
from huggingface_hub.hf_api import RepoFile

from r1k.errors import UserError
from r1k.hub.contents import Digest, Kind

TITLE = "Published by r1k"
_HUBS_OWN = ".gitattributes"  # the Hub writes it, and adds to it in commits of others
TRIES = 4
T = TypeVar("T")


@dataclass(frozen=True)
class RemoteFile:
    """A file on the Hub: its SHA-256 if it is in large storage, else its git SHA-1, the title of
    the commit that last changed it, and whether that was r1k's."""

    hash: str
    size: int
    changed_by: str
    ours: bool


@dataclass(frozen=True)
class Remote:
    """A repository: the commit of `main`, None where there is no repository; its files; the commit
    of each tag."""

    commit: str | None
    private: bool
    files: dict[str, RemoteFile]
    tags: dict[str, str]


@dataclass(frozen=True)
class Difference:
    """Paths in a repository, by what publishing would do to them.

    `changed` are those among `add` that somebody else wrote or changed since: to overwrite them
    needs --force. `foreign` are files of others that the folder does not have; they stay.
    """

    add: list[str]
    delete: list[str]
    same: list[str]
    changed: list[str]
    foreign: list[str]


def read_remote(api: HfApi, kind: Kind, repo_id: str) -> Remote:
    """What lies on the Hub now."""
    try:
        info = api.repo_info(repo_id, repo_type=kind)
    except RepositoryNotFoundError:
        return Remote(None, False, {}, {})
    refs = api.list_repo_refs(repo_id, repo_type=kind)
    tags = {tag.name: tag.target_commit for tag in refs.tags}
    return Remote(str(info.sha), bool(info.private), _files(api, kind, repo_id, info.sha), tags)


def _files(api: HfApi, kind: Kind, repo_id: str, commit: str | None) -> dict[str, RemoteFile]:
    tree = api.list_repo_tree(repo_id, recursive=True, expand=True, revision=commit, repo_type=kind)
    found = {}
    for entry in tree:
        if isinstance(entry, RepoFile) and entry.path != _HUBS_OWN:
            title = entry.last_commit.title if entry.last_commit else ""
            known = entry.lfs.sha256 if entry.lfs else entry.blob_id
            found[entry.path] = RemoteFile(known, entry.size, title, title.startswith(TITLE))
    return found


def holds(files: dict[str, RemoteFile], digests: dict[str, Digest]) -> bool:
    """Whether these are the files, each with its content."""
    return all(name in files and _equal(files[name], known) for name, known in digests.items())


def tagged(api: HfApi, kind: Kind, repo_id: str, commit: str) -> dict[str, RemoteFile]:
    """The files of the commit that a tag names."""
    return _files(api, kind, repo_id, commit)


def compare(digests: dict[str, Digest], remote: Remote) -> Difference:
    """What publishing would do to the remote's files."""
    same = [n for n, d in digests.items() if n in remote.files and _equal(remote.files[n], d)]
    add = [name for name in digests if name not in same]
    gone = {name: file for name, file in remote.files.items() if name not in digests}
    return Difference(
        add=add,
        delete=sorted(name for name, file in gone.items() if file.ours),
        same=same,
        changed=[name for name in add if name in remote.files and not remote.files[name].ours],
        foreign=sorted(name for name, file in gone.items() if not file.ours),
    )


def _equal(remote: RemoteFile, local: Digest) -> bool:
    return remote.hash in (local.git, local.sha256)


def attempt(step: Callable[[], T], what: str, token: str | None, tries: int = TRIES) -> T:
    """Do a step that may be done twice, again where the Hub or the line fails for the moment.

    Raises:
        UserError: it fails for good; the line never holds the token.
    """
    for count in range(1, tries + 1):
        try:
            return step()
        except Exception as e:
            cause = _http_error(e)
            if cause is None:
                raise
            if not _passing(cause) or count == tries:
                # huggingface_hub says more of a card that the Hub refuses than the Hub's answer.
                why = str(e) if isinstance(e, ValueError) else _explain(cause)
                raise UserError(_clean(f"{what}: {why}", token)) from None
            time.sleep(2 ** (count - 1))
    raise AssertionError


def _http_error(error: BaseException | None) -> Exception | None:
    """The error of the Hub or the line behind an error of huggingface_hub, if there is one."""
    while error is not None:
        if isinstance(error, HfHubHTTPError | httpx.HTTPError | OfflineModeIsEnabled):
            return error
        error = error.__cause__ or error.__context__
    return None


def _passing(error: Exception) -> bool:
    """Whether it may work in a moment; 409 and 412 where somebody else commits meanwhile."""
    if isinstance(error, HfHubHTTPError):
        return error.response.status_code in (409, 412, 429) or error.response.status_code >= 500
    return isinstance(error, httpx.TransportError)


def _explain(error: Exception) -> str:
    if isinstance(error, OfflineModeIsEnabled):
        return "HF_HUB_OFFLINE is set; unset it to publish"
    if not isinstance(error, HfHubHTTPError):
        return f"the Hub cannot be reached ({type(error).__name__}); the same command carries on"
    status = error.response.status_code
    said = f" ({error.server_message})" if error.server_message else ""
    if status == 401:
        return f"the Hub does not take the token{said}; make one that may write, then hf auth login"
    if status == 403:
        return f"the token may not write there{said}; ask for the right, or name another --org"
    if status == 429:
        return "the Hub has had too many requests; the same command carries on later"
    if status in (409, 412):
        return f"somebody else is changing it{said}; run the same command again"
    if status >= 500:
        return f"the Hub fails ({status}); the same command carries on later"
    return f"the Hub refuses it ({status}){said}"


def _clean(text: str, token: str | None) -> str:
    return text.replace(token, "…") if token else text
