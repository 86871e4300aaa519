"""A question read as numbers, words and formulas."""

import subprocess
import sys
from fractions import Fraction

import pytest

from r1k.verification.text import Question, contained, foreign_share, jaccard, overlap


def test_givens_are_counted_once_for_each_thing() -> None:
    question = Question("Ana has 5 apples and 5 pears. She eats those 5 apples. At most 7 are bad.")
    assert question.givens == {5: 2, 7: 1}
    assert question.mentions == {5: 3, 7: 1}
    assert question.counts == {5: 3, 7: 1}


def test_implied_numbers_are_mentioned_but_no_givens() -> None:
    question = Question("Half of the 5 apples are red, and twice as many are green.")
    assert question.givens == {5: 1}
    assert question.mentions == {5: 1, Fraction(1, 2): 1, 2: 1}


def test_order_of_givens_does_not_depend_on_the_process() -> None:
    code = (
        "from r1k.verification.text import Question; print(list(Question("
        "'2 cows, 3 pigs, 5 cats, 7 dogs, 11 hens, 13 ants, 17 bees').givens))"
    )
    run = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert run[0] == run[1] == f"{[Fraction(n) for n in (2, 3, 5, 7, 11, 13, 17)]}\n"


@pytest.mark.parametrize(
    ("text", "answer", "times"),
    [
        ("Ana has 12 apples and twelve pears.", "12", 2),
        ("Ana has 12 apples.", "twelve", 1),
        ("Ana has 12 apples.", "12 apples", 1),
        ("Ana has 12 apples.", "-12", 1),
        ("Ana has 12 apples.", "1", 0),
        ("Ana has 1,200 apples.", "1200", 1),
        (r"Ana has $\frac{1}{2}$ of it.", "0.5", 1),
        ("Ana has half of it.", "50", 1),
        ("Which? 12\nA) 12\nB) 13\n", "12", 1),
        ("The cow is red. A red cow.", "red", 2),
        ("Red cows.", "red", 1),
        ("Hundreds of cows.", "red", 0),
        ("The red cow moos.", "Red Cow", 1),
        ("CO and Co are not the same.", "CO", 1),
        ("The acid abc.", "ABC", 0),
        ("Clue: Great dosh.", "great dosh", 1),
        (r"Let $y = \frac12x$.", r"\frac12 x", 1),
        (r"Let $x^{2} + 1$ and $x^2 + 1$ be it.", "x^2+1", 2),
        ("Let it be.", "x^2+1", 0),
        ("", "12", 0),
        ("Ana.", "", 0),
        ("red " * 3, "red " * 900, 0),
    ],
)
def test_count(text: str, answer: str, times: int) -> None:
    assert Question(text).count(answer) == times


def test_formulas_are_compared_where_they_are_written_differently() -> None:
    question = Question(r"Let $y = x(x+1)$ and \(a+b\), \[c\], $$d$$.")
    assert question.formulas == ["y = x(x+1)", "a+b", "c", "d", "x(x+1)"]
    asked = []

    def equal(a: str, b: str) -> bool:
        asked.append((a, b))
        return a == "x(x+1)"

    assert question.count("x^2+x", equal) == 1
    assert asked[-1] == ("x(x+1)", "x^2+x")
    assert question.count("x^2+x") == 0


def test_few_formulas_are_compared() -> None:
    question = Question(" ".join(f"$x_{i} + 1$" for i in range(1_000)))
    assert len(question.formulas) <= 8


def test_content_words() -> None:
    question = Question("How many cows does the farmer own? He had 12 cows.\nA) 13\nB) 14")
    assert question.content == {"cow", "farmer", "own"}
    assert question.tokens[:3] == ["how", "many", "cows"]
    assert "13" not in question.tokens


def test_shares() -> None:
    assert overlap({"a", "b"}, {"b", "c", "d"}) == 0.5
    assert overlap(set(), {"a"}) == 1
    assert jaccard(["a", "a", "b"], ["a", "b", "b"]) == 0.5
    assert jaccard([], []) == 1
    assert contained(["a", "a"], ["a", "b"]) == 0.5
    assert contained([], ["a"]) == 0


@pytest.mark.parametrize(
    ("text", "reference", "share"),
    [
        ("All is well.", "What?", 0),
        ("Ångström é ü ﬁ ℏ ª x² α ≤ 𝑥", "What?", 0),
        ("苹果", "What?", 1),
        ("abc 苹果", "What?", 0.4),
        ("苹果", "什么?", 0),
        ("яблоко", "什么?", 1),
        ("", "What?", 0),
        ("① ② ₃ → ∑ ☃", "What?", 0),
    ],
)
def test_foreign_share(text: str, reference: str, share: float) -> None:
    assert foreign_share(text, reference) == share


@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "1 ",
        "$",
        "$1",
        "{",
        "(",
        "A) ",
        "\n",
        "\nA) \nB) ",
        r"\(",
        r"\text{",
        "a-",
        "é",
        "red ",
    ],
)
def test_hostile_questions(piece: str) -> None:
    question = Question((piece * 20_000)[:20_000])
    assert len(question.formulas) <= 8
    for answer in ("7", "red green", "x^2 + y"):
        question.count(answer)
    foreign_share(question.text, "é")
    assert question.givens.total() <= question.mentions.total()
    assert isinstance(question.content, set)
