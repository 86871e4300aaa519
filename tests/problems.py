"""Forward problems in any number, and a server's answers to what r1k asks about them.

    python -m tests.server --module tests/problems.py:reply     (with R1K_PROBLEMS=rows.jsonl)

`reply` is a language model's part played by a function of the prompt: it writes reverse questions
with the inverter `mask` and solves them by looking the answer up. As a model would, it is
sometimes wrong: some replies are cut, some are no JSON, some answers are false, some are hostile.
What it says depends on the prompt and the seed alone.
"""

import json
import os
import random
from functools import cache
from pathlib import Path

from r1k.config import Config
from r1k.inversion.llm import invert, solve_requests
from r1k.inversion.mask import NoInverse, mask
from r1k.schema import canonical, sha256
from r1k.source.read import read

CONFIG = Config.model_validate(
    {
        "inverter": "llm",
        "llm": {"invert": {"model": "writer"}, "solve": {"model": "solver", "samples": 1}},
    }
)
_NAMES = "Ada Ben Chidi Dana Emil Fatima Goran Hana Ines Jun Kofi Lena Marta Nils Olu Priya".split()
_THINGS = "pens kites lamps bolts jars drums maps seeds tiles ropes cups coins fans nets".split()
_WORDS = "first then so we add the cost of each part and check that it fits what was said".split()
_HOSTILE = ("10^{10^{10}}", "{" * 3_000, "\\frac" * 2_000, "__import__('os').abort()")


def problem(i: int, trace_words: int = 60) -> dict[str, str]:
    """Problem `i`: a purchase, with numbers of its own; `question`, `reasoning`, `answer`."""
    rng = random.Random(i)
    name, other = rng.sample(_NAMES, 2)
    thing, second = rng.sample(_THINGS, 2)
    price, fee = 2 + i % 97, 101 + i // 97
    count, extra = rng.sample([n for n in range(3, 60) if n not in (price, fee)], 2)
    total = count * price + extra * 2 + fee
    question = (
        f"{name} buys {count} {thing} at {price} dollars each for {other}, pays {fee} dollars to"
        f" have them sent, and adds {extra} {second} that cost two dollars apiece. How many dollars"
        f" does {name} spend in all?"
    )
    return {
        "question": question,
        "reasoning": _trace(rng, count, price, trace_words, total),
        "answer": str(total),
    }


def _trace(rng: random.Random, a: int, b: int, words: int, answer: int | str) -> str:
    """One way of writing for both directions, as of one model."""
    steps = " ".join(rng.choices(_WORDS, k=words))
    return f"{a} times {b} is {a * b}. {steps}. Together that makes {answer}."


def write_problems(path: Path, n: int, trace_words: int = 60) -> Path:
    """Write the first `n` problems as JSON Lines; returns `path`."""
    with path.open("w", encoding="utf-8") as file:
        for i in range(n):
            file.write(json.dumps(problem(i, trace_words)) + "\n")
    return path


@cache
def _known() -> tuple[dict[str, str], dict[str, str]]:
    """What to say to each prompt: the JSON of the inverse, the answer of a reverse question."""
    inverses, answers = {}, {}
    assert CONFIG.llm.solve
    for source in read(os.environ["R1K_PROBLEMS"], CONFIG.source):
        if not source.problem:
            continue
        try:
            (request,) = next(invert(source.problem, CONFIG))
            masked = mask(source.problem, 0)
        except (NoInverse, StopIteration):
            continue
        inverses[request.messages[-1].content] = json.dumps(
            {
                "hidden_given": masked.given,
                "expected_answer": masked.answer,
                "reverse_question": masked.question,
            }
        )
        (solve,) = solve_requests(masked.question, CONFIG.llm.solve, 0)
        answers[solve.messages[-1].content] = masked.answer
    return inverses, answers


def reply(messages: list[dict[str, str]], seed: int, n: int) -> tuple[str, str | None, str]:
    """The answer to a prompt: text, reasoning, finish reason."""
    prompt = messages[-1]["content"]
    inverses, answers = _known()
    rng = random.Random(sha256(canonical([prompt, seed])))
    chance = rng.random()
    if prompt in inverses:
        if chance < 0.02:
            return "I cannot do that.", None, "stop"
        if chance < 0.03:
            return "{" * 50_000, None, "stop"
        text = inverses[prompt]
        return (text, None, "stop") if chance < 0.97 else (text[: len(text) // 2], None, "length")
    answer = answers.get(prompt, "0")
    trace = _trace(rng, rng.randrange(3, 60), rng.randrange(2, 99), 60, answer)
    if chance < 0.02:
        return "", trace[:200], "length"
    if chance < 0.025:
        return f"\\boxed{{{rng.choice(_HOSTILE)}}}", trace, "stop"
    if chance < 0.08:
        answer = str(rng.randrange(1, 1000))
    return f"So the answer is \\boxed{{{answer}}}.", trace, "stop"
