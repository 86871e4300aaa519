"""What identifies a model in a folder."""

import json
from pathlib import Path

import xxhash

from r1k.schema import canonical, sha256

FILES = ("*.safetensors", "*.json", "*.jinja", "*.model", "*.txt")


def weights_hash(folder: Path) -> str:
    """Of all that a model's output depends on; for an adapter, of the model under it, too."""
    found = {}
    for file in sorted(path for pattern in FILES for path in folder.glob(pattern)):
        if file.name not in ("trainer_state.json", "README.md"):
            with file.open("rb") as opened:
                state = xxhash.xxh3_128()
                while block := opened.read(2**24):
                    state.update(block)
            found[file.name] = state.hexdigest()
    base = base_of(folder)
    if base is not None:
        found["base"] = weights_hash(Path(base)) if Path(base).is_dir() else base
    return sha256(canonical(found))


def base_of(folder: Path) -> str | None:
    """The model under an adapter; None if the folder holds none."""
    file = folder / "adapter_config.json"
    if not file.exists():
        return None
    return str(json.loads(file.read_bytes())["base_model_name_or_path"])
