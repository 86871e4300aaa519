"""Run inverters, which know nothing of servers, against a backend.

An inverter is a generator, one for each row: it yields the requests that it wants answered now,
receives their completions in the same order, and returns its result.

    def ask_twice(question):
        (first,) = yield [request(question)]
        (second,) = yield [request(first.text)]
        return second.text
"""

import asyncio
from collections.abc import Callable, Coroutine, Generator, Iterable
from typing import Any, Generic, Protocol, TypeVar

from r1k.errors import UserError
from r1k.schema import Completion, Request

T = TypeVar("T")
Row = Generator[list[Request], list[Completion], T]


class AsyncBackend(Protocol):
    """Completes one request at a time; as many may be awaited at once as one likes."""

    async def complete(self, request: Request) -> Completion: ...


class BatchBackend(Protocol):
    """Completes many requests in one call."""

    def complete_batch(self, requests: list[Request]) -> list[Completion]: ...


async def drive_async(rows: Iterable[Row[T]], backend: AsyncBackend) -> list[T | Exception]:
    """Run all rows at once; their results in the order of the rows.

    The result of a row that raises an exception is that exception; the other rows go on.

    Raises:
        UserError: raised by a row or by the backend; the other rows are cancelled. So are they if
            the backend raises anything else, a defect of ours, which is then raised as it is.
    """

    async def finish(row: Row[T]) -> T | Exception:
        step = _Step(row)
        while step.requests is not None:
            step.send(await _gather([backend.complete(r) for r in step.requests]))
        return step.result

    return await _gather([finish(row) for row in rows])


def drive_batch(rows: Iterable[Row[T]], backend: BatchBackend) -> list[T | Exception]:
    """Run all rows in step: each time, what they all want now is one batch, in the rows' order.

    The result of a row that raises an exception is that exception; the other rows go on.

    Raises:
        UserError: raised by a row or by the backend.
    """
    steps = [_Step(row) for row in rows]
    while any(step.requests is not None for step in steps):
        wanted = [(step, step.requests) for step in steps if step.requests is not None]
        completions = iter(backend.complete_batch([r for _, requests in wanted for r in requests]))
        for step, requests in wanted:
            step.send([next(completions) for _ in requests])
    return [step.result for step in steps]


class _Step(Generic[T]):
    """Where a row stands: `requests` is what it wants now, None once it has a `result`."""

    requests: list[Request] | None
    result: T | Exception

    def __init__(self, row: Row[T]) -> None:
        self._row = row
        self._resume(lambda: next(row))

    def send(self, completions: list[Completion]) -> None:
        self._resume(lambda: self._row.send(completions))

    def _resume(self, resume: Callable[[], list[Request]]) -> None:
        try:
            self.requests = resume()
        except StopIteration as stop:
            self.requests, self.result = None, stop.value
        except UserError:
            raise
        except Exception as e:
            self.requests, self.result = None, e


async def _gather(coroutines: list[Coroutine[Any, Any, T]]) -> list[T]:
    """As `asyncio.gather`, but when one raises the others are cancelled before it is raised."""
    if len(coroutines) == 1:
        return [await coroutines[0]]
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(coroutine) for coroutine in coroutines]
    except ExceptionGroup as failed:
        errors = failed.exceptions
        raise next((e for e in errors if isinstance(e, UserError)), errors[0]) from None
    return [task.result() for task in tasks]
