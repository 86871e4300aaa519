"""A real OpenAI-compatible chat server on loopback, for tests and benchmarks.

    python -m tests.server --port 0 --replies replies.jsonl --latency 0.05
    python -m tests.server --fault-rate 0.2 --faults 429,500,timeout,cut,empty,malformed --seed 1

Its first line of output is its port. In a test: `with serve("--latency", "0.05") as server:`, then
`server.base_url` and `server.log()`.

Replies come from `--replies` (a line `{"match": M, "text": ..., "reasoning": ...}`, where M is the
last user message or its SHA-256), then from `--module path:function`, a function
`reply(messages, seed, n) -> (text, reasoning or None, finish_reason)` where n counts the earlier
receipts of an equal body; otherwise a text made from the hash of the body.

Faults are a function of seed, body and n. `429` carries Retry-After, any other number is answered
with that status (and the Authorization header in its message, as careless servers do), `timeout`
never answers, `reset` closes before the answer, `cut` closes within it, `empty` has no content,
`malformed` is not JSON, `choiceless` has no choices, `huge` never ends.
"""

import argparse
import asyncio
import contextlib
import dataclasses
import hashlib
import importlib.util
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web

from r1k.inversion.parent import die_with_parent

ROOT = Path(__file__).parent.parent
Reply = tuple[str, str | None, str]
ReplyFunction = Callable[[list[dict[str, str]], int, int], Reply]


@dataclasses.dataclass
class Served:
    """A running server: where it listens, its process, its log."""

    base_url: str
    process: subprocess.Popen[str]
    log_file: Path

    def log(self) -> list[dict[str, Any]]:
        """One entry a request received: key, outcome, time, body."""
        return [orjson.loads(line) for line in self.log_file.read_bytes().splitlines()]

    def outcomes(self) -> Counter[str]:
        """How often each outcome was served."""
        return Counter(entry["outcome"] for entry in self.log())


@contextlib.contextmanager
def serve(*arguments: str, port: int = 0) -> Iterator[Served]:
    """Run the server as a subprocess for the length of the `with` block."""
    with tempfile.TemporaryDirectory() as folder:
        log_file = Path(folder) / "requests.jsonl"
        options = [*arguments, "--port", str(port), "--log", str(log_file)]
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.server", *options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        try:
            listening = int(process.stdout.readline())
            yield Served(f"http://127.0.0.1:{listening}/v1", process, log_file)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


