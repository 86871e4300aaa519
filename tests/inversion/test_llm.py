"""The inverter `llm` without a model: prompts, replies, and the work as a dialogue of lists."""

import json
from collections.abc import Callable

import pytest

from r1k.config import Config
from r1k.inversion.blocks import Block
from r1k.inversion.llm import (
    REVERSAL_SCHEMA,
    Draft,
    Reversal,
    invert,
    inverter_version,
    parse_reversal,
    prompt_version,
    prompts,
    read_attempt,
    solve_requests,
)
from r1k.schema import Completion, Problem, Request

TRAIN = Problem(
    question="A train covers 180 km at 60 km/h. How long does it take?",
    trace="180 / 60 = 3.",
    answer="3",
)
REPLY = {
    "hidden_given": "60",
    "expected_answer": "60",
    "reverse_question": "A train covers 180 km in 3 hours. What is its speed in km/h?",
}


def make_config(inverter: str = "llm", samples: int = 2, **llm: object) -> Config:
    solve = {"model": "solver", "samples": samples, "max_tokens": 50} if samples else None
    return Config.model_validate(
        {
            "inverter": inverter,
            "seed": 5,
            "llm": {"invert": {"model": "inverter", "revision": "abc"}, "solve": solve, **llm},
        }
    )


def drive(
    problem: Problem,
    config: Config,
    *replies: list[Completion],
    refused: Callable[[Draft], bool] | None = None,
) -> tuple[Draft, list[list[Request]]]:
    """Run the generator on given replies: the draft, and the requests of each turn."""
    work, asked, answer = invert(problem, config, refused), [], iter(replies)
    try:
        requests = next(work)
        while True:
            asked.append(requests)
            requests = work.send(next(answer))
    except StopIteration as stop:
        assert next(answer, None) is None, "fewer turns than replies"
        return stop.value, asked


def text(value: object, **fields: object) -> Completion:
    value = value if isinstance(value, str) else json.dumps(value)
    return Completion.model_validate({"text": value, "finish_reason": "stop", **fields})


# What is asked


def test_a_row_from_problem_to_draft() -> None:
    draft, asked = drive(
        TRAIN,
        make_config(),
        [text(REPLY, prompt_tokens=7, completion_tokens=3)],
        [
            text(r"<think>180/3</think>\boxed{60}", prompt_tokens=5, completion_tokens=9),
            text("Here\n\nI stop.\n\nWhy is it so?", prompt_tokens=5, completion_tokens=1),
        ],
    )
    assert (draft.question, draft.given, draft.expected) == (REPLY["reverse_question"], "60", "60")
    assert draft.failure is None
    assert [a.answer for a in draft.attempts] == ["60", None]
    assert (draft.prompt_tokens, draft.completion_tokens) == (17, 13)
    ((first,), solving) = asked
    assert (first.model, first.revision, first.json_schema) == ("inverter", "abc", REVERSAL_SCHEMA)
    assert TRAIN.question in first.messages[0].content
    assert "180 / 60 = 3." in first.messages[0].content
    assert [r.model for r in solving] == ["solver", "solver"]
    for request in solving:
        assert request.messages[0].content.startswith(REPLY["reverse_question"])
        assert request.json_schema is None
        assert request.max_tokens == 50


def test_the_solver_sees_the_reverse_question_only() -> None:
    _, asked = drive(TRAIN, make_config(samples=1), [text(REPLY)], [text("60")])
    shown = asked[1][0].messages[0].content
    assert "60 km/h" not in shown
    assert "How long" not in shown


def test_without_a_solver_there_is_one_turn() -> None:
    draft, asked = drive(TRAIN, make_config(samples=0), [text(REPLY)])
    assert len(asked) == 1
    assert draft.attempts == []
    assert draft.question


def test_a_refused_reversal_is_tried_again() -> None:
    config = make_config(samples=1, invert={"model": "m", "samples": 3, "temperature": 0.7})
    replies = [
        [text("no JSON", completion_tokens=2)],
        [text(REPLY | {"expected_answer": "61"}, completion_tokens=3)],
        [text("61", completion_tokens=5)],
        [text(REPLY, completion_tokens=7)],
        [text("60", completion_tokens=11)],
    ]
    draft, asked = drive(TRAIN, config, *replies, refused=lambda d: d.expected != "60")
    assert (draft.failure, draft.expected, [a.answer for a in draft.attempts]) == (
        None,
        "60",
        ["60"],
    )
    assert draft.completion_tokens == 28
    tries = [requests[0] for requests in asked if requests[0].model == "m"]
    assert [request.sample for request in tries] == [0, 1, 2]
    assert len({request.seed for request in tries}) == 3
    # The first that is not refused is taken, and the last if all are.
    draft, asked = drive(TRAIN, config, *replies[-2:], refused=lambda d: False)
    assert len(asked) == 2
    draft, asked = drive(TRAIN, config, *[[text("no")]] * 3, refused=lambda d: True)
    assert (len(asked), draft.failure) == (3, "the inverting reply holds no JSON object")


