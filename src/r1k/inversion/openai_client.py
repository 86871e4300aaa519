"""Calls to an OpenAI-compatible server (vLLM, SGLang, llama.cpp, TGI, hosted ones), with retries.

The `openai` package is not used: building and validating its objects takes 1.8 ms of CPU a call,
which caps one process at 460 calls/s; aiohttp and orjson take 0.1 ms (see benchmarks/client.py).
"""

import asyncio
import email.utils
import errno
import http
import ipaddress
import logging
import math
import os
import re
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson
from yarl import URL

from r1k.config import LLMConfig
from r1k.errors import UserError
from r1k.inversion.store import NOT_UNICODE, Store, key_of
from r1k.schema import Completion, Request

CONNECT_SECONDS = 30.0
CHECK_SECONDS = 5.0
# uvicorn, under vLLM and SGLang, closes an idle connection after 5 s: be the first to do so, or
# the next call is written into a connection that is just being closed.
KEEPALIVE_SECONDS = 3.0
# An hour in a Retry-After would stall the run in silence; asking again sooner costs one call.
MAX_WAIT_SECONDS = 120.0
MAX_ANSWER_BYTES = 32 * 2**20
MAX_MESSAGE_CHARS = 300

logger = logging.getLogger(__name__)


class OpenAIBackend:
    """Completes requests over HTTP: at most `llm.concurrency` at a time, each one once.

    Use it as `async with backend:`; it may be entered again later, in another event loop. A
    request goes to `llm.solve_base_url` if that is set and its model is the solver's. What the
    store holds is not asked for again, and equal requests in flight are sent once.
    """

    def __init__(self, llm: LLMConfig, store: Store) -> None:
        """Nothing is sent yet.

        Raises:
            UserError: a base URL that is not one, or no key in the variable `llm.api_key_env`.
        """
        self._llm = llm
        self._store = store
        self._headers = {"Content-Type": "application/json", "User-Agent": "r1k"}
        if llm.api_key_env is not None:
            self._headers["Authorization"] = f"Bearer {_key_from(llm.api_key_env)}"
        self._server = _Server.at(llm.base_url, "--llm.base_url")
        self._solver = self._server
        if llm.solve_base_url is not None:
            self._solver = _Server.at(llm.solve_base_url, "--llm.solve_base_url")
        # Calls and tokens that the store answered, to tell them from those that are paid for.
        self.from_store: Counter[str] = Counter()
        self._in_flight: dict[str, asyncio.Task[Completion]] = {}
        self._structured = llm.structured
        # The older name is the one that every local server knows; hosted reasoning models refuse
        # it, naming the new one.
        self._limit_field = "max_tokens"

    async def __aenter__(self) -> Self:
        self._slots = asyncio.Semaphore(self._llm.concurrency)
        self._session = aiohttp.ClientSession(
            # The semaphore bounds the connections.
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEPALIVE_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=self._headers,
            timeout=aiohttp.ClientTimeout(total=self._llm.timeout, sock_connect=CONNECT_SECONDS),
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        tasks = list(self._in_flight.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._session.close()

    async def check(self) -> None:
        """Make sure, within a few seconds, that the servers can be reached.

        Raises:
            UserError: a server that cannot be reached, or that refuses the key.
        """
        for server in {self._server.url: self._server, self._solver.url: self._solver}.values():
            # Any answer will do, an error too (`transformers serve` answers 500 here, offline),
            # and so will none: a busy server is up.
            timeout = aiohttp.ClientTimeout(connect=CHECK_SECONDS, sock_read=CHECK_SECONDS)
            url = server.url / "models"
            try:
                async with self._session.get(
                    url, proxy=server.proxy, timeout=timeout, allow_redirects=False
                ) as response:
                    if response.status in (401, 403):
                        raise self._fatal(server, response.status, None)
            except aiohttp.SocketTimeoutError:
                pass
            except (aiohttp.ClientError, TimeoutError) as e:
                raise UserError(
                    f"cannot reach {server.url}: {_reason(e)}; start the server "
                    f"(see recipes/generate/vllm.yaml) or set {server.option}"
                ) from None

    async def complete(self, request: Request) -> Completion:
        """The answer to a request; its `error` says why there is none, in words that a rerun
        repeats.

        Raises:
            UserError: what would fail for every row: a refused key, an unknown model or path, no
                credit left, a store that cannot be written.
        """
        key = key_of(request)
        if key is None:
            return NOT_UNICODE
        stored = self._store.get(key)
        if stored is not None:
            self.from_store["stored"] += 1
            self.from_store["stored_prompt_tokens"] += stored.prompt_tokens
            self.from_store["stored_tokens"] += stored.completion_tokens
            return stored
        task = self._in_flight.get(key)
        if task is None:
            task = asyncio.create_task(self._finish(request))
            self._in_flight[key] = task
            task.add_done_callback(lambda done: self._forget(key, done))
        # Shielded, so that one caller's cancellation does not take the answer from the others.
        return await asyncio.shield(task)

    def _forget(self, key: str, done: asyncio.Task[Completion]) -> None:
        del self._in_flight[key]
        if not done.cancelled():
            done.exception()  # Seen, even if every caller was cancelled.

    async def _finish(self, request: Request) -> Completion:
        """Try until there is an answer to store, or no try is left."""
        llm = self._llm
        server = self._server
        if llm.solve is not None and request.model == llm.solve.model:
            server = self._solver
        tries = 0
        while True:
            async with self._slots:
                try:
                    completion = await self._try(server, request)
                    self._store.put(request, completion)
                    return completion
                except _RefusedError as refused:
                    return _error(str(refused))
                except _FailedError as failed:
                    tries += 1
                    if tries > llm.retries:
                        return _error(f"{tries} {'try' if tries == 1 else 'tries'}: {failed}")
                    wait = failed.retry_after
                    if wait is None:
                        wait = llm.backoff * 2.0 ** min(tries - 1, 30)
                    wait = min(wait, MAX_WAIT_SECONDS)
                    if failed.slow_down:
                        # Waiting with the slot in hand is what slows us down.
                        await asyncio.sleep(wait)
                        continue
            await asyncio.sleep(wait)

    async def _try(self, server: "_Server", request: Request) -> Completion:
        """One call, made again at once without what this server turns out not to know.

        Raises:
            _FailedError, _RefusedError, UserError: as `_call`.
        """
        structured = self._structured and request.json_schema is not None
        while True:
            body = self._body(request, structured)
            try:
                completion = await self._call(server, body, request.model)
            except _RefusedError as refused:
                # OpenAI's words; vLLM names the field, too, where a prompt is too long.
                renamed = re.search(r"(?i)use\W+max_completion_tokens", str(refused))
                if renamed and "max_tokens" in body:
                    self._limit_field = "max_completion_tokens"
                elif structured:
                    structured = False
                else:
                    raise
                continue
            if self._structured and not structured and request.json_schema is not None:
                # It took without the schema what it had refused with it.
                self._structured = False
                logger.warning(
                    "%s refuses response_format: asking without it from now on (set "
                    "--llm.structured false to spare the first try)",
                    server.url,
                )
            return completion

    def _body(self, request: Request, structured: bool) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": request.model,
            "messages": [{"role": m.role, "content": m.content} for m in request.messages],
            "temperature": request.temperature,
            "top_p": request.top_p,
            self._limit_field: request.max_tokens,
            # As vLLM does for `n` samples of one request: equal seeds would give equal samples.
            "seed": request.seed + request.sample,
        }
        if structured and request.json_schema is not None:
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {
                    "name": "reply",
                    "strict": True,
                    "schema": orjson.Fragment(request.json_schema),
                },
            }
        return body

    async def _call(self, server: "_Server", body: dict[str, Any], model: str) -> Completion:
        """One HTTP call.

        Raises:
            _FailedError: trying again may help.
            _RefusedError: trying again will not help, other requests may succeed.
            UserError: no request will succeed.
        """
        try:
            async with self._session.post(
                server.chat, data=orjson.dumps(body), proxy=server.proxy, allow_redirects=False
            ) as response:
                status = response.status
                retry_after = response.headers.get("Retry-After")
                data = bytearray()
                async for chunk in response.content.iter_any():
                    data += chunk
                    if len(data) > MAX_ANSWER_BYTES:
                        raise _RefusedError(f"answer larger than {MAX_ANSWER_BYTES >> 20} MiB")
        except TimeoutError as e:
            connecting = isinstance(e, aiohttp.ConnectionTimeoutError)
            limit = f"no answer within {self._llm.timeout:g} s"
            raise _FailedError(_reason(e) if connecting else limit) from None
        except aiohttp.ClientError as e:
            raise _FailedError(_reason(e)) from None
        if status == 200:
            return _parse(data)
        message = _message(data)
        reason = _status(status)
        if status in (408, 409, 425, 429) or status >= 500:
            if "insufficient_quota" in message:
                raise self._fatal(server, 402, model)
            raise _FailedError(reason, _seconds(retry_after), slow_down=status == 429)
        if status in (401, 402, 403, 404, 405) or status < 400:
            raise self._fatal(server, status, model)
        raise _RefusedError(f"{reason}: {self._clean(message)}" if message else reason)

    def _fatal(self, server: "_Server", status: int, model: str | None) -> UserError:
        asked = f"{server.url} answers {_status(status)}" + (
            f" for model {model!r}" if model else ""
        )
        variable = self._llm.api_key_env
        if status in (401, 403) and variable is None:
            mend = "it wants a key: set --llm.api_key_env to the variable that holds one"
        elif status in (401, 403):
            mend = f"put a key that it accepts in the environment variable {variable}"
        elif status == 402:
            mend = "its credit is used up: top it up and run the same command again"
        else:
            mend = f"check the model's name and {server.option} (it usually ends in /v1)"
        return UserError(f"{asked}; {mend}")

    def _clean(self, message: str) -> str:
        """A server's message as one short line, the same in each run and without the key."""
        key = self._headers.get("Authorization", "").removeprefix("Bearer ")
        if key:
            message = message.replace(key, "...")
        message = re.sub(r"0x[0-9a-f]+|[0-9a-fA-F-]{20,}|\b(req|chatcmpl)[-_]\w+", "...", message)
        return " ".join(message.split())[:MAX_MESSAGE_CHARS]