class ChatServer:
    """The request handler and its counts."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.faults: list[str] = options.faults.split(",") if options.faults else []
        self.replies: dict[str, Reply] = {}
        if options.replies:
            for line in options.replies.read_bytes().splitlines():
                row = orjson.loads(line)
                reply = (row["text"], row.get("reasoning"), row.get("finish_reason", "stop"))
                self.replies[row["match"]] = reply
        self.function = load_function(options.module) if options.module else None
        self.receipts: Counter[str] = Counter()
        self.log_fd = (
            os.open(options.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            if options.log
            else None
        )

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path.endswith("/models"):
            # What `transformers serve` does offline; clients must not depend on this path.
            return error(500, "not available")
        if request.path != "/v1/chat/completions" or request.method != "POST":
            return error(404, f"no such path: {request.path}")
        body = orjson.loads(await request.read())
        canonical = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
        key = hashlib.sha256(canonical).hexdigest()
        n = self.receipts[key]
        self.receipts[key] += 1
        draw = hashlib.sha256(f"{self.options.seed} {key} {n}".encode()).digest()
        fault = self.fault_for(draw)
        refused = [field for field in self.options.refuse if field in body]
        if refused:
            fault = "refused field"
        self.write_log(key, fault or "ok", body)

        delay = self.options.latency
        if self.options.latency_exponential:
            delay -= self.options.latency_exponential * math.log(1 - uniform(draw, 8))
        if delay:
            await asyncio.sleep(delay)
        if refused:
            hint = " Use 'max_completion_tokens' instead." if refused[0] == "max_tokens" else ""
            return error(400, f"Unsupported parameter: '{refused[0]}'.{hint}")
        if fault is not None and fault.isdigit():
            headers = {"Retry-After": self.options.retry_after} if fault == "429" else {}
            secret = request.headers.get("Authorization", "")
            return error(int(fault), f"fault injected ({secret})", headers)
        if fault == "timeout":
            await asyncio.Event().wait()  # cancelled when the client goes
        return await self.answer(request, body, key, n, fault)

    async def answer(
        self,
        request: web.BaseRequest,
        body: dict[str, Any],
        key: str,
        n: int,
        fault: str | None,
    ) -> web.StreamResponse:
        """The reply in OpenAI's format, spoilt by `fault` if one is given."""
        text, reasoning, finish_reason = self.reply(body["messages"], body.get("seed", 0), n, key)
        message = {"role": "assistant", "content": "" if fault == "empty" else text}
        if reasoning is not None:
            message[self.options.reasoning_field] = reasoning
        choice = {"index": 0, "message": message, "finish_reason": finish_reason}
        prompt_words = sum(len(m["content"].split()) for m in body["messages"])
        content = orjson.dumps(
            {
                "id": f"chatcmpl-{key[:16]}",
                "object": "chat.completion",
                "created": int(time.time()),
                "model": body["model"],
                "choices": [] if fault == "choiceless" else [choice],
                "usage": {
                    "prompt_tokens": prompt_words,
                    "completion_tokens": len(text.split()),
                    "total_tokens": prompt_words + len(text.split()),
                },
            }
        )
        if fault == "malformed":
            content = content[: len(content) // 2]
        if fault in ("cut", "reset"):
            assert request.transport is not None
            if fault == "cut":
                head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                head += b"Content-Length: %d\r\n\r\n" % len(content)
                request.transport.write(head + content[: len(content) // 2])
            request.transport.close()
            return web.Response()
        if fault == "huge":
            response = web.StreamResponse()
            await response.prepare(request)
            while True:
                await response.write(b" " * 1_000_000)
        return web.Response(body=content, content_type="application/json")

    def reply(self, messages: list[dict[str, str]], seed: int, n: int, key: str) -> Reply:
        prompt = next(m["content"] for m in reversed(messages) if m["role"] == "user")
        if self.replies:
            match = prompt if prompt in self.replies else sha256(prompt)
            if match in self.replies:
                return self.replies[match]
        if self.function is not None:
            return self.function(messages, seed, n)
        number = int(key[:4], 16)
        return f"Reply {key[:8]}.\n\nThe answer is \\boxed{{{number}}}", None, "stop"

    def fault_for(self, draw: bytes) -> str | None:
        if not self.faults or uniform(draw, 0) >= self.options.fault_rate:
            return None
        return self.faults[int.from_bytes(draw[16:24]) % len(self.faults)]

    def write_log(self, key: str, outcome: str, body: dict[str, Any]) -> None:
        if self.log_fd is not None:
            entry: dict[str, Any] = {"key": key, "outcome": outcome, "time": time.time()}
            if self.options.log_bodies:
                entry["body"] = body
            # One unbuffered write a line: complete lines only, at once, whoever reads the file.
            os.write(self.log_fd, orjson.dumps(entry) + b"\n")


def uniform(draw: bytes, start: int) -> float:
    """A number in [0, 1) from eight bytes of a hash."""
    return int.from_bytes(draw[start : start + 6]) / 2**48


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def error(status: int, message: str, headers: dict[str, str] | None = None) -> web.Response:
    """An error in OpenAI's format."""
    body = orjson.dumps({"error": {"message": message, "type": "error", "code": None}})
    return web.Response(body=body, status=status, headers=headers, content_type="application/json")


def load_function(spec: str) -> ReplyFunction:
    """The function that `path/to/file.py:name` names."""
    path, _, name = spec.rpartition(":")
    module_spec = importlib.util.spec_from_file_location("replies", path)
    assert module_spec is not None and module_spec.loader is not None
    module = importlib.util.module_from_spec(module_spec)
    module_spec.loader.exec_module(module)
    function: ReplyFunction = getattr(module, name)
    return function


async def run(options: argparse.Namespace) -> None:
    loop = asyncio.get_running_loop()
    server = web.Server(ChatServer(options).handle, handler_cancellation=True, access_log=None)
    listener = await loop.create_server(server, "127.0.0.1", options.port, backlog=4096)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    print(listener.sockets[0].getsockname()[1], flush=True)
    await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.server",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--replies", type=Path, help="JSON lines of match, text, reasoning")
    parser.add_argument("--module", help="path:function that makes replies")
    parser.add_argument("--reasoning-field", default="reasoning_content")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds, for every answer")
    parser.add_argument("--latency-exponential", type=float, default=0.0, help="mean, in seconds")
    parser.add_argument("--fault-rate", type=float, default=1.0)
    parser.add_argument("--faults", help="comma-separated; see above")
    parser.add_argument("--retry-after", default="0.1", help="what a 429 says")
    parser.add_argument("--refuse", action="append", default=[], help="a body field to refuse")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--log", type=Path, help="one JSON line a request")
    parser.add_argument("--log-bodies", action="store_true", help="write the bodies to the log too")
    die_with_parent(os.getppid())
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
