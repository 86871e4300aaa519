"""Reverse questions made by hiding a number: what is hidden, what is stated, what is refused."""

import json
import random
import re
from contextlib import suppress
from pathlib import Path

import pytest

from r1k.inversion.mask import PHRASINGS, Masked, NoInverse, mask, phrasings, stated_answer
from r1k.schema import Problem
from r1k.source.answers import final_answer, options
from r1k.source.givens import count_values, numbers, stem

EXAMPLES = Path(__file__).parents[2] / "examples" / "forward.jsonl"
WALK = "Ana walks 12 km in 2 hours, then 9 km in 3 hours. How many km does she walk?"
PINNED = Masked(
    question="Ana walks X km in 2 hours, then 9 km in 3 hours. How many km does she walk?\n\n"
    "Knowing that the question above has the answer 21, recover the value of X.",
    given="12",
    answer="12",
)


def invert(question: str, answer: str = "999", seed: int = 0, option: str | None = None) -> Masked:
    return mask(Problem(question=question, answer=answer, option=option), seed)


def why_not(question: str, answer: str | None = "999", option: str | None = None) -> str:
    with pytest.raises(NoInverse) as caught:
        mask(Problem(question=question, answer=answer, option=option), 0)
    return str(caught.value)


def hidden(question: str, answer: str = "999") -> set[str]:
    """Everything that some seed hides."""
    return {invert(question, answer, seed).given for seed in range(40)}


@pytest.fixture(scope="module")
def examples() -> list[tuple[Problem, Masked]]:
    made = []
    for line in EXAMPLES.read_text("utf-8").rstrip("\n").split("\n"):
        row = json.loads(line)
        found = final_answer(row["deepseek_attempt"])
        answer = found[0] if found else None
        texts = dict(options(row["question"]))
        problem = Problem(
            question=row["question"], answer=answer, option=texts.get(answer) if answer else None
        )
        for seed in range(5):
            try:
                made.append((problem, mask(problem, seed)))
            except NoInverse:
                break
    assert len(made) > 200
    return made


def test_worked_example() -> None:
    made = invert("A train covers 180 km at 60 km/h. How long does it take?", "3")
    assert made.given in ("180", "60")
    assert made.answer == made.given
    body, _, ask = made.question.partition("\n\n")
    assert body == "A train covers 180 km at 60 km/h. How long does it take?".replace(
        made.given, "X"
    )
    assert ask in {p.format(x="X", a="3") for p in PHRASINGS}


def test_equal_seeds_give_equal_text() -> None:
    assert invert(WALK, "21", 7) == invert(WALK, "21", 7)
    assert len({invert(WALK, "21", seed).question for seed in range(40)}) > 10


def test_text_is_the_same_on_any_machine() -> None:
    # Pinned: a change here changes the published data, and asks for a new VERSION.
    assert invert(WALK, "21", 0) == PINNED


def test_every_phrasing_occurs(examples: list[tuple[Problem, Masked]]) -> None:
    asks = [re.escape(p).replace(r"\{x\}", "[A-Z]").replace(r"\{a\}", ".+") for p in PHRASINGS]
    used = {
        next(i for i, ask in enumerate(asks) if re.search(rf"\n\n{ask}\Z", m.question, re.DOTALL))
        for _, m in examples
    }
    assert used == set(range(len(PHRASINGS)))
    assert tuple(phrasings()) == PHRASINGS
    assert all(p.count("{a}") == 1 and p.count("{x}") >= 1 for p in PHRASINGS)
    assert not any(re.search(r"\d", p) for p in PHRASINGS)


def test_hidden_value_is_gone_and_answer_is_stated(examples: list[tuple[Problem, Masked]]) -> None:
    for problem, made in examples:
        forward, reverse = numbers(problem.question), numbers(made.question)
        (number,) = [n for n in forward if n.text == made.given and n.role in ("given", "word")]
        assert count_values(reverse)[number.value] == 0, made.question
        answer = (problem.option or problem.answer or "").rstrip(".")
        assert answer in made.question.rpartition("\n\n")[2]
        assert re.search(r"(?<![A-Za-z])[A-Z](?![a-z])", made.question)


