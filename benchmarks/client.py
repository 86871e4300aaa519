"""Rows per second of r1k's client against bare asyncio clients making the same calls.

    python -m benchmarks.client            # about 4 minutes
    python -m benchmarks.client --rows 200

Every row makes two calls, one after the other, at most 64 are in flight. The bare clients are a
semaphore and a call whose answer is parsed: no store, no retries, no dedupe, no per-row errors.
Each run gets a fresh server process (tests/server.py), whose exponential latencies are drawn from
the hash of the request: the same for all clients.
"""

import argparse
import asyncio
import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path

import aiohttp
import openai
import orjson

from r1k.config import LLMConfig
from r1k.inversion.drive import Row, drive_async
from r1k.inversion.openai_client import OpenAIBackend
from r1k.inversion.store import Store
from r1k.schema import Message, Request
from tests.server import serve

CONCURRENCY = 64
WORDS = [f"{a}{b}" for a in "bcdfghjklm" for b in ("an", "er", "ist", "ol", "um")]
Complete = Callable[[Request], Awaitable[str]]


def reply(messages: list[dict[str, str]], seed: int, n: int) -> tuple[str, str | None, str]:
    """The server's answers (its `--module`): about 400 words, as a short trace is."""
    rng = random.Random(messages[-1]["content"])
    return " ".join(rng.choices(WORDS, k=400)), None, "stop"


def make_request(row: int, call: int) -> Request:
    rng = random.Random(f"{row} {call}")
    prompt = f"Row {row}, call {call}. " + " ".join(rng.choices(WORDS, k=150))
    return Request(
        model="m",
        revision=None,
        messages=[Message(role="user", content=prompt)],
        temperature=0.0,
        top_p=1.0,
        max_tokens=512,
        seed=0,
        sample=0,
    )


def body(request: Request) -> dict[str, object]:
    return {
        "model": request.model,
        "messages": [{"role": m.role, "content": m.content} for m in request.messages],
        "temperature": request.temperature,
        "top_p": request.top_p,
        "max_tokens": request.max_tokens,
        "seed": request.seed,
    }


async def bare(rows: int, complete: Complete) -> int:
    """Two calls a row, nothing else; the characters received."""
    slots = asyncio.Semaphore(CONCURRENCY)

    async def one(row: int) -> int:
        received = 0
        for call in range(2):
            request = make_request(row, call)
            async with slots:
                received += len(await complete(request))
        return received

    return sum(await asyncio.gather(*(one(row) for row in range(rows))))


async def bare_aiohttp(url: str, rows: int) -> int:
    connector = aiohttp.TCPConnector(limit=CONCURRENCY)
    async with aiohttp.ClientSession(connector=connector) as session:
        headers = {"Content-Type": "application/json"}

        async def complete(request: Request) -> str:
            data = orjson.dumps(body(request))
            async with session.post(
                f"{url}/chat/completions", data=data, headers=headers
            ) as response:
                answer = orjson.loads(await response.read())
            return str(answer["choices"][0]["message"]["content"])

        return await bare(rows, complete)


async def bare_openai(url: str, rows: int) -> int:
    async with openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:

        async def complete(request: Request) -> str:
            answer = await client.chat.completions.create(**body(request))  # type: ignore[call-overload]
            return str(answer.choices[0].message.content)

        return await bare(rows, complete)


async def ours(url: str, rows: int) -> int:
    def two_calls(row: int) -> Row[int]:
        (first,) = yield [make_request(row, 0)]
        (second,) = yield [make_request(row, 1)]
        return len(first.text) + len(second.text)

    llm = LLMConfig(base_url=url, concurrency=CONCURRENCY)
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "store") as store:
        async with OpenAIBackend(llm, store) as backend:
            results = await drive_async([two_calls(row) for row in range(rows)], backend)
        assert len(store) == 2 * rows
    return sum(result for result in results if isinstance(result, int))


CLIENTS = {"bare aiohttp": bare_aiohttp, "bare openai": bare_openai, "r1k": ours}


def compare(title: str, rows: int, rounds: int, *latency: str) -> None:
    """Run every client `rounds` times in turn and print the medians."""
    print(f"\n{title}: {rows} rows, 2 calls each, {CONCURRENCY} in flight, median of {rounds}")
    seconds: dict[str, list[float]] = {name: [] for name in CLIENTS}
    cpu: dict[str, list[float]] = {name: [] for name in CLIENTS}
    received = set()
    for _ in range(rounds):
        for name, client in CLIENTS.items():
            with serve("--module", f"{__file__}:reply", *latency) as server:
                wall, busy = time.perf_counter(), time.process_time()
                received.add(asyncio.run(client(server.base_url, rows)))
                seconds[name].append(time.perf_counter() - wall)
                cpu[name].append(time.process_time() - busy)
    assert len(received) == 1, f"the clients received different answers: {received}"
    rate = {name: rows / statistics.median(taken) for name, taken in seconds.items()}
    for name in CLIENTS:
        per_call = 1e6 * statistics.median(cpu[name]) / (2 * rows)
        print(
            f"  {name:13} {rate[name]:7.1f} rows/s   r1k is {rate['r1k'] / rate[name]:5.2f} x"
            f"   {per_call:5.0f} us of CPU a call"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=2000)
    rows = parser.parse_args().rows
    versions = ", ".join(f"{name} {version(name)}" for name in ("aiohttp", "openai", "orjson"))
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(versions)
    compare("latency 50 ms", rows, 5, "--latency", "0.05")
    compare("exponential latency, mean 1 s", rows, 1, "--latency-exponential", "1.0")


if __name__ == "__main__":
    main()
