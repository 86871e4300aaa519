r"""The inverter `llm`: one call writes the reverse question, k calls solve it.

With `llm.invert.samples` it is written anew, and solved anew, until the checks do not reject it.

A model that was trained to invert (`llm.prompt: blocks`) writes the whole reverse problem.

The functions here do no input or output. `invert` is a generator: it yields the requests it
needs and is sent their completions, so that one description of the work runs against a server
with thousands of rows in flight, in process in batches, or in a test with a list of texts.
"""

import json
import re
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.resources import files

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from r1k.config import Config, ModelConfig
from r1k.inversion.blocks import Block, read_block
from r1k.inversion.mask import VERSION as MASK_VERSION
from r1k.inversion.mask import NoInverse, mask, phrasings, stated_answer
from r1k.schema import Completion, Message, Problem, Request, canonical, sha256
from r1k.source.answers import final_answer

VERSION = 1
_MAX_JSON = 200_000
# The whole solution is rarely needed to choose a given, and some are 35,000 characters long.
_MAX_SHOWN_TRACE = 8_000
# The final answer is looked for in the end of a reply: bounds the time a hostile megabyte takes.
_MAX_ENDING = 20_000

_PROMPTS = {
    name: (files("r1k.inversion") / "prompts" / f"{name}.txt").read_text(encoding="utf-8")
    for name in ("invert", "solve")
}
Phase = Generator[list[Request], list[Completion], "Draft"]
Equal = Callable[[str, str], bool]
Refused = Callable[["Draft"], bool]


class Reversal(BaseModel):
    """The structured output asked of the inverting model."""

    model_config = ConfigDict(extra="forbid")

    hidden_given: str
    expected_answer: str
    reverse_question: str


_OBJECT = re.compile(r'\{\s*"(?:' + "|".join(Reversal.model_fields) + r')"\s*:')
# What JSON makes of \frac, \beta, \rho, \times, \neq and the like, written with one backslash.
# A backslash of LaTeX that JSON would need twice: it starts no escape of JSON, or one that is far
# more often the start of a command ("\\times" is no tab with "imes" behind it).
_LONE_BACKSLASH = re.compile(
    r"(?<!\\)\\(?=(?:[bf][a-z]|n(?:eq?|u|abla|ot|otin|mid|exists|i)(?![a-z])"
    r"|r(?:ho|ight|angle|floor|ceil|m)(?![a-z])"
    r"|t(?:imes|ext[a-z]*|heta|au|anh?|o|op|riangle|frac|ilde|herefore)(?![a-z]))"
    r"|u(?![0-9a-fA-F]{4})|[^\"\\/bfnrtu])"
)
_UNESCAPED = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f]|\r[a-z]|\n(?:eq|abla|otin|mid)\b"
    r"|\t(?:imes|heta|ext|frac|riangle|an\b|au\b|o\b)"
)
REVERSAL_SCHEMA = orjson.dumps(Reversal.model_json_schema()).decode()


@dataclass(slots=True)
class Attempt:
    """One solver sample: its trace, its final answer (None if there is none) and how it ended."""

    trace: str
    answer: str | None
    answer_from: str | None
    finish_reason: str | None
    tags_closed: bool
    tokens: int
    error: str | None = None


@dataclass(slots=True)
class Draft:
    """What an inverter made of a forward problem, before any check.

    `failure` says why there is no reverse question (then `question` is None). `attempts` are the
    solver's samples, empty without a solver. `truncated` is True where the inverting call was cut.
    `trace` is the inverter's own, where it wrote one.
    """

    question: str | None = None
    given: str | None = None
    expected: str | None = None
    failure: str | None = None
    truncated: bool = False
    attempts: list[Attempt] = field(default_factory=list)
    trace: str | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0


def prompts(config: Config) -> dict[str, str]:
    """Every text that goes to a model or into a question, for the manifest."""
    shown = {"phrasings": "\n".join(phrasings())} if config.inverter == "mask" else {}
    if config.inverter == "llm":
        blocks = Block("{question}", "{trace}", "{answer}").text()
        shown["invert"] = blocks if config.llm.prompt == "blocks" else _PROMPTS["invert"]
    if config.llm.solve:
        shown["solve"] = _PROMPTS["solve"]
    return shown


