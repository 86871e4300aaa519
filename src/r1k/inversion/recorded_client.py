"""Completions that were made elsewhere (a batch API, another machine), read from a file.

A line of the file is `{"prompt": ..., "text": ..., "reasoning": ..., "finish_reason": ...}`, the
last two optional; `prompt` is the whole user message. Several lines of one prompt are its samples,
in order. Prompts that the file does not have are written to `missing.jsonl` beside the store, a
line `{"prompt": ..., "sample": ...}` each: answer those, add them to the file, and run again.
"""

from collections import defaultdict
from pathlib import Path

import orjson

from r1k.config import LLMConfig
from r1k.errors import UserError
from r1k.schema import Completion, Request


class RecordedBackend:
    """Looks completions up; nothing is asked and nothing is stored."""

    def __init__(self, llm: LLMConfig, missing: Path) -> None:
        """Read the file; `missing` is where unknown prompts are written.

        Raises:
            UserError: no file named, or it cannot be read, or a line is not as described.
        """
        if llm.recorded is None:
            raise UserError("llm.backend recorded needs a file: set llm.recorded")
        self._missing = missing
        missing.unlink(missing_ok=True)
        self._samples: dict[str, list[Completion]] = defaultdict(list)
        try:
            lines = llm.recorded.read_bytes().splitlines()
        except OSError as e:
            raise UserError(
                f"{llm.recorded}: cannot be read ({e.strerror}); see llm.recorded"
            ) from None
        for number, line in enumerate(lines, 1):
            try:
                row = orjson.loads(line)
                self._samples[row["prompt"]].append(_completion(row))
            except (ValueError, KeyError, TypeError):
                raise UserError(
                    f'{llm.recorded}, line {number}: not {{"prompt": text, "text": text}};'
                    " mend or remove it"
                ) from None

    def complete_batch(self, requests: list[Request]) -> list[Completion]:
        """The recorded completions, in the order of the requests; an `error` for the missing."""
        found, unknown = [], []
        for request in requests:
            prompt = request.messages[-1].content
            samples = self._samples.get(prompt, [])
            if request.sample < len(samples):
                found.append(samples[request.sample])
            else:
                unknown.append(orjson.dumps({"prompt": prompt, "sample": request.sample}))
                found.append(Completion(text="", error="no recorded completion"))
        if unknown:
            with self._missing.open("ab") as file:
                file.write(b"\n".join(unknown) + b"\n")
        return found


def _completion(row: dict[str, str]) -> Completion:
    return Completion(
        text=row["text"],
        reasoning=row.get("reasoning"),
        finish_reason=row.get("finish_reason", "stop"),
    )
