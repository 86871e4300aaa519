"""Driving inverters: order, isolation of rows, and what stops a run."""

import asyncio

import pytest

from r1k.errors import UserError
from r1k.inversion.drive import Row, drive_async, drive_batch
from r1k.schema import Completion, Message, Request


def ask(text: str) -> Request:
    return Request(
        model="m",
        revision=None,
        messages=[Message(role="user", content=text)],
        temperature=0.0,
        top_p=1.0,
        max_tokens=8,
        seed=0,
        sample=0,
    )


class Echo:
    """Answers with the prompt in capitals; later requests are answered sooner."""

    def __init__(self) -> None:
        self.phases: list[list[str]] = []
        self.cancelled = 0

    def answer(self, request: Request) -> Completion:
        text = request.messages[-1].content
        if text == "fatal":
            raise UserError("no such model")
        if text == "defect":
            raise RuntimeError("a defect of the backend")
        return Completion(text=text.upper())

    async def complete(self, request: Request) -> Completion:
        try:
            await asyncio.sleep(5 if request.messages[-1].content == "slow" else 0.01)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return self.answer(request)

    def complete_batch(self, requests: list[Request]) -> list[Completion]:
        self.phases.append([r.messages[-1].content for r in requests])
        return [self.answer(r) for r in requests]


def chain(*phases: list[str]) -> Row[list[str]]:
    """Asks phase after phase; all answers in order."""
    answers = []
    for phase in phases:
        completions = yield [ask(text) for text in phase]
        answers += [c.text for c in completions]
    return answers


def fails(text: str) -> Row[list[str]]:
    yield [ask(text)]
    raise ValueError("no number in this question")


def fails_at_once() -> Row[list[str]]:
    if True:
        raise KeyError("row")
    yield []


def drive(rows: list[Row[list[str]]], how: str) -> list[list[str] | Exception]:
    if how == "batch":
        return drive_batch(rows, Echo())
    return asyncio.run(drive_async(rows, Echo()))


@pytest.mark.parametrize("how", ["async", "batch"])
def test_results_in_the_order_of_the_rows(how: str) -> None:
    rows = [chain(["a"], ["b", "c"]), chain(), chain([], ["d"]), chain(["e", "f"])]
    assert drive(rows, how) == [["A", "B", "C"], [], ["D"], ["E", "F"]]
    assert drive([], how) == []


@pytest.mark.parametrize("how", ["async", "batch"])
def test_a_row_that_raises_is_its_own_result(how: str) -> None:
    results = drive([chain(["a"]), fails("b"), fails_at_once(), chain(["c"], ["d"])], how)
    assert results[0] == ["A"]
    assert isinstance(results[1], ValueError)
    assert isinstance(results[2], KeyError)
    assert results[3] == ["C", "D"]


@pytest.mark.parametrize("how", ["async", "batch"])
def test_a_user_error_stops_all(how: str) -> None:
    with pytest.raises(UserError, match="no such model"):
        drive([chain(["a"]), chain(["b"], ["fatal", "c"]), chain(["d"])], how)

    def raises() -> Row[list[str]]:
        yield [ask("a")]
        raise UserError("the recipe is wrong")

    with pytest.raises(UserError, match="the recipe is wrong"):
        drive([chain(["a"]), raises()], how)


@pytest.mark.parametrize("how", ["async", "batch"])
def test_a_defect_of_the_backend_is_not_a_result(how: str) -> None:
    with pytest.raises(RuntimeError, match="a defect of the backend"):
        drive([chain(["a"]), chain(["defect"])], how)


def test_the_others_are_cancelled() -> None:
    backend = Echo()
    rows = [chain(["slow", "slow"]), chain(["fatal"]), chain(["slow"])]
    with pytest.raises(UserError):
        asyncio.run(drive_async(rows, backend))
    assert backend.cancelled == 3


def test_a_batch_is_all_that_is_wanted_now() -> None:
    backend = Echo()
    drive_batch([chain(["a"], ["b", "c"]), chain(["d"]), chain(["e"], ["f"], ["g"])], backend)
    assert backend.phases == [["a", "d", "e"], ["b", "c", "f"], ["g"]]
