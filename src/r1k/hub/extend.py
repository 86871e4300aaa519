"""`extend_dataset`: a dataset with what people said of its pairs added to it.

    OUT/validation, labels, validated_<view>   tables, as those of `r1k.hub.write`
    OUT/agreement.json                         how far people agree
    OUT/validation.html                        the same for people to read

and the card and `manifest.json` written anew. OUT is DATASET itself, or a folder of its own that
then holds a copy of DATASET's tables. Replacing is as safe as in `r1k.hub.write`.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from r1k.config import Config
from r1k.errors import UserError
from r1k.hub.card import CONFIGS, VALIDATION_CONFIGS, make_card
from r1k.hub.manifest import dump, is_ours, list_files
from r1k.hub.write import PLOT, SPLITS, building, first_example, install
from r1k.schema import sha256
from r1k.views.table import File

PAGES = ("agreement.json", "validation.html")


@dataclass(frozen=True)
class Dataset:
    """A dataset folder of r1k, without what people said of it.

    `files` are those of each config and split, in order; `validation` is the table of responses
    that an earlier pull left, if any.
    """

    folder: Path
    manifest: dict[str, Any]
    config: Config
    files: dict[str, dict[str, list[File]]]
    validation: list[Path]

    def paths(self, config_name: str) -> dict[str, list[Path]]:
        """The files of a table by split."""
        return {s: [f.path for f in parts] for s, parts in self.files[config_name].items()}


@dataclass(frozen=True)
class Added:
    """What is added: the files of each config of `VALIDATION_CONFIGS` and split, and what the
    manifest says of them under `validation`."""

    files: dict[str, dict[str, list[File]]]
    facts: dict[str, Any]


def read_dataset(folder: Path) -> Dataset:
    """A dataset folder that r1k wrote.

    Raises:
        UserError: it is not one, or one of another version, or files are missing.
    """
    if not is_ours(folder / "manifest.json"):
        raise UserError(f"{folder}: not a dataset of r1k (no manifest.json that it wrote)")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    try:
        listed = manifest["files"]
        found = {name: _files(folder, listed, name) for name in (*CONFIGS, "validation")}
        config = Config.model_validate(manifest["config"])
    except (KeyError, TypeError, ValidationError):
        raise UserError(
            f"{folder}/manifest.json: written by another version of r1k; make the dataset anew"
        ) from None
    for splits in found.values():
        for file in (file for parts in splits.values() for file in parts):
            if not file.path.is_file():
                raise UserError(f"{file.path}: is listed in manifest.json, and is missing")
    manifest["files"] = {n: f for n, f in listed.items() if n.partition("/")[0] in CONFIGS}
    manifest.pop("validation", None)
    validation = [f.path for parts in found.pop("validation").values() for f in parts]
    return Dataset(folder, manifest, config, found, validation)


def extend_dataset(dataset: Dataset, out: Path, make: Callable[[Path], Added]) -> dict[str, Any]:
    """Write OUT and return its manifest.

    Args:
        out: new, empty, the dataset's own folder, or an earlier dataset of r1k, whose data files
            are then replaced; other files in it stay.
        make: writes the added tables, and the two pages, into the folder that it is given.

    Raises:
        UserError: `out` holds files that r1k did not write.
    """
    with building(out) as build:
        added = make(build)
        files = dataset.files | added.files
        pages = {name: sha256((build / name).read_bytes()) for name in PAGES}
        manifest = dataset.manifest | {
            "files": dataset.manifest["files"] | list_files(added.files),
            "validation": added.facts | {"pages": pages},
        }
        for name in (*dataset.manifest["files"], PLOT):
            there = out / name
            # A name with a hash in it says what is in the file.
            if not there.is_file() or (name == PLOT and out.resolve() != dataset.folder.resolve()):
                (build / name).parent.mkdir(exist_ok=True)
                shutil.copyfile(dataset.folder / name, build / name)
        (build / "manifest.json").write_text(dump(manifest), encoding="utf-8")
        program = dataset.config.inverter == "program"
        example = first_example(dataset.paths("pairs")) if program else None
        card = make_card(manifest, files, dataset.config, example)
        (build / "README.md").write_text(card, encoding="utf-8")
        install(build, out, set(manifest["files"]), (*CONFIGS, *VALIDATION_CONFIGS))
    return manifest


def _files(folder: Path, listed: dict[str, Any], config_name: str) -> dict[str, list[File]]:
    """The files of a config by split, as `write_dataset` had them: splits in order, then shards."""
    found: dict[str, list[File]] = {}
    for split in SPLITS:
        for name in sorted(listed):
            facts = listed[name]
            if name.partition("/")[0] == config_name and facts["split"] == split:
                file = File(folder / name, facts["rows"], facts["sha256"])
                found.setdefault(split, []).append(file)
    if not found and config_name in CONFIGS:
        raise KeyError(config_name)
    return found
