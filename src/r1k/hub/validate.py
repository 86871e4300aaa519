"""What a folder must be before anything of it leaves: loadable, true to its manifest, harmless."""

import json
import re
import struct
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from huggingface_hub import DatasetCard, ModelCard

from r1k.hub.contents import CARD, Contents, Digest
from r1k.hub.leaks import Leaks

# The Hub's own limits; https://huggingface.co/docs/hub/repositories-recommendations
MAX_FILE_BYTES = 50 * 10**9
MAX_ENTRIES = 10_000
MAX_FILES = 100_000
_LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)[)#]")


def violations(contents: Contents, digests: dict[str, Digest], leaks: Leaks) -> list[str]:
    """One line for each thing that is wrong, with its file and place; none if all is well."""
    found = [*_limits(contents, digests), *_card(contents)]
    if contents.kind == "dataset":
        found += _manifest(contents, digests)
        found += [] if found else _loads(contents)
    else:
        found += _model(contents)
    for name, source in contents.files.items():
        if name.endswith(".parquet") and isinstance(source, Path):
            places = leaks.in_table(source)
        elif name.endswith(".safetensors") and isinstance(source, Path):
            places = leaks.in_bytes(_header(source) or b"")
        else:
            places = leaks.in_bytes(contents.read(name))
        found += [f"{name}{place}: {what}" for place, what in places]
    return [f"{contents.folder}/{line}" for line in found]


def _limits(contents: Contents, digests: dict[str, Digest]) -> Iterator[str]:
    for name, known in digests.items():
        if known.size > MAX_FILE_BYTES:
            yield f"{name}: {known.size} bytes; the Hub takes {MAX_FILE_BYTES} a file"
    if len(digests) > MAX_FILES:
        yield f": {len(digests)} files; the Hub takes {MAX_FILES} a repository"
    folders = Counter(str(PurePosixPath(name).parent) for name in digests)
    for folder, count in folders.items():
        if count > MAX_ENTRIES:
            yield f"{folder}: {count} files; the Hub takes {MAX_ENTRIES} a folder"


def _card(contents: Contents) -> Iterator[str]:
    if not contents.card:
        yield f"{CARD}: is missing; the Hub shows it as the card"
        return
    if not contents.card.startswith("---\n"):
        yield f"{CARD}:1: has no YAML at its top (license, language, tags)"
        return
    kind = DatasetCard if contents.kind == "dataset" else ModelCard
    try:
        card = kind(contents.card)
    except Exception as e:  # whatever yaml or huggingface_hub makes of it
        yield f"{CARD}: the YAML at its top is not a card's: {' '.join(str(e).split())[:200]}"
        return
    data: dict[str, Any] = card.data.to_dict()
    if not isinstance(data.get("license"), str) or not data["license"].strip():
        yield f"{CARD}:1: no license in its YAML; give one, as `license: apache-2.0`"
    elif data["license"] == "other" and not data.get("license_name"):
        yield f"{CARD}:1: license is `other`; say which (license_name and license_link, or another)"
    if not data.get("language"):
        yield f"{CARD}:1: no language in its YAML"
    if contents.kind == "dataset" and not data.get("configs"):
        yield f"{CARD}:1: no configs in its YAML; load_dataset would guess"
    for found in _LINK.finditer(contents.card):
        if found[1] not in contents.files:
            line = contents.card.count("\n", 0, found.start()) + 1
            yield f"{CARD}:{line}: links to {found[1]}, which does not go to the Hub"


def _manifest(contents: Contents, digests: dict[str, Digest]) -> Iterator[str]:
    listed = json.loads(contents.read("manifest.json"))["files"]
    for name, facts in listed.items():
        if digests[name].sha256 != facts["sha256"]:
            yield f"{name}: is not the file of manifest.json (another SHA-256)"
            continue
        try:
            rows = pq.read_metadata(contents.folder / name).num_rows
        except (OSError, pa.ArrowInvalid) as e:
            yield f"{name}: not a parquet file: {e}"
            continue
        if rows != facts["rows"]:
            yield f"{name}: {rows} rows; manifest.json says {facts['rows']}"
    try:
        configs = DatasetCard(contents.card).data.to_dict().get("configs") or []
        named = {
            path: part["split"]
            for config in configs
            for part in config["data_files"]
            for path in part["path"]
        }
    except Exception:  # what is wrong with the card is said already
        return
    for name in sorted(named.keys() | listed.keys()):
        if name not in listed:
            yield f"{CARD}: names {name}, which manifest.json does not list"
        elif name not in named:
            yield f"{CARD}: does not name {name}, which manifest.json lists"
        elif named[name] != listed[name]["split"]:
            yield f"{CARD}: {name} is of split {named[name]}; manifest.json says otherwise"


def _loads(contents: Contents) -> Iterator[str]:
    """Load each config and split as they will lie on the Hub, without filling a cache."""
    import datasets

    with tempfile.TemporaryDirectory() as stage:
        for name, source in contents.files.items():
            path = Path(stage) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(source, Path):
                path.symlink_to(source.resolve())
            else:
                path.write_bytes(source)
        for config in DatasetCard(contents.card).data.to_dict()["configs"]:
            name = config["config_name"]
            try:
                splits = datasets.load_dataset(stage, name, streaming=True)
                for rows in splits.values():
                    next(iter(rows), None)
            except Exception as e:  # whatever datasets makes of it
                yield f"{CARD}: config {name} does not load: {' '.join(str(e).split())[:200]}"


def _model(contents: Contents) -> Iterator[str]:
    for name in contents.files:
        if name.endswith(".json"):
            try:
                json.loads(contents.read(name))
            except ValueError as e:
                yield f"{name}: not JSON: {e}"
    weights = {n: p for n, p in contents.files.items() if n.endswith(".safetensors")}
    if not weights:
        yield ": no weights (.safetensors)"
    for name, path in weights.items():
        assert isinstance(path, Path)
        header = _header(path)
        if header is None:
            yield f"{name}: not a file of safetensors"
            continue
        tensors = {key: tensor for key, tensor in json.loads(header).items() if key[0] != "_"}
        end = max((tensor["data_offsets"][1] for tensor in tensors.values()), default=0)
        if 8 + len(header) + end != path.stat().st_size:
            yield f"{name}: is cut off, or too long"


def _header(path: Path) -> bytes | None:
    """The JSON at the top of a file of safetensors; None if there is none."""
    with path.open("rb") as file:
        try:
            (length,) = struct.unpack("<Q", file.read(8))
            header = file.read(length) if length < path.stat().st_size else b""
            json.loads(header)
        except (ValueError, struct.error):
            return None
    return header