def test_the_rest_of_the_text_is_kept(examples: list[tuple[Problem, Masked]]) -> None:
    for problem, made in examples:
        body = made.question.rpartition("\n\n")[0]
        before, after = stem(problem.question).split(made.given, 1)
        assert body.startswith(before) or made.given in body
        assert len(body) <= len(stem(problem.question)) + 2
        assert after[-10:].strip() in body


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Figure 2 shows 17 cows and 23 pigs. How many animals?", {"17", "23"}),
        ("Solve $17x^5 + a_7 = 23$.", {"17", "23"}),
        ("A 6-sided die is thrown 17 times by H2O.", {"17"}),
        ("It weighs 17 kg. Round to 2 decimal places.", {"17"}),
        ("At 17 m/s for at most 23 s. How far?", {"17"}),
        ("In 1999 he sold 17 cars.", {"17"}),
        ("Which is it?\n17 cows.\nA) 23\nB) 29", {"17"}),
        (r"Here are 17 cows. $\textbf{(A)}\ 23 \qquad \textbf{(B)}\ 29$", {"17"}),
        ("17 cows, for example 23 pigs. How many?", {"17"}),
    ],
)
def test_only_givens_are_hidden(question: str, expected: set[str]) -> None:
    assert hidden(question) == expected


def test_a_repeated_value_is_not_hidden() -> None:
    assert hidden("12 apples, twelve pears and 5 figs. How many fruits?") == {"5"}


def test_a_number_of_the_answer_is_not_hidden() -> None:
    assert hidden("He has 7 apples and 5 figs.", "7") == {"5"}
    assert hidden("He has 7 apples and 5 figs.", r"(7, \frac{1}{2})") == {"5"}


def test_story_before_question_and_digits_before_words() -> None:
    assert hidden("A box holds 7 balls. How many balls do 5 boxes hold?") == {"7"}
    assert hidden("A box holds seven balls. How many balls do 5 boxes hold?") == {"5"}
    assert hidden("A box holds seven balls. How many balls do five boxes hold?") == {"seven"}


@pytest.mark.parametrize(
    ("question", "given", "answer", "shown"),
    [
        ("Let $2x + y$ be it.", "2", "2", "$X x + y$"),
        (r"Let $2\pi$ be it.", "2", "2", r"$X \pi$"),
        (r"Let $\sqrt2$ be it.", "2", "2", r"$\sqrt X$"),
        (r"Let $\frac{3}{4}$ be it.", r"\frac{3}{4}", r"\frac{3}{4}", "$X$"),
        ("He pays $45 a day.", "45", "45", "pays $X a day"),
        ("It is -8 degrees.", "8", "8", "is -X degrees"),
        ("A tax of 25% is due.", "25", "25", "of X% is"),
        ("It has $5{,}000$ g.", "5{,}000", "5000", "has $X$ g"),
        ("It has 1,250,000 g.", "1,250,000", "1250000", "has X g"),
        ("It weighs 3.50 kg.", "3.50", "3.50", "weighs X kg"),
        ("It has ninety-nine legs.", "ninety-nine", "99", "has X legs"),
    ],
)
def test_how_the_number_is_replaced(question: str, given: str, answer: str, shown: str) -> None:
    made = invert(question)
    assert (made.given, made.answer) == (given, answer)
    assert shown in made.question


@pytest.mark.parametrize(
    ("question", "unknown"),
    [
        ("Let X be 7 apples.", "Y"),
        ("Let $aX = 7$.", "Y"),
        ("Let $2X = 7$.", "Y"),
        ("Let $X_1Y = 7$.", "Z"),
        ("Triangle XYZ has a side of 7 cm.", "W"),
        (r"Let $x_{X} + x_Y= 7$.", "Z"),
        ("Xavier has 7 apples.", "X"),
        (r"Let $\Xi = 7$.", "X"),
        ("Let x be 7 apples.", "X"),
    ],
)
def test_the_unknown_is_a_letter_of_its_own(question: str, unknown: str) -> None:
    ask = invert(question).question.rpartition("\n\n")[2]
    assert re.search(rf"(?<![A-Za-z]){unknown}(?![A-Za-z])", ask)


def test_the_unknown_does_not_clash_with_the_answer() -> None:
    assert "Y" in invert("He has 7 apples.", "$3X + 2$").question


