"""The client against a real server over HTTP, fault by fault."""

import asyncio
import contextlib
import email.utils
import itertools
import logging
import socket
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from r1k.config import LLMConfig, ModelConfig
from r1k.errors import UserError
from r1k.inversion import openai_client
from r1k.inversion.openai_client import OpenAIBackend
from r1k.inversion.store import Store
from r1k.schema import Completion, Message, Request
from tests.server import Served, serve

SCHEMA = '{"type":"object"}'
KEY = "sk-very-secret-0123456789"


def ask(text: str, **changes: object) -> Request:
    request = Request(
        model="m",
        revision=None,
        messages=[Message(role="system", content="Be brief."), Message(role="user", content=text)],
        temperature=0.0,
        top_p=1.0,
        max_tokens=64,
        seed=5,
        sample=0,
    )
    return request.model_copy(update=changes)


def complete(base_url: str, folder: Path, *requests: Request, **llm: object) -> list[Completion]:
    """All requests at once, with a store in `folder`."""
    settings = {"base_url": base_url, "backoff": 0.01, "retries": 2, "timeout": 10.0} | llm

    async def run(store: Store) -> list[Completion]:
        async with OpenAIBackend(LLMConfig.model_validate(settings), store) as backend:
            return await asyncio.gather(*(backend.complete(r) for r in requests))

    with Store(folder) as store:
        return asyncio.run(run(store))


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with serve("--log-bodies") as server:
        yield server


def test_every_fault_is_retried_until_there_is_an_answer(tmp_path: Path, server: Served) -> None:
    requests = [ask(f"question {n}") for n in range(100)]
    faults = "429,500,503,408,409,timeout,reset,cut,empty,malformed,choiceless"
    with serve("--faults", faults, "--fault-rate", "0.5", "--retry-after", "0.05") as faulty:
        answers = complete(faulty.base_url, tmp_path / "a", *requests, retries=30, timeout=0.5)
        outcomes = faulty.outcomes()
        assert set(outcomes) == {*faults.split(","), "ok"}
        finished = Counter(entry["key"] for entry in faulty.log() if entry["outcome"] == "ok")
    assert answers == complete(server.base_url, tmp_path / "b", *requests)
    assert set(finished.values()) == {1} and len(finished) == 100


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("429", "429 Too Many Requests"),
        ("500", "500 Internal Server Error"),
        ("529", "529"),
        ("timeout", "no answer within 0.3 s"),
        ("reset", "connection closed by the server"),
        ("cut", "answer cut off"),
        ("empty", "the answer is empty"),
        ("malformed", "the answer is not a chat completion"),
        ("choiceless", "the answer is not a chat completion"),
    ],
)
def test_what_is_said_when_no_try_is_left(tmp_path: Path, fault: str, reason: str) -> None:
    with serve("--faults", fault) as server:
        (answer,) = complete(server.base_url, tmp_path, ask("q"), timeout=0.3)
        assert answer == Completion(text="", error=f"3 tries: {reason}")
        assert server.outcomes() == {fault: 3}
        (answer,) = complete(server.base_url, tmp_path, ask("q"), timeout=0.3, retries=0)
        assert answer.error == f"1 try: {reason}"


def times(server: Served) -> list[float]:
    return [entry["time"] for entry in server.log()]


def test_retry_after_in_seconds(tmp_path: Path) -> None:
    with serve("--faults", "429", "--retry-after", "0.5") as server:
        complete(server.base_url, tmp_path, ask("q"), backoff=60.0, retries=1)
        first, second = times(server)
    assert 0.5 <= second - first < 10


def test_retry_after_as_a_date(tmp_path: Path) -> None:
    date = email.utils.formatdate(time.time() + 3, usegmt=True)
    with serve("--faults", "429", "--retry-after", date) as server:
        complete(server.base_url, tmp_path, ask("q"), backoff=60.0, retries=1)
        _, second = times(server)
    assert email.utils.parsedate_to_datetime(date).timestamp() <= second + 0.05