@dataclass(frozen=True)
class _Server:
    """Where requests are sent. `option` is the configuration key that names it."""

    url: URL
    chat: URL
    proxy: str | None
    option: str

    @classmethod
    def at(cls, base_url: str, option: str) -> Self:
        try:
            url = URL(base_url.rstrip("/"))
        except ValueError:
            url = URL()
        if url.scheme not in ("http", "https") or url.host is None:
            raise UserError(f"{option}: not an http or https URL")
        if url.user is not None or url.password is not None:
            raise UserError(
                f"{option}: leave the user and password out of the URL; put a key in an "
                "environment variable and name it with --llm.api_key_env"
            )
        # Found once here: aiohttp's own `trust_env` reads the environment for each call, and
        # sends loopback addresses to the proxy too unless no_proxy names them.
        proxy = None
        if not _is_loopback(url.host) and not urllib.request.proxy_bypass(url.host):
            proxy = urllib.request.getproxies().get(url.scheme)
        return cls(url, url / "chat/completions", proxy, option)


class _FailedError(Exception):
    """One try failed; another may not."""

    def __init__(
        self, reason: str, retry_after: float | None = None, slow_down: bool = False
    ) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.slow_down = slow_down


class _RefusedError(Exception):
    """The server does not want this request."""


def _parse(data: bytearray) -> Completion:
    try:
        tree = orjson.loads(data)
        choice = tree["choices"][0]
        message = choice["message"]
        usage = tree.get("usage") or {}
        completion = Completion(
            text=message.get("content") or "",
            # vLLM and SGLang have moved from the first name to the second.
            reasoning=message.get("reasoning_content") or message.get("reasoning") or None,
            finish_reason=choice.get("finish_reason"),
            prompt_tokens=usage.get("prompt_tokens") or 0,
            completion_tokens=usage.get("completion_tokens") or 0,
        )
    except (ValueError, LookupError, TypeError, AttributeError):
        raise _FailedError("the answer is not a chat completion") from None
    # Out of tokens while still reasoning: a finished answer, the same however often one asks.
    if not completion.text.strip() and completion.finish_reason != "length":
        raise _FailedError("the answer is empty")
    return completion


