"""Texts as vectors by an encoder, a folder or of the Hub: which questions say the same otherwise.

    encoder = Encoder.pinned("sentence-transformers/all-MiniLM-L6-v2", None)
    similar(encoder.embed(["How old is Ann?"]), encoder.embed(["What is Ann's age?"]), 0.9)

A vector is the mean of the last hidden states of a text's tokens, of length 1. Each text goes
through the model by itself: what shares its batch, and so how it is padded, changes no bit of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from r1k.errors import UserError
from r1k.model_files import folder_hash
from r1k.offline import prefer_cache

Vectors = NDArray[np.float64]
# Machines differ beyond this.
_DIGITS = 4
_CHUNK = 1_000


@dataclass(frozen=True)
class Encoder:
    """A model that any transformers `AutoModel` loads; small and without weights to hand about."""

    model: str
    revision: str | None

    @classmethod
    def pinned(cls, model: str, revision: str | None) -> "Encoder":
        """With the commit of a model of the Hub, or with the hash of the files in a folder.

        Raises:
            UserError: it cannot be loaded; torch or transformers is not installed.
        """
        if Path(model).is_dir():
            revision = folder_hash(Path(model))
        _, loaded = _load(model, revision)
        return cls(model, getattr(loaded.config, "_commit_hash", None) or revision)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """A row for each text; of a text that is longer than the model's context, its beginning."""
        import torch

        tokenizer, model = _load(self.model, self.revision)
        context = getattr(model.config.get_text_config(), "max_position_embeddings", None)
        longest = min(tokenizer.model_max_length, context or tokenizer.model_max_length)
        vectors = np.zeros((len(texts), model.config.get_text_config().hidden_size))
        with torch.inference_mode():
            for row, text in enumerate(texts):
                tokens = tokenizer(text)["input_ids"][:longest]
                if not tokens:
                    continue
                hidden = model(input_ids=torch.tensor([tokens])).last_hidden_state[0]
                vectors[row] = hidden.double().mean(0).numpy()
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        np.divide(vectors, lengths, out=vectors, where=lengths > 0)
        return vectors


def similar(
    mine: Vectors, theirs: Vectors, least: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], Vectors]:
    """Which texts have a cosine of at least `least` with which others.

    Returns:
        Numbers of `mine`, numbers of `theirs`, cosines to four digits; ordered by the first two.
    """
    found = []
    for start in range(0, len(mine), _CHUNK):
        cosines = np.round(mine[start : start + _CHUNK] @ theirs.T, _DIGITS)
        here, there = np.nonzero(cosines >= least)
        found.append((here + start, there, cosines[here, there]))
    if not found:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    here, there, cosines = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return here, there, cosines


@lru_cache(maxsize=1)
def _load(model: str, revision: str | None) -> tuple[Any, Any]:
    try:
        import torch
        import transformers
    except ImportError:
        raise UserError(
            "contamination.embeddings needs torch and transformers, which are not installed: "
            "pip install 'r1k[local]'"
        ) from None
    if not Path(model).is_dir():
        prefer_cache()
    transformers.utils.logging.disable_progress_bar()
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(model, revision=revision)
        loaded = transformers.AutoModel.from_pretrained(
            model, revision=revision, dtype=torch.float32
        )
    except Exception as e:  # a missing or damaged folder raises almost anything
        why = (str(e).splitlines() or [type(e).__name__])[0][:200]
        raise UserError(f"contamination.embeddings: {model!r} cannot be loaded ({why})") from None
    return tokenizer, loaded.eval()