def test_retry_after_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai_client, "MAX_WAIT_SECONDS", 0.2)
    with serve("--faults", "429", "--retry-after", "86400") as server:
        complete(server.base_url, tmp_path, ask("q"), retries=1)
        first, second = times(server)
    assert 0.2 <= second - first < 10


@pytest.mark.parametrize("value", [None, "soon", "nan", "inf", "-inf", ""])
def test_retry_after_that_says_nothing(value: str | None) -> None:
    assert openai_client._seconds(value) is None


def test_backoff_doubles(tmp_path: Path) -> None:
    with serve("--faults", "500") as server:
        complete(server.base_url, tmp_path, ask("q"), backoff=0.1, retries=3)
        moments = times(server)
    gaps = [later - earlier for earlier, later in itertools.pairwise(moments)]
    assert len(gaps) == 3
    assert all(gap >= wait for gap, wait in zip(gaps, (0.1, 0.2, 0.4), strict=True))


def test_equal_requests_are_sent_once(tmp_path: Path) -> None:
    with serve("--latency", "0.1") as server:
        requests = [ask("same")] * 10 + [ask("other")]
        answers = complete(server.base_url, tmp_path, *requests)
        assert len({a.text for a in answers[:10]}) == 1
        assert len(server.log()) == 2
        assert complete(server.base_url, tmp_path, *requests) == answers
        assert len(server.log()) == 2


def test_one_callers_cancellation_does_not_take_the_answer_from_another(tmp_path: Path) -> None:
    async def run(base_url: str, store: Store) -> Completion:
        async with OpenAIBackend(LLMConfig(base_url=base_url), store) as backend:
            first = asyncio.create_task(backend.complete(ask("q")))
            second = asyncio.create_task(backend.complete(ask("q")))
            await asyncio.sleep(0.05)
            first.cancel()
            return await second

    with serve("--latency", "0.2") as server, Store(tmp_path) as store:
        assert asyncio.run(run(server.base_url, store)).error is None
        assert len(server.log()) == 1


def test_leaving_cancels_what_is_in_flight_and_it_can_be_entered_again(tmp_path: Path) -> None:
    with serve("--latency", "0.3") as server, Store(tmp_path) as store:
        backend = OpenAIBackend(LLMConfig(base_url=server.base_url), store)

        async def leave() -> None:
            async with backend:
                task = asyncio.create_task(backend.complete(ask("q")))
                await asyncio.sleep(0.1)
            with pytest.raises(asyncio.CancelledError):
                await task

        async def stay() -> Completion:
            async with backend:
                return await backend.complete(ask("q"))

        asyncio.run(leave())
        assert len(store) == 0
        assert asyncio.run(stay()).error is None


def test_concurrency_is_bounded(tmp_path: Path) -> None:
    with serve("--latency", "0.1") as server:
        requests = [ask(str(n)) for n in range(12)]
        complete(server.base_url, tmp_path, *requests, concurrency=4)
        moments = times(server)
    assert all(later - earlier >= 0.1 for earlier, later in zip(moments, moments[4:], strict=False))


@pytest.mark.parametrize("status", ["301", "401", "402", "403", "404", "405"])
def test_what_would_fail_for_every_row_stops_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    with serve("--faults", status) as server:
        with pytest.raises(UserError) as error:
            complete(server.base_url, tmp_path, ask("q"), api_key_env="MY_KEY")
        assert server.outcomes() == {status: 1}
    text = str(error.value)
    assert text.startswith(f"{server.base_url} answers {status} ") and "'m'" in text
    assert KEY not in text and "\n" not in text
    if status in ("401", "403"):
        assert "MY_KEY" in text


def test_a_key_is_wanted_but_none_is_named(tmp_path: Path) -> None:
    with serve("--faults", "401") as server, pytest.raises(UserError, match="api_key_env"):
        complete(server.base_url, tmp_path, ask("q"))


def test_the_variable_of_the_key_is_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MY_KEY", raising=False)
    with pytest.raises(UserError, match="MY_KEY"):
        complete("http://127.0.0.1:9/v1", tmp_path, api_key_env="MY_KEY")
    monkeypatch.setenv("MY_KEY", "sk\nbad")
    with pytest.raises(UserError, match="MY_KEY") as error:
        complete("http://127.0.0.1:9/v1", tmp_path, api_key_env="MY_KEY")
    assert "bad" not in str(error.value)


