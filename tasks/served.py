r"""Log-probabilities from a server, for r1k_direction, with lighteval's command.

    vllm serve out/mixed --dtype float32 --host 127.0.0.1 &
    lighteval custom out/mixed tasks/served.py "r1k_direction:forward|0,r1k_direction:reverse|0" \
        --custom-tasks tasks/r1k.py --output-dir out/scores --save-details

lighteval's endpoint backend generates, but has no log-probabilities. vLLM gives those of a prompt
(`prompt_logprobs`): here each choice is sent as the end of a prompt. The first argument is the
model's name on the server, and a folder or Hub id with its tokenizer. The server is R1K_BASE_URL
(default http://127.0.0.1:8000/v1), the key OPENAI_API_KEY, and R1K_CONCURRENCY how many requests
are in flight (default 16).
"""

import os
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import requests
from lighteval.models.abstract_model import LightevalModel
from lighteval.models.model_output import ModelResponse
from lighteval.tasks.prompt_manager import PromptManager
from lighteval.tasks.requests import Doc
from requests.adapters import HTTPAdapter
from tqdm import tqdm
from transformers import AutoTokenizer
from urllib3.util import Retry

from r1k.evaluation.command import stop

BASE_URL = os.environ.get("R1K_BASE_URL", "http://127.0.0.1:8000/v1")
CONCURRENCY = int(os.environ.get("R1K_CONCURRENCY", "16"))


class Served(LightevalModel):
    """A model on a server that has vLLM's `prompt_logprobs`."""

    add_special_tokens = False  # the chat template has them
    tokenizer = None
    max_length = None

    def __init__(self, config: Any) -> None:
        self.config = config
        self.tokenizer = AutoTokenizer.from_pretrained(config.model_name)
        self.prompts = PromptManager(use_chat_template=True, tokenizer=self.tokenizer)
        self.session = requests.Session()
        if key := os.environ.get("OPENAI_API_KEY"):
            self.session.headers["Authorization"] = f"Bearer {key}"
        again = Retry(
            total=5,
            connect=1,
            backoff_factor=1,
            status_forcelist=[429, 502, 503, 504],
            allowed_methods=None,  # also POST: nothing is changed by asking twice
        )
        self.session.mount("http", HTTPAdapter(max_retries=again, pool_maxsize=CONCURRENCY))
        # lighteval hands its registry to the model's cache of answers. Here is none: a server's
        # weights may change under the same name.
        self._cache = SimpleNamespace(_init_registry=lambda registry: None)

    def loglikelihood(self, docs: list[Doc]) -> list[ModelResponse]:
        """The log-probability of each choice, in nats, and its tokens."""
        with ThreadPoolExecutor(CONCURRENCY) as pool:
            return list(tqdm(pool.map(self._score, docs), total=len(docs), desc="Prompts"))

    def _score(self, doc: Doc) -> ModelResponse:
        context = self.prompts.prepare_prompt(doc)
        contexts, choices = self.tok_encode_pair(context, doc.choices, pairwise=True)
        sums = [self._sum(start, end) for start, end in zip(contexts, choices, strict=True)]
        return ModelResponse(
            input=context, input_tokens=contexts[0], output_tokens=choices, logprobs=sums
        )

    def _sum(self, start: list[int], end: list[int]) -> float:
        if not end:
            return 0.0
        body = {
            "model": self.config.model_name,
            "prompt": start + end,
            "max_tokens": 1,
            "temperature": 0,
            "prompt_logprobs": 0,
        }
        try:
            reply = self.session.post(f"{BASE_URL}/completions", json=body, timeout=600)
        except requests.RequestException as e:
            stop(f"R1K_BASE_URL: {BASE_URL} does not answer: {type(e).__name__}")
        if reply.status_code != 200:
            stop(f"{BASE_URL} answers {reply.status_code}: {' '.join(reply.text.split())[:300]}")
        found = reply.json()["choices"][0].get("prompt_logprobs")
        if not found:
            stop(f"{BASE_URL} has no prompt_logprobs: the log-probability tasks need vLLM's server")
        tokens = zip(end, found[len(start) :], strict=True)
        return float(sum(at[str(token)]["logprob"] for token, at in tokens))

    def greedy_until(self, docs: list[Doc]) -> list[ModelResponse]:
        """Not here."""
        stop("tasks/served.py only scores; generate with: lighteval endpoint litellm …")

    def loglikelihood_rolling(self, docs: list[Doc]) -> list[ModelResponse]:
        """Not here."""
        raise NotImplementedError
