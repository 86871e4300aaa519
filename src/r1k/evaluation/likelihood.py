"""Log-probabilities of completions after their prompts, token by token, in bounded memory.

The logits of a long sequence are never held whole: at a vocabulary of 150,000 those of 20,000
tokens would fill 12 GB. The body of the model runs over batches of at most `tokens` tokens, or over
one longer sequence; its output layer runs over the completions' positions alone, a slice at a time,
and of each slice three numbers a token are kept.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from r1k.errors import UserError

TOKENS = 16_384
# Logits at once: on a CPU a slice should stay near the caches, a GPU wants large products.
_SLICE = {"cpu": 2**22, "cuda": 2**28}


class Tokens(NamedTuple):
    """A prompt and a completion: `start` is where the completion begins in `ids`, at least 1."""

    ids: list[int]
    start: int


class Likelihood(NamedTuple):
    """Of each completion token, in nats: its log-probability, the entropy of the distribution that
    it was drawn from, and the log-probability of that distribution's likeliest token."""

    logprob: npt.NDArray[np.float32]
    entropy: npt.NDArray[np.float32]
    top: npt.NDArray[np.float32]


def unrelated(texts: Sequence[str], index: int) -> str:
    """The completion of another pair for the one at `index`: that which is half the list away."""
    return texts[(index + len(texts) // 2) % len(texts)]


class Scorer:
    """A causal language model of transformers (or of peft, adapters and all), taken apart into its
    body and its output layer.

    Raises:
        UserError: the model changes its logits behind the output layer (soft caps, scales).
    """

    def __init__(self, model: Any, tokens: int = TOKENS) -> None:
        self._tokens = tokens
        self._model = model.eval()
        inner = model.get_base_model() if hasattr(model, "get_base_model") else model
        self._body = getattr(inner, inner.base_model_prefix)
        self._head = inner.get_output_embeddings()
        self._slice = _SLICE.get(model.device.type, 2**28)
        ids = torch.arange(8, device=model.device)[None]
        with torch.inference_mode():
            ours, theirs = self._head(self._body(ids)[0]), inner(ids).logits
        if not torch.allclose(ours, theirs, rtol=1e-3, atol=1e-3):
            raise UserError(
                f"{type(inner).__name__} changes its logits behind its output layer (a soft cap or "
                "a scale); its log-probabilities cannot be computed in slices"
            )

    def score(self, sequences: Sequence[Tokens]) -> Iterator[tuple[int, Likelihood]]:
        """The completions' likelihoods, each with its place in `sequences`, longest first."""
        order = sorted(range(len(sequences)), key=lambda i: -len(sequences[i].ids))
        while order:
            # Rows are padded to the first, the longest.
            rows = max(1, self._tokens // max(1, len(sequences[order[0]].ids)))
            batch, order = order[:rows], order[rows:]
            yield from zip(batch, self._batch([sequences[i] for i in batch]), strict=True)

    @torch.inference_mode()
    def _batch(self, batch: list[Tokens]) -> list[Likelihood]:
        device = self._model.device
        ids = torch.nn.utils.rnn.pad_sequence(
            [torch.tensor(one.ids) for one in batch], batch_first=True
        ).to(device)
        lengths = torch.tensor([len(one.ids) for one in batch], device=device)
        places = torch.arange(ids.shape[1], device=device)
        starts = torch.tensor([one.start for one in batch], device=device)
        # What stands on the right cannot be seen from the left: padding changes nothing. The mask
        # is for models that count positions by it.
        mask = places < lengths[:, None]
        uneven = None if bool(mask.all()) else mask.long()
        hidden = self._body(input_ids=ids, attention_mask=uneven, use_cache=False)[0]
        wanted = mask[:, 1:] & (places[1:] >= starts[:, None])
        hidden, targets = hidden[:, :-1][wanted], ids[:, 1:][wanted]
        found = torch.empty((3, len(targets)), device=device)
        step = max(16, self._slice // self._head.weight.shape[0])
        for i in range(0, len(targets), step):
            found[:, i : i + step] = _of_logits(
                self._head(hidden[i : i + step]).float(), targets[i : i + step]
            )
        counts = [len(one.ids) - one.start for one in batch]
        parts = np.split(found.cpu().numpy(), np.cumsum(counts)[:-1], axis=1)
        return [Likelihood(*part) for part in parts]


def _of_logits(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Log-probability of the target, entropy, highest log-probability; changes `logits`."""
    logits -= logits.amax(-1, keepdim=True)
    target = logits.gather(1, targets[:, None])[:, 0]
    weights = logits.exp()
    total = weights.sum(-1)
    log_total = total.log()
    # A token that the model rules out has a logit of minus infinity, and no part in the entropy.
    weighted = weights.mul_(logits.nan_to_num_(neginf=0.0)).sum(-1)
    return torch.stack([target - log_total, log_total - weighted / total, -log_total])