def prompt_version(config: Config) -> str:
    """The first 12 hex digits of the hash of `prompts`: it changes whenever a prompt does."""
    return sha256(canonical(prompts(config)))[:12]


def inverter_version(config: Config) -> int:
    """The version of the configured inverter's code."""
    return MASK_VERSION if config.inverter == "mask" else VERSION


def invert(problem: Problem, config: Config, refused: Refused | None = None) -> Phase:
    """Make and solve the reverse question of one problem with the configured inverter.

    A model is asked up to `llm.invert.samples` times, until a draft of it is not `refused`.
    """
    draft = Draft()
    if len(problem.question) > config.checks.max_question_chars:
        draft.failure = f"the question is longer than {config.checks.max_question_chars} characters"
        return draft
    if config.inverter == "mask":
        try:
            masked = mask(problem, config.seed)
        except NoInverse as e:
            draft.failure = str(e)
            return draft
        draft.question, draft.given, draft.expected = masked.question, masked.given, masked.answer
        yield from _solve(config, draft)
        return draft
    model = config.llm.invert
    assert model, "checked before the run starts"
    try:
        answer = stated_answer(problem)
    except NoInverse as e:
        draft.failure = str(e)
        return draft
    for sample in range(model.samples):
        spent = draft.prompt_tokens, draft.completion_tokens
        draft = Draft(prompt_tokens=spent[0], completion_tokens=spent[1])
        (completion,) = yield [_ask(problem, answer, model, config, sample)]
        _count(draft, [completion])
        _read(completion, config, draft)
        yield from _solve(config, draft)
        # A call that failed has been tried again already.
        if completion.error or not refused or not refused(draft):
            break
    return draft


def _solve(config: Config, draft: Draft) -> Generator[list[Request], list[Completion], None]:
    if draft.question and config.llm.solve:
        completions = yield solve_requests(draft.question, config.llm.solve, config.seed)
        draft.attempts = [read_attempt(c) for c in completions]
        _count(draft, completions)


def _ask(problem: Problem, answer: str, model: ModelConfig, config: Config, sample: int) -> Request:
    if config.llm.prompt == "blocks":
        text = Block(problem.question, _shown(problem.trace), answer).text()
        return _request(text, model, config.seed, sample, None)
    text = invert_text(problem.question, problem.trace, answer)
    schema = REVERSAL_SCHEMA if config.llm.structured else None
    return _request(text, model, config.seed, sample, schema)


def invert_text(question: str, trace: str | None, answer: str) -> str:
    """The prompt that asks a model to invert a problem."""
    shown = _shown(trace) or "(none)"
    return _fill(_PROMPTS["invert"], question=question, trace=shown, answer=answer)


def _shown(trace: str | None) -> str:
    trace = trace or ""
    return trace if len(trace) <= _MAX_SHOWN_TRACE else trace[:_MAX_SHOWN_TRACE] + " [...]"


def _read(completion: Completion, config: Config, draft: Draft) -> None:
    """Fill a draft with what the inverting model replied."""
    if completion.error:
        draft.failure = f"the inverting call failed: {completion.error}"
        return
    if completion.finish_reason == "length":
        draft.truncated = True
        draft.failure = "the inverting call was cut at max_tokens"
        return
    try:
        if config.llm.prompt == "blocks":
            block = read_block(completion.text[:_MAX_JSON])
            draft.question, draft.trace = block.question, block.trace or None
            draft.given = draft.expected = block.answer
            return
        reversal = parse_reversal(completion.text)
    except ValueError as e:
        draft.failure = str(e)
        return
    if not reversal.reverse_question.strip():
        draft.failure = f"the model found no inverse: {reversal.hidden_given.strip()[:200]}"
        return
    draft.question = reversal.reverse_question.strip()
    draft.given = reversal.hidden_given.strip()
    draft.expected = reversal.expected_answer.strip()