def test_options_are_dropped_and_the_chosen_text_is_stated() -> None:
    question = "A man has 17 cows and buys 4. What has he?\n(A) 13 cows\n(B) 21 cows\n(C) none"
    made = invert(question, "B", option="21 cows")
    body, _, ask = made.question.partition("\n\n")
    assert body.endswith("What has he?")
    assert "21 cows" in ask
    for text in ("13", "none", "(A)", "(B)"):
        assert text not in made.question


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("21", "21"),
        ("21.", "21"),
        (r"\frac{1}{2}", r"$\frac{1}{2}$"),
        ("x^2", "$x^2$"),
        (r"$\frac{1}{2}$ kg", r"$\frac{1}{2}$ kg"),
        (r"\(x^2\)", r"\(x^2\)"),
        ("red {x}", "$red {x}$"),
    ],
)
def test_how_the_answer_is_stated(answer: str, shown: str) -> None:
    ask = invert("He has 7 apples.", answer).question.rpartition("\n\n")[2]
    assert shown in ask
    assert shown + "$" not in ask


@pytest.mark.parametrize(
    ("question", "answer", "why"),
    [
        ("He has 7 apples.", None, "has no answer"),
        ("He has 7 apples.", "  ", "has no answer"),
        ("He has 7 apples.", "C", "letter of an option"),
        ("He has 7 apples.", "A, C", "letter of an option"),
        ("He has 7 apples.", "True.", "determines no given"),
        ("He has 7 apples.", "infinite", "determines no given"),
        ("He has 7 apples.", "long " * 50, "longer than 200 characters"),
        ("He has 7 apples.", "A" + " " * 1_000_000 + "!", "longer than 200 characters"),
        ("He has 7 apples.", "one\n\ntwo", "several paragraphs"),
        ("What is the remainder when 17 is doubled?", "4", "a remainder"),
        (r"Find $17^{99} \pmod{8}$.", "4", "a remainder"),
        ("Find the last two digits of 17 times 8.", "4", "a remainder"),
        (r"Find $\lfloor 17.5x \rfloor$.", "4", "a whole part"),
        ("Find the smallest positive integer that 17 divides.", "4", "an extreme whole number"),
        ("Which of the following has 17 legs?", "cow", "a choice"),
        ("Of 17 cows: (a) how many moo? (b) how many do not?", "4", "several parts"),
        ("Of 17 cows:\n1. How many moo?\n2. How many do not?", "4", "several parts"),
        ("See figure 2.", "4", "no number of the question is a given"),
        ("How many cows moo?", "4", "no number in the question"),
        ("5 cows and 5 pigs and five cats.", "4", "more than once"),
        ("He has 4 apples.", "4", "equals a number of the forward answer"),
        ("He has 4 apples.", r"\frac{4}{3}", None),
        ("He has 4 apples.", "(4, 3)", "equals a number of the forward answer"),
        ("X Y Z W K Q U V P N T make 17.", "4", "every letter for the unknown is taken"),
    ],
)
def test_reasons(question: str, answer: str | None, why: str | None) -> None:
    if why is None:
        assert invert(question, answer or "").question
    else:
        assert why in why_not(question, answer)
        assert "\n" not in why_not(question, answer)


def test_a_letter_is_an_answer_where_the_question_names_it() -> None:
    assert stated_answer(Problem(question="Is point A or B 7 cm off?", answer="A")) == "A"
    assert stated_answer(Problem(question="Which?", answer="A", option="red")) == "red"


@pytest.mark.parametrize(
    "piece", ["(a) (b) ", "a) 1? ", "\n", "last ", "least possible ", "1) 2) ", "X ", "a. ", "mod"]
)
def test_hostile_questions(piece: str) -> None:
    question = "He has 17 apples. " + piece * (200_000 // len(piece))
    with suppress(NoInverse):
        invert(question)


def test_any_text_is_either_inverted_or_refused_with_a_reason() -> None:
    rng = random.Random(1)
    pieces = [
        "7",
        "x",
        "$",
        "\\frac{1}{2}",
        "^",
        "{",
        "}",
        "(",
        ")",
        "A)",
        "\n",
        " ",
        "?",
        ".",
        "é",
    ]
    for _ in range(2_000):
        question = "".join(rng.choices(pieces, k=rng.randrange(40)))
        try:
            made = invert(question, "".join(rng.choices(pieces, k=3)))
        except NoInverse as e:
            assert str(e)
        else:
            assert made.given in question
            assert made.answer