@pytest.mark.parametrize("status", ["400", "422"])
def test_a_refused_request_is_an_error_of_its_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    with serve("--faults", status) as server:
        (answer,) = complete(server.base_url, tmp_path, ask("q"), api_key_env="MY_KEY")
        assert server.outcomes() == {status: 1}
    assert answer.error is not None and answer.error.startswith(status)
    assert answer.error.endswith("fault injected (Bearer ...)")


def test_an_endless_answer_is_an_error_of_its_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openai_client, "MAX_ANSWER_BYTES", 2**21)
    with serve("--faults", "huge") as server:
        (answer,) = complete(server.base_url, tmp_path, ask("q"))
        assert len(server.log()) == 1
    assert answer.error == "answer larger than 2 MiB"


def test_what_is_sent(tmp_path: Path) -> None:
    with serve("--log-bodies") as server:
        complete(
            server.base_url, tmp_path, ask("q"), ask("q", sample=2), ask("q", json_schema=SCHEMA)
        )
        first, second, third = sorted((entry["body"] for entry in server.log()), key=orjson.dumps)
    plain = {
        "model": "m",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "q"},
        ],
        "temperature": 0.0,
        "top_p": 1.0,
        "max_tokens": 64,
        "seed": 5,
    }
    schema = {"name": "reply", "strict": True, "schema": {"type": "object"}}
    expected = [
        plain,
        plain | {"seed": 7},
        plain | {"response_format": {"type": "json_schema", "json_schema": schema}},
    ]
    assert [first, second, third] == sorted(expected, key=orjson.dumps)


