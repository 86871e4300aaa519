"""What a model in a folder is known by: its files."""

import hashlib
from pathlib import Path

from r1k.schema import sha256

# What decides what a model writes: weights, configurations, tokenizer, template.
_ENDINGS = (".safetensors", ".bin", ".json", ".jinja", ".model", ".txt")


def folder_hash(folder: Path) -> str:
    """SHA-256 over the model's files: weights that were trained anew are another model."""
    hashes = []
    for path in sorted(folder.iterdir()):
        if path.suffix in _ENDINGS:
            with path.open("rb") as file:
                hashes.append(f"{path.name} {hashlib.file_digest(file, 'sha256').hexdigest()}")
    return sha256("\n".join(hashes))
