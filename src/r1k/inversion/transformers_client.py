"""Run the models in process with transformers: no server needed, a GPU neither."""

import functools
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from r1k.config import LLMConfig
from r1k.errors import UserError
from r1k.inversion.store import NOT_UNICODE, Store, key_of
from r1k.offline import prefer_cache
from r1k.schema import Completion, Request, sha256

MODELS_IN_MEMORY = 2  # the inverter's and the solver's


class TransformersBackend:
    """Completes requests in batches of at most `llm.batch_size` prompts of like length.

    On one machine the same list of requests gives the same bytes, in one run or in several: which
    requests share a batch, and its seed, follow from the list alone, and a batch of which anything
    is missing from the store is generated again as a whole. Sampling is what the request says and
    nothing else: the model's own `generation_config.json` gives only its end tokens. A trace, if
    any, is left inside `text`, which may be empty. `json_schema` is not enforced.
    """

    def __init__(self, llm: LLMConfig, store: Store) -> None:
        """No model is loaded yet.

        Raises:
            UserError: torch or transformers is not installed.
        """
        try:
            import torch
            import transformers
        except ImportError:
            raise UserError(
                "--llm.backend transformers needs torch and transformers, which are not "
                "installed: pip install 'r1k[local]'"
            ) from None
        self._torch: Any = torch
        self._transformers: Any = transformers
        self._llm = llm
        self._store = store
        self._tokenizer = functools.lru_cache(MODELS_IN_MEMORY)(self._load_tokenizer)
        self._model = functools.lru_cache(MODELS_IN_MEMORY)(self._load_model)

    def complete_batch(self, requests: list[Request]) -> list[Completion]:
        """The answers, in the order of the requests; equal requests are generated once.

        A prompt that does not fit in the model's context gets an `error`; one that leaves less
        than `max_tokens` of it is cut off at its end (`finish_reason` "length").

        Raises:
            UserError: a model that cannot be loaded, has no chat template, or does not fit in
                memory; a store that cannot be written.
        """
        done: dict[str | None, Completion] = {None: NOT_UNICODE}
        keys = [key_of(request) for request in requests]
        groups: dict[tuple[Any, ...], list[_Prompt]] = defaultdict(list)
        for key, request in dict(zip(keys, requests, strict=True)).items():
            if key is None:
                continue
            prompt = self._prompt(key, request)
            if prompt.room > 0:
                # What one call of `generate` has in common.
                model = (request.model, request.revision or "")
                sampling = (request.temperature, request.top_p, request.max_tokens)
                groups[model + sampling].append(prompt)
            else:
                done[key] = Completion(
                    text="",
                    error=f"the prompt has {len(prompt.tokens)} tokens, which leaves no room for "
                    "an answer in the model's context",
                )
        for _, prompts in sorted(groups.items()):
            prompts.sort(key=lambda prompt: (len(prompt.tokens), prompt.key))
            for start in range(0, len(prompts), self._llm.batch_size):
                batch = prompts[start : start + self._llm.batch_size]
                if any(self._store.get(prompt.key) is None for prompt in batch):
                    self._store.put_many(self._generate(batch))
                for prompt in batch:
                    # Read back: what was stored first is what a rerun will find.
                    stored = self._store.get(prompt.key)
                    assert stored is not None
                    done[prompt.key] = stored
        return [done[key] for key in keys]

    def _prompt(self, key: str, request: Request) -> "_Prompt":
        tokenizer, context = self._tokenizer(request.model, request.revision)
        messages = [{"role": m.role, "content": m.content} for m in request.messages]
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        tokens = tokenizer(text, add_special_tokens=False)["input_ids"]
        return _Prompt(key, request, tokens, context - len(tokens))

    def _generate(self, batch: list["_Prompt"]) -> list[tuple[Request, Completion]]:
        torch = self._torch
        request = batch[0].request
        tokenizer, _ = self._tokenizer(request.model, request.revision)
        model = self._model(request.model, request.revision)
        ends = model.generation_config.eos_token_id
        width = max(len(prompt.tokens) for prompt in batch)
        padding = [width - len(prompt.tokens) for prompt in batch]
        pad = model.generation_config.pad_token_id
        tokens = [[pad] * n + prompt.tokens for n, prompt in zip(padding, batch, strict=True)]
        mask = [[0] * n + [1] * (width - n) for n in padding]
        sampling: dict[str, Any] = {"do_sample": False}
        if request.temperature > 0:
            sampling = {
                "do_sample": True,
                "temperature": request.temperature,
                "top_p": request.top_p,
                "top_k": 0,
            }
        torch.manual_seed(int(sha256("".join(prompt.key for prompt in batch))[:15], 16))
        try:
            output = model.generate(
                input_ids=torch.tensor(tokens, device=model.device),
                attention_mask=torch.tensor(mask, device=model.device),
                max_new_tokens=min(request.max_tokens, *(prompt.room for prompt in batch)),
                **sampling,
            )
        except torch.OutOfMemoryError:
            raise UserError(
                f"model {request.model!r} with a batch of {len(batch)} prompts of up to {width} "
                f"tokens does not fit in the memory of {model.device}; lower --llm.batch_size"
            ) from None
        finished = []
        for prompt, new in zip(batch, output[:, width:].tolist(), strict=True):
            end = next((i for i, token in enumerate(new) if token in ends), None)
            completion = Completion(
                text=tokenizer.decode(new[:end], skip_special_tokens=True),
                finish_reason="length" if end is None else "stop",
                prompt_tokens=len(prompt.tokens),
                completion_tokens=len(new) if end is None else end + 1,
            )
            finished.append((prompt.request, completion))
        return finished

    def _load_tokenizer(self, model: str, revision: str | None) -> tuple[Any, int]:
        """The tokenizer, and how many tokens the model's context holds: all that a batch which
        is in the store already needs of its model."""
        transformers = self._transformers
        if not Path(model).is_dir():
            prefer_cache()
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(model, revision=revision)
            config = transformers.AutoConfig.from_pretrained(model, revision=revision)
        except Exception as e:  # a missing or damaged folder raises almost anything
            raise _cannot_load(model, e) from None
        if tokenizer.chat_template is None:
            raise UserError(
                f"model {model!r} has no chat template; name one whose tokenizer has one "
                "(an instruct or chat model)"
            )
        context = getattr(config.get_text_config(), "max_position_embeddings", None)
        return tokenizer, context or sys.maxsize

    def _load_model(self, model: str, revision: str | None) -> Any:
        tokenizer, _ = self._tokenizer(model, revision)
        options = {"revision": revision, "dtype": getattr(self._torch, self._llm.dtype)}
        if (self._llm.device, self._llm.dtype) == ("cpu", "bfloat16"):
            # A third less time than with a CPU's fused attention, which is the faster in float32.
            options["attn_implementation"] = "eager"
        try:
            loaded = self._transformers.AutoModelForCausalLM.from_pretrained(model, **options)
        except Exception as e:  # as above
            raise _cannot_load(model, e) from None
        try:
            loaded = loaded.to(self._llm.device).eval()
        except (RuntimeError, AssertionError) as e:
            raise UserError(
                f"--llm.device {self._llm.device}: model {model!r} cannot be moved there "
                f"({_first_line(e)})"
            ) from None
        ends = loaded.generation_config.eos_token_id
        ends = set(ends if isinstance(ends, list) else [ends]) | {tokenizer.eos_token_id}
        ends = sorted(ends - {None})
        pad = tokenizer.pad_token_id
        if pad is None:
            pad = ends[0] if ends else 0
        loaded.generation_config = self._transformers.GenerationConfig(
            eos_token_id=ends, pad_token_id=pad
        )
        return loaded


@dataclass(frozen=True)
class _Prompt:
    """A request as tokens; `room` is what they leave of the context."""

    key: str
    request: Request
    tokens: list[int]
    room: int


def _cannot_load(model: str, error: Exception) -> UserError:
    where = "cannot be loaded from this folder"
    if not Path(model).is_dir():
        where = "is not a folder here, and cannot be had from the Hub"
    return UserError(f"model {model!r} {where} ({_first_line(error)})")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