def test_a_server_that_refuses_response_format(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    requests = [ask(str(n), json_schema=SCHEMA) for n in range(5)]
    with serve("--refuse", "response_format") as server, caplog.at_level(logging.WARNING):
        answers = complete(server.base_url, tmp_path, *requests, concurrency=1, retries=0)
        assert server.outcomes() == {"refused field": 1, "ok": 5}
    assert [a.error for a in answers] == [None] * 5
    assert sum("response_format" in record.message for record in caplog.records) == 1


def test_a_request_refused_with_and_without_its_schema_says_nothing_of_the_others(
    tmp_path: Path,
) -> None:
    with serve("--log-bodies", "--faults", "400") as server:
        requests = [ask(str(n), json_schema=SCHEMA) for n in range(2)]
        answers = complete(server.base_url, tmp_path, *requests, concurrency=1)
        bodies = [entry["body"] for entry in server.log()]
    assert all(a.error == "400 Bad Request: fault injected ()" for a in answers)
    assert ["response_format" in body for body in bodies] == [True, False] * 2


def test_structured_can_be_turned_off(tmp_path: Path) -> None:
    with serve("--refuse", "response_format") as server:
        complete(server.base_url, tmp_path, ask("q", json_schema=SCHEMA), structured=False)
        assert server.outcomes() == {"ok": 1}


def test_a_server_that_knows_only_max_completion_tokens(tmp_path: Path) -> None:
    requests = [ask(str(n)) for n in range(3)]
    with serve("--refuse", "max_tokens") as server:
        answers = complete(server.base_url, tmp_path, *requests, concurrency=1)
        assert server.outcomes() == {"refused field": 1, "ok": 3}
    assert [a.error for a in answers] == [None] * 3


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_in_a_field_of_its_own(tmp_path: Path, field: str) -> None:
    replies = tmp_path / "replies.jsonl"
    rows = [
        {"match": "q", "text": "42", "reasoning": "six by seven"},
        {"match": "long", "text": "", "reasoning": "on and on", "finish_reason": "length"},
    ]
    replies.write_bytes(b"\n".join(map(orjson.dumps, rows)))
    with serve("--replies", str(replies), "--reasoning-field", field) as server:
        answers = complete(server.base_url, tmp_path, ask("q"), ask("long"), ask("plain"))
        assert server.outcomes() == {"ok": 3}  # without text, but finished: not asked again
    assert answers[0] == Completion(
        text="42",
        reasoning="six by seven",
        finish_reason="stop",
        prompt_tokens=3,
        completion_tokens=1,
    )
    assert (answers[1].reasoning, answers[1].finish_reason) == ("on and on", "length")
    assert answers[2].reasoning is None and answers[2].text.startswith("Reply ")


def test_half_a_surrogate_pair_is_an_error_of_its_row(tmp_path: Path, server: Served) -> None:
    bad, good = complete(server.base_url, tmp_path, ask("\ud800"), ask("q"))
    assert bad.error is not None and "Unicode" in bad.error
    assert good.error is None


def test_a_server_that_dies_leaves_errors_in_the_rows(tmp_path: Path) -> None:
    with serve("--latency", "0.2") as server:

        async def run(store: Store) -> list[Completion]:
            llm = LLMConfig(base_url=server.base_url, retries=1, backoff=0.01, concurrency=2)
            async with OpenAIBackend(llm, store) as backend:
                tasks = [asyncio.create_task(backend.complete(ask(str(n)))) for n in range(6)]
                await tasks[0]
                server.process.kill()
                return await asyncio.gather(*tasks)

        with Store(tmp_path) as store:
            answers = asyncio.run(run(store))
            stored = len(store)
    failed = [a.error for a in answers if a.error is not None]
    assert len(failed) == 6 - stored and 0 < stored < 6
    assert set(failed) == {"2 tries: connection refused"}


def test_the_solver_may_be_elsewhere(tmp_path: Path) -> None:
    with serve("--log-bodies") as inverter, serve("--log-bodies") as solver:
        complete(
            inverter.base_url,
            tmp_path,
            ask("q", model="big"),
            ask("q", model="small"),
            solve_base_url=solver.base_url,
            invert=ModelConfig(model="big").model_dump(),
            solve=ModelConfig(model="small").model_dump(),
        )
        assert [entry["body"]["model"] for entry in inverter.log()] == ["big"]
        assert [entry["body"]["model"] for entry in solver.log()] == ["small"]


def check(base_url: str, folder: Path) -> None:
    async def run(store: Store) -> None:
        async with OpenAIBackend(LLMConfig(base_url=base_url), store) as backend:
            await backend.check()

    with Store(folder) as store:
        asyncio.run(run(store))


@contextlib.contextmanager
def listening() -> Iterator[int]:
    """A port that accepts connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_check(tmp_path: Path, server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    check(server.base_url, tmp_path)  # answers 500
    check(server.base_url + "/", tmp_path)
    monkeypatch.setattr(openai_client, "CHECK_SECONDS", 0.3)
    with listening() as port:
        check(f"http://127.0.0.1:{port}/v1", tmp_path)  # busy
    with pytest.raises(UserError) as error:
        check(f"http://127.0.0.1:{port}/v1", tmp_path)
    assert str(error.value) == (
        f"cannot reach http://127.0.0.1:{port}/v1: connection refused; start the server "
        "(see recipes/generate/vllm.yaml) or set --llm.base_url"
    )
    with pytest.raises(UserError, match=r"cannot reach http://no-such-host\.invalid/v1: "):
        check("http://no-such-host.invalid/v1", tmp_path)


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://host/v1", "http://", "http://[::1/v1"])
def test_a_base_url_that_is_none(tmp_path: Path, url: str) -> None:
    with pytest.raises(UserError, match=r"--llm\.base_url"):
        check(url, tmp_path)


def test_a_password_in_the_url_is_refused_and_not_shown(tmp_path: Path) -> None:
    with pytest.raises(UserError) as error:
        check("http://user:hunter2@host/v1", tmp_path)
    assert "hunter2" not in str(error.value)


def test_proxies_are_for_others_than_ourselves(
    tmp_path: Path, server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    (answer,) = complete(server.base_url, tmp_path, ask("q"))
    assert answer.error is None
    check(server.base_url.replace("127.0.0.1", "localhost"), tmp_path)
    # By way of the proxy, whose port is closed: were it not used, the name would not be found.
    with pytest.raises(UserError, match="connection refused"):
        check("http://no-such-host.invalid/v1", tmp_path)