def test_a_failed_call_is_not_tried_again_as_another_sample() -> None:
    config = make_config(invert={"model": "m", "samples": 3, "temperature": 0.7})
    draft, asked = drive(TRAIN, config, [text("", error="dead")], refused=lambda d: True)
    assert len(asked) == 1
    assert draft.failure == "the inverting call failed: dead"


BLOCK = Block("A train covers 180 km in 3 hours. What is its speed?", "180 / 3 = 60.", "60").text()


def test_a_model_trained_to_invert_writes_the_whole_problem() -> None:
    config = make_config(samples=0, prompt="blocks")
    draft, (((request,),)) = drive(TRAIN, config, [text(BLOCK, prompt_tokens=7)])
    assert request.messages[0].content == Block(TRAIN.question, TRAIN.trace or "", "3").text()
    assert request.json_schema is None
    assert draft.question == "A train covers 180 km in 3 hours. What is its speed?"
    assert (draft.given, draft.expected, draft.trace) == ("60", "60", "180 / 3 = 60.")
    assert (draft.attempts, draft.prompt_tokens) == ([], 7)


def test_its_problem_can_be_given_to_a_solver() -> None:
    config = make_config(samples=1, prompt="blocks")
    draft, asked = drive(TRAIN, config, [text(BLOCK)], [text("So \\boxed{60}")])
    assert asked[1][0].messages[0].content.startswith("A train covers 180 km in 3 hours.")
    assert [attempt.answer for attempt in draft.attempts] == ["60"]


@pytest.mark.parametrize("reply", ["", "Problem: what?", "60" * 200_000])
def test_a_block_that_cannot_be_read(reply: str) -> None:
    draft, _ = drive(TRAIN, make_config(samples=0, prompt="blocks"), [text(reply)])
    assert draft.question is None
    assert draft.failure and draft.failure.startswith("the reply")


def test_mask_asks_the_solver_only() -> None:
    draft, asked = drive(TRAIN, make_config("mask"), [text(r"\boxed{60}"), text("7")])
    assert len(asked) == 1
    assert draft.given in ("60", "180")
    assert len(draft.attempts) == 2
    draft, asked = drive(TRAIN, make_config("mask", samples=0))
    assert asked == []
    assert draft.question


def test_structured_output_can_be_left_out() -> None:
    _, asked = drive(TRAIN, make_config(samples=0, structured=False), [text(REPLY)])
    assert asked[0][0].json_schema is None
    fields = json.loads(REVERSAL_SCHEMA)
    assert fields["required"] == list(REPLY)
    assert fields["additionalProperties"] is False


def test_prompts_are_filled_in_one_pass() -> None:
    question = "Let {answer} and {trace} be sets {1, 2}. Is {question} one of the 7? {x!r} {0}"
    problem = Problem(question=question, trace="{question} {answer}", answer="{trace}")
    _, asked = drive(problem, make_config(samples=0), [text(REPLY)])
    shown = asked[0][0].messages[0].content
    assert f"Problem: {question}\n" in shown
    assert "Solution: {question} {answer}\n" in shown
    assert shown.rstrip().endswith("Answer: {trace}")
    (request,) = solve_requests("What is {question}?", make_config(samples=1).llm.solve, 0)  # type: ignore[arg-type]
    assert request.messages[0].content.startswith("What is {question}?")
    assert r"\boxed{}" in request.messages[0].content


def test_a_long_trace_is_cut_and_a_missing_one_is_named() -> None:
    problem = TRAIN.model_copy(update={"trace": "step " * 10_000})
    _, asked = drive(problem, make_config(samples=0), [text(REPLY)])
    shown = asked[0][0].messages[0].content
    assert "[...]" in shown
    assert len(shown) < 15_000
    problem = TRAIN.model_copy(update={"trace": None})
    _, asked = drive(problem, make_config(samples=0), [text(REPLY)])
    assert "Solution: (none)" in asked[0][0].messages[0].content