def solve_requests(question: str, model: ModelConfig, seed: int) -> list[Request]:
    """The `model.samples` requests that put a question to the solver."""
    text = _fill(_PROMPTS["solve"], question=question)
    return [_request(text, model, seed, k, None) for k in range(model.samples)]


def _fill(prompt: str, **values: str) -> str:
    """Fill `{name}` places in one pass: braces of the values, and of LaTeX, stay as they are."""
    names = "|".join(values)
    return re.sub(rf"\{{({names})\}}", lambda m: values[m.group(1)], prompt)


def _request(text: str, model: ModelConfig, seed: int, sample: int, schema: str | None) -> Request:
    return Request(
        model=model.model,
        revision=model.revision,
        messages=[Message(role="user", content=text)],
        temperature=model.temperature,
        top_p=model.top_p,
        max_tokens=model.max_tokens,
        # A seed of its own for each sample: a server that honours it would give k equal answers.
        seed=int(sha256(canonical([seed, sample])), 16) % 2**31,
        sample=sample,
        json_schema=schema,
    )


def parse_reversal(text: str) -> Reversal:
    """The JSON object in a model's reply, which may stand after a trace or in a code fence.

    Raises:
        ValueError: the reply is too long, or holds no such object; the text is a reason.
    """
    text = text.rpartition("</think>")[2]
    if len(text) > _MAX_JSON:
        raise ValueError(f"the inverting reply is longer than {_MAX_JSON} characters")
    try:
        reversal = Reversal.model_validate(_read_object(text))
        if any(map(_UNESCAPED.search, reversal.model_dump().values())):
            # "\frac" is valid JSON: a form feed and "rac".
            reversal = Reversal.model_validate(_read_object(_LONE_BACKSLASH.sub(r"\\\\", text)))
    except ValidationError as e:
        first = e.errors(include_url=False, include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"])[:80]
        why = f"the inverting reply has a wrong field {name!r}: {first['msg']}"
        raise ValueError(why) from None
    return reversal


def _read_object(text: str) -> object:
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start:
        raise ValueError("the inverting reply holds no JSON object")
    for written in (text[start : end + 1], _LONE_BACKSLASH.sub(r"\\\\", text[start : end + 1])):
        with suppress(orjson.JSONDecodeError):
            return orjson.loads(written)
    # The text around the object has braces too: "We hide {1, 2}: {...}".
    try:
        start = [m.start() for m in _OBJECT.finditer(text)][-1]
        end = json.JSONDecoder().raw_decode(text, start)[1]
        return orjson.loads(text[start:end])
    except (IndexError, ValueError, RecursionError):
        raise ValueError("the inverting reply is not valid JSON") from None


def read_attempt(completion: Completion) -> Attempt:
    """Split a solver's completion into trace and answer.

    The trace is what stands between the think tags, or in the server's own reasoning field; a
    model that does not tag its reasoning has its whole text as the trace. The answer is looked for
    in what follows the trace first.
    """
    if completion.error:
        return Attempt("", None, None, None, True, 0, completion.error)
    text, reasoning = completion.text, completion.reasoning
    closed = text.count("<think>") <= text.count("</think>")
    if reasoning is None and "</think>" in text:
        reasoning, _, text = text.rpartition("</think>")
        reasoning = reasoning.replace("<think>", "")
    found = final_answer(text[-_MAX_ENDING:])
    trace = reasoning if reasoning and reasoning.strip() else text
    return Attempt(
        trace=trace.strip(),
        answer=found[0] if found else None,
        answer_from=found[1] if found else None,
        finish_reason=completion.finish_reason,
        tags_closed=closed,
        tokens=completion.completion_tokens,
    )


def _count(draft: Draft, completions: list[Completion]) -> None:
    draft.prompt_tokens += sum(c.prompt_tokens for c in completions)
    draft.completion_tokens += sum(c.completion_tokens for c in completions)