def _message(data: bytearray) -> str:
    """What an error's body says: OpenAI's format, FastAPI's, or plain text."""
    try:
        tree = orjson.loads(data)
    except ValueError:
        return ""
    if not isinstance(tree, dict):
        return ""
    error = tree.get("error", tree)
    if not isinstance(error, dict):
        return str(error)
    message = error.get("message") or error.get("detail") or ""
    code = error.get("code")
    return f"{message} ({code})" if isinstance(code, str) and code else str(message)


def _reason(error: Exception) -> str:
    """A connection's failure in words that hold no address of an object, port or time."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "host name not found"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "its TLS certificate is not valid"
    if isinstance(error, aiohttp.ClientSSLError):
        return "no TLS connection"
    if isinstance(error, TimeoutError):
        return "connection timed out"
    if isinstance(error, aiohttp.ClientConnectorError):
        known = error.errno in errno.errorcode
        return os.strerror(error.errno).lower() if known and error.errno else "connection failed"
    if isinstance(error, aiohttp.ClientPayloadError):
        return "answer cut off"
    if isinstance(error, aiohttp.ClientConnectionError):
        # Whether we see the end of the connection or its reset is a matter of luck: one reason.
        return "connection closed by the server"
    return "the answer is not HTTP"


def _seconds(retry_after: str | None) -> float | None:
    """A Retry-After header, which is a number of seconds or a date, in seconds from now."""
    if retry_after is None:
        return None
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time()
        except (ValueError, OverflowError):
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _status(status: int) -> str:
    try:
        return f"{status} {http.HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _key_from(variable: str) -> str:
    key = os.environ.get(variable, "").strip()
    if not key:
        raise UserError(f"no key in the environment variable {variable}; set it to your API key")
    if not (key.isascii() and key.isprintable()):
        raise UserError(f"the key in {variable} holds characters that no HTTP header can")
    return key


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _error(reason: str) -> Completion:
    return Completion(text="", error=reason)