def test_the_options_text_is_stated_to_the_inverter() -> None:
    problem = TRAIN.model_copy(update={"answer": "B", "option": "3 hours"})
    _, asked = drive(problem, make_config(samples=0), [text(REPLY)])
    assert asked[0][0].messages[0].content.rstrip().endswith("Answer: 3 hours")


def test_every_sample_and_seed_has_a_key_of_its_own() -> None:
    model = make_config(samples=4).llm.solve
    assert model
    requests = [r for seed in (0, 1, 2) for r in solve_requests("Q?", model, seed)]
    assert len({r.key() for r in requests}) == 12
    assert len({r.seed for r in requests}) == 12
    assert all(0 <= r.seed < 2**31 for r in requests)
    assert requests[:4] == solve_requests("Q?", model, 0)
    # More samples ask again for none of those already made.
    fewer = model.model_copy(update={"samples": 2})
    assert solve_requests("Q?", fewer, 0) == requests[:2]


# What comes back


@pytest.mark.parametrize(
    "reply",
    [
        json.dumps(REPLY),
        json.dumps(REPLY, indent=4),
        f"```json\n{json.dumps(REPLY)}\n```",
        f"```\n{json.dumps(REPLY)}\n```\nI hope this helps.",
        f"<think>Hide 60? {{}} or {{180}}.</think>\n{json.dumps(REPLY)}",
        f"<think>a</think> so <think>b</think>{json.dumps(REPLY)}",
        f"Here is the inverse problem:\n{json.dumps(REPLY)}\nIt asks for the speed.",
        f"We hide one of {{60, 180}}: {json.dumps(REPLY)} (so the set {{60}} is left)",
        f"```\n{json.dumps({**REPLY, 'hidden_given': '7'})}\n```\nBetter: {json.dumps(REPLY)}",
        json.dumps(dict(reversed(REPLY.items()))),
        json.dumps([REPLY]),
    ],
)
def test_replies_that_are_read(reply: str) -> None:
    assert parse_reversal(reply) == Reversal(**REPLY)


def test_latex_in_a_reply() -> None:
    question = 'Let $\\frac{1}{2}x = \\{3\\}$ and \\times "it".\nWhat is\tx?'
    found = parse_reversal(json.dumps({**REPLY, "reverse_question": question}))
    assert found.reverse_question == question


