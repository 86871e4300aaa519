"""What a folder is on the Hub: the files that go there, and the card as it reads there.

Nothing goes that is not known: of a dataset what its manifest lists and the pages beside it, of a
model weights, tokenizer and configuration. Whatever else lies in the folder is left out.

A card is written for the folder in the project. On the Hub it names the repository instead, and the
files of the project that it links to (recipes, CITATION.cff) lie beside it.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from huggingface_hub import constants
from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

from r1k.errors import UserError
from r1k.hub.extend import PAGES, read_dataset
from r1k.hub.write import PLOT

Kind = Literal["dataset", "model"]
CARD = "README.md"
TRAINER_LOG = "trainer_state.json"
ADAPTER = "adapter_config.json"
# Not training_args.bin, optimizer.pt and the like: pickles, which nobody should load from the Hub.
_MODEL_FILES = (".safetensors", ".json", ".jinja", ".txt", ".model")
_LINK = re.compile(r"(?<=\]\()(\.\./[^)#\s]+)(?=[)#])")


@dataclass(frozen=True)
class Contents:
    """A repository to be: `files` maps the path in it to the bytes, or the file that holds them;
    `left_out` are files of the folder that do not go."""

    kind: Kind
    repo_id: str
    folder: Path
    files: dict[str, Path | bytes]
    left_out: list[str] = field(default_factory=list)

    def read(self, name: str) -> bytes:
        """The bytes of a file."""
        source = self.files[name]
        return source if isinstance(source, bytes) else source.read_bytes()

    @property
    def card(self) -> str:
        """The text of README.md; "" where there is none."""
        return self.read(CARD).decode("utf-8", "replace") if CARD in self.files else ""


@dataclass(frozen=True)
class Digest:
    """How the Hub names a content: `git` is the SHA-1 of it as a git blob, `sha256` that of a file
    in large storage. Which of the two holds is for the Hub to say."""

    size: int
    git: str
    sha256: str


def digest(source: Path | bytes) -> Digest:
    """The digests of a file, read in pieces."""
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    git, sha256 = hashlib.sha1(b"blob %d\0" % size), hashlib.sha256()
    for piece in _pieces(source):
        git.update(piece)
        sha256.update(piece)
    return Digest(size, git.hexdigest(), sha256.hexdigest())


def _pieces(source: Path | bytes) -> Iterable[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    with source.open("rb") as file:
        while piece := file.read(1 << 20):
            yield piece


def repository(org: str, name: str) -> str:
    """ORG/NAME.

    Raises:
        UserError: not a name that the Hub takes.
    """
    repo_id = f"{org}/{name}"
    try:
        validate_repo_id(repo_id)
    except HFValidationError as e:
        raise UserError(f"{repo_id}: no name for a repository of the Hub: {e}") from None
    if "/" in org or not org:
        raise UserError(f"--org {org}: name an organisation or a user of the Hub")
    return repo_id


def dataset_contents(folder: Path, org: str) -> Contents:
    """A dataset that r1k made.

    Raises:
        UserError: it is none.
    """
    read_dataset(folder)  # refuses what r1k did not write, and what is incomplete
    listed = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    pages = [name for name in (CARD, PLOT, *PAGES) if (folder / name).is_file()]
    files = {name: folder / name for name in ("manifest.json", *pages, *listed)}
    repo_id = repository(org, folder.resolve().name)
    card = _text(folder / CARD).replace("PATH_OR_HUB_ID", repo_id)
    return _complete(Contents("dataset", repo_id, folder, dict(files), []), card, org)


def model_contents(
    folder: Path, org: str, name: str, card: str, adapter: bytes | None = None
) -> Contents:
    """A model, with the text of its card, and, of an adapter, the `adapter_config.json` that names
    its base as it is on the Hub. The log of a training is taken from the last checkpoint where TRL
    left it.

    Raises:
        UserError: it is none.
    """
    if not (folder / "config.json").is_file() and not (folder / ADAPTER).is_file():
        raise UserError(f"{folder}: not a model (no config.json)")
    repo_id = repository(org, name)
    files: dict[str, Path | bytes] = {
        path.name: path
        for path in sorted(folder.iterdir())
        if path.is_file() and path.suffix in _MODEL_FILES
    }
    if log := trainer_log(folder):
        files[TRAINER_LOG] = log
    if adapter is not None:
        files[ADAPTER] = adapter
    return _complete(Contents("model", repo_id, folder, files, []), card, org)


def trainer_log(folder: Path) -> Path | None:
    """The `trainer_state.json` of a model, or of its last checkpoint."""
    if (folder / TRAINER_LOG).is_file():
        return folder / TRAINER_LOG
    found = [p for p in folder.glob(f"checkpoint-*/{TRAINER_LOG}") if _step(p) >= 0]
    return max(found, key=_step, default=None)


def _step(log: Path) -> int:
    number = log.parent.name.removeprefix("checkpoint-")
    return int(number) if number.isdigit() else -1


def _complete(contents: Contents, card: str, org: str) -> Contents:
    """With the card as it reads on the Hub, what it links to, and what is left out."""
    files = dict(contents.files)
    folder = contents.folder

    def hub_link(found: re.Match[str]) -> str:
        target = Path(os.path.normpath(folder / found[1]))
        if target.name == CARD and (target.parent / "config.json").is_file():
            return f"{constants.ENDPOINT}/{org}/{target.parent.name}"
        if target.name == CARD and (target.parent / "manifest.json").is_file():
            return f"{constants.ENDPOINT}/datasets/{org}/{target.parent.name}"
        if not target.is_file():
            raise UserError(f"{folder / CARD}: links to {found[1]}, which is not there")
        # Below the folder that the command is typed in, as in the project; or by its name.
        name = target.as_posix() if not target.is_absolute() else _below_here(target)
        files[name] = target
        return name

    card = _LINK.sub(hub_link, card).replace(f'"{folder.as_posix()}"', f'"{contents.repo_id}"')
    files[CARD] = card.encode()
    taken = {folder / name for name in contents.files} | {folder / CARD}
    left_out = [
        path.relative_to(folder).as_posix() + ("/" if path.is_dir() else "")
        for path in sorted(folder.iterdir())
        if path not in taken and not any(path in inner.parents for inner in taken)
    ]
    left_out += [
        path.relative_to(folder).as_posix()
        for path in sorted(folder.glob("*/*"))
        if path not in taken and any(path.parent in inner.parents for inner in taken)
    ]
    ordered = dict(sorted(files.items()))
    return Contents(contents.kind, contents.repo_id, folder, ordered, left_out)


def _below_here(target: Path) -> str:
    here = Path.cwd()
    return target.relative_to(here).as_posix() if target.is_relative_to(here) else target.name


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