@pytest.mark.parametrize(
    "command",
    [
        r"\frac{1}{2}",
        r"\beta",
        r"\rho",
        r"\times 3",
        r"\neq",
        r"\text{a}",
        r"\sqrt{2}",
        r"\(x\)",
        r"\,",
    ],
)
def test_latex_with_one_backslash_is_read_as_meant(command: str) -> None:
    """ "\\frac" is valid JSON for a form feed and "rac", and "\\sqrt" is no JSON at all."""
    question = f"First line.\nNext: let it be {command}, and \\\\alpha.\tEnd"
    reply = json.dumps(REPLY).replace(REPLY["reverse_question"], question.replace("\n", "\\n"))
    reply = reply.replace("\t", "\\t")
    read = parse_reversal(reply).reverse_question
    assert read == f"First line.\nNext: let it be {command}, and \\alpha.\tEnd"


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ("", "holds no JSON object"),
        ("I cannot do it.", "holds no JSON object"),
        ("}{", "holds no JSON object"),
        ("<think>" + json.dumps(REPLY) + "</think>", "holds no JSON object"),
        (json.dumps(REPLY)[:-5], "holds no JSON object"),
        ("{'hidden_given': '60'}", "not valid JSON"),
        (json.dumps(REPLY)[:-5] + "}", "not valid JSON"),
        ("{" * 100_000 + "}" * 100_000, "not valid JSON"),
        ('{"hidden_given":' * 10_000 + "}" * 10_000, "not valid JSON"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "longer than 200000"),
        ('{"hidden_given": ' + "[" * 90_000 + "]" * 90_000 + "}", "not valid JSON"),
        ("{" + " " * 199_000 + "}", "'hidden_given'"),
        ("x" * 200_001, "longer than 200000 characters"),
        ('{"hidden_given": "60", "expected_answer": "60"}', "'reverse_question'"),
        (json.dumps({**REPLY, "expected_answer": 60}), "'expected_answer'"),
        (json.dumps({**REPLY, "expected_answer": None}), "'expected_answer'"),
        (json.dumps({**REPLY, "note": "hm"}), "'note'"),
        ('{"hidden_given": "\\ud800", "expected_answer": "", "reverse_question": ""}', "not valid"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_replies_that_are_refused(reply: str, why: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_reversal(reply)
    assert why in str(caught.value)
    assert len(str(caught.value)) < 300
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("completion", "failure"),
    [
        (Completion(text="", error="500 from the server"), "the inverting call failed: 500"),
        (text("{", finish_reason="length"), "cut at max_tokens"),
        (text(REPLY, finish_reason="length"), "cut at max_tokens"),
        (text("no"), "holds no JSON object"),
        (
            text({**REPLY, "reverse_question": " ", "hidden_given": "It is a proof."}),
            "the model found no inverse: It is a proof.",
        ),
    ],
)
def test_failures_end_the_row(completion: Completion, failure: str) -> None:
    draft, asked = drive(TRAIN, make_config(), [completion])
    assert draft.failure
    assert failure in draft.failure
    assert draft.question is None
    assert draft.attempts == []
    assert len(asked) == 1
    assert draft.truncated == (completion.finish_reason == "length")


@pytest.mark.parametrize("inverter", ["llm", "mask"])
def test_rows_that_are_not_asked_about(inverter: str) -> None:
    for change, why in (
        ({"answer": None}, "no answer"),
        ({"answer": "B"}, "letter of an option"),
        ({"question": "long " * 10_000}, "longer than 20000 characters"),
    ):
        draft, asked = drive(TRAIN.model_copy(update=change), make_config(inverter))
        assert asked == []
        assert why in (draft.failure or "")


@pytest.mark.parametrize(
    ("completion", "trace", "answer", "closed"),
    [
        (text(r"<think>3 h</think>So \boxed{60}."), "3 h", "60", True),
        (text(r"3 h</think>So \boxed{60}."), "3 h", "60", True),  # the tag was in the prompt
        (text(r"So \boxed{60}.", reasoning="3 h"), "3 h", "60", True),
        (text(r"So \boxed{60}.", reasoning=" \n"), r"So \boxed{60}.", "60", True),
        (text(r"180/3, so \boxed{60}."), r"180/3, so \boxed{60}.", "60", True),
        (text(r"<think>a</think>b<think>c</think>\boxed{60}"), "a</think>bc", "60", True),
        (text(r"<think>it is \boxed{60}"), r"<think>it is \boxed{60}", "60", False),
        (text(r"<think>a</think><think>b \boxed{60}"), "a", "60", False),
        (text("<think>a</think>"), "a", None, True),
        (text(r"<think>\boxed{7}</think>So \boxed{60}."), r"\boxed{7}", "60", True),
        (text("x " * 500_000 + r"\boxed{60}"), None, "60", True),
        (text(r"\boxed{60}" + " x" * 500_000), None, None, True),
        (text(""), "", None, True),
    ],
)
def test_attempts(
    completion: Completion, trace: str | None, answer: str | None, closed: bool
) -> None:
    attempt = read_attempt(completion)
    assert attempt.answer == answer
    assert attempt.tags_closed == closed
    assert attempt.finish_reason == "stop"
    if trace is not None:
        assert attempt.trace == trace


def test_a_cut_attempt_says_so() -> None:
    attempt = read_attempt(text("<think>so far", finish_reason="length", completion_tokens=50))
    assert (attempt.finish_reason, attempt.tags_closed, attempt.tokens) == ("length", False, 50)


def test_a_failed_attempt_keeps_its_error() -> None:
    attempt = read_attempt(Completion(text="", error="timed out"))
    assert (attempt.error, attempt.answer, attempt.trace) == ("timed out", None, "")


# What the manifest says


def test_versions_follow_the_prompts() -> None:
    llm, mask = make_config(), make_config("mask")
    assert set(prompts(llm)) == {"invert", "solve"}
    assert set(prompts(mask)) == {"phrasings", "solve"}
    assert set(prompts(make_config("mask", samples=0))) == {"phrasings"}
    versions = {prompt_version(c) for c in (llm, mask, make_config("mask", samples=0))}
    assert len(versions) == 3
    assert all(len(v) == 12 for v in versions)
    assert prompt_version(make_config(samples=7)) == prompt_version(llm)
    assert inverter_version(llm) >= 1
    assert inverter_version(mask) >= 1
