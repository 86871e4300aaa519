"""What counts as the final answer of a text, and how options are read."""

import json
import time
from collections import Counter
from pathlib import Path

import pytest

from r1k.source.answers import (
    asks_for_proof,
    clean,
    final_answer,
    last_option,
    options,
    resolve_option,
)

DATA = Path(__file__).parents[2].parent / "shared" / "data"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # boxes
        (r"So the total is \[ \boxed{91} \]", ("91", "boxed")),
        (r"First \boxed{3}, but on reflection $x=\boxed{\frac{1}{2}}$.", (r"\frac{1}{2}", "boxed")),
        (r"\fbox{12}", ("12", "boxed")),
        (r"Thus \boxed{A}, \boxed{C}, and $\boxed{D}$.", ("A, C, D", "boxed")),
        (r"Hence $a = \boxed{3}$ and $b = \boxed{4}$.", ("3, 4", "boxed")),
        (r"The value is \boxed{5}. Checking: again \boxed{5}", ("5", "boxed")),
        (r"\boxed{\text{D}}", ("D", "boxed")),
        (r"\boxed{100m+n = 100 \cdot 81 + 34 = 8134}", ("8134", "boxed")),
        (r"\boxed{OI = OM, \angle O = \pi}", (r"OI = OM, \angle O = \pi", "boxed")),
        (r"\boxed{f(x) = x}", ("f(x) = x", "boxed")),
        (r"\boxed{x = \boxed{5}}", ("5", "boxed")),
        (r"we find \boxed{} and so 12 = \boxed{12", None),
        # markers
        ("Long reasoning.\n\n**Answer:** (A) 2", ("(A) 2", "marker")),
        ("Long reasoning.\n\n**Answer**: GOATHERDS", ("GOATHERDS", "marker")),
        ("### Answer: CAB \n ### Explanation: the answer is plain.", ("CAB", "marker")),
        ("So:\n\nCorrect answer: **(C) 25% carrier**. So it is.", ("(C) 25% carrier", "marker")),
        ("He has 6 * 7 = 42 pens.\n#### 42", ("42", "marker")),
        ("and so the answer is $8+1=9$.", ("9", "marker")),
        ("The final answer is 3.5 metres. Well done.", ("3.5 metres", "marker")),
        ('The answer to the clue "Great dosh" is **GOATHERDS**.', ("GOATHERDS", "marker")),
        ("**Final Answer**\n\n$x^2$", ("x^2", "marker")),
        ("x/5=100\ngirls = 150\nAnswer is C", ("C", "marker")),
        ("the answer is $y=0$, or $y=1$", ("$y=0$, or $y=1$", "marker")),
        # nothing but the answer
        ("128", ("128", "whole")),
        (" True ", ("True", "whole")),
        ("[0.8, 0.0, 0.6]", ("[0.8, 0.0, 0.6]", "whole")),
        ("Ic1ccc2ncccc2c1", ("Ic1ccc2ncccc2c1", "whole")),
        # the end of a worked solution
        ("We add up.\n\nTherefore $n-m=70-15=55$.", ("55", "last line")),
        (
            "Substituting, we get\n\n$$\n\\begin{aligned}\nT &= 3a \\\\\n&= 12 \\mathrm{~K}\n"
            "\\end{aligned}\n\\tag{4}\n$$\n",
            (r"12 \mathrm{~K}", "last line"),
        ),
        ("There are 3 boys.\nIn total, the number of tuples is 1007.", ("1007", "last line")),
        ("We count again.\nSo there are 39 such positive integers.", ("39", "last line")),
        # no guesses
        (r"... and the claim holds for all $n$. $\blacksquare$", None),
        ("Hence both sides are equal to $5$, as desired.", None),
        ("This gives $a = b$. Q.E.D.", None),
        ("Note that this yields $R = 1$ when $q=0$, as expected, from one to nine.", None),
        ("", None),
        (" \n ", None),
    ],
)  # fmt: skip
def test_final_answer(text, expected):
    assert final_answer(text) == expected


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("$5$.", "5"),
        (r"**$\boxed{5}$.**", "5"),
        (r"\( \frac{1}{2} \)", r"\frac{1}{2}"),
        (r"63.98^{\circ} \mathrm{C}", r"63.98^{\circ} \mathrm{C}"),
        ("$3$ apples and $4$ pears", "$3$ apples and $4$ pears"),
        ("two\n  lines", "two lines"),
        (r"\text{a} + \text{b}", r"\text{a} + \text{b}"),
        ("0.333...", "0.333..."),
    ],
)
def test_clean(raw, cleaned):
    assert clean(raw) == cleaned


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "Mass fraction?\nAnswer Choices:\n(A) 37.0\n(B) 35.0\n(C) 36.6\n(D) 33.3",
            {"A": "37.0", "B": "35.0", "C": "36.6", "D": "33.3"},
        ),
        ("Which?\n\n[A] heat\n\n[B] cold", {"A": "heat", "B": "cold"}),
        ("Which? A) $x=1$ B) $x=2$ C) none", {"A": "x=1", "B": "x=2", "C": "none"}),
        ("Which?\nA. one\nB. two\n\nGive the letter.", {"A": "one", "B": "two"}),
        (
            r"How many? $\textbf{(A)}\ 15 \qquad\textbf{(B)}\ 17 \qquad\textbf{(C) }\frac{1}{2}$",
            {"A": "15", "B": "17", "C": r"\frac{1}{2}"},
        ),
        ("Points (A) and (C) lie on a line. Find AC.", {}),
        ("Take part (A) only", {}),
    ],
)
def test_options(question, expected):
    assert options(question) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("D", ("D", "33.3")),
        ("(D) 33.3", ("D", "33.3")),
        ("D) 33.3", ("D", "33.3")),
        ("Option D", ("D", "33.3")),
        (r"\text{(D)}", ("D", "33.3")),
        (r"\textbf{(D)}\ 33.3", ("D", "33.3")),
        ("$33.3$", ("D", "33.3")),
        ("ACD", ("A, C, D", "37.0; 36.6; 33.3")),
        ("D, A", ("A, D", "37.0; 33.3")),
        ("ACE", ("ACE", None)),
        ("E", ("E", None)),
        ("34", ("34", None)),
        ("Dogs", ("Dogs", None)),
    ],
)
def test_resolve_option(answer, expected):
    choices = {"A": "37.0", "B": "35.0", "C": "36.6", "D": "33.3"}
    assert resolve_option(answer, choices) == expected


def test_without_options_an_answer_stays():
    assert resolve_option("D", {}) == ("D", None)


def test_option_in_bold():
    choices = {"A": "x", "B": "y"}
    assert last_option("**A** is wrong.\n\nSo **Option B** is right.", choices) == (
        "B",
        "last line",
    )
    assert last_option("Either **A** or **B**.", choices) is None


@pytest.mark.parametrize(
    ("question", "is_proof"),
    [
        ("Prove that every group of order 5 is cyclic.", True),
        ("Let $a>0$. Show that $a+1>1$.", True),
        ("(a) Show that $x>0$. (b) Find the maximum of $x$.", False),
        ("Determine, with proof, all labels.", False),
        ("What is 2+2? Show your work.", False),
        ("Before a radio show begins, Ana settles on one of 5 songs. Count the choices.", False),
    ],
)
def test_asks_for_proof(question, is_proof):
    assert asks_for_proof(question) is is_proof


HOSTILE = [
    r"\frac{",
    "{",
    r"\boxed{",
    r"\boxed{1}, ",
    "$",
    "$$ ",
    r"\(",
    "the answer is ",
    "Answer: ",
    "#### ",
    "**",
    "(A) ",
    "(A)\n",
    "a ",
    "= ",
    "\n",
    "1,",
    "is 1 ",
    "\ue0000\ue001",
    "\x00\ud800",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_text_takes_linear_time(piece):
    text = piece * (300_000 // len(piece))
    start = time.perf_counter()
    for value in (text, text + "}" * 100_000, r"\boxed{" + text, "Answer:" + text):
        final_answer(value)
        resolve_option(value, options(value) or {"A": value})
        asks_for_proof(value)
    # 1.3 MB through every function; a quadratic pattern would take many minutes
    assert time.perf_counter() - start < 30


def test_on_s1k():
    if not (DATA / "s1k.jsonl").exists():
        pytest.skip("needs ../shared/data/s1k.jsonl (real s1K, not part of the project)")
    rows = [json.loads(line) for line in (DATA / "s1k.jsonl").open(encoding="utf-8")]
    how: Counter[str] = Counter()
    for row in rows:
        if not asks_for_proof(row["question"]):
            found = final_answer(row["solution"])
            how[found[1] if found else "none"] += 1
    assert how.total() - how["none"] >= 840
    assert how["last line"] < 90
    by_id = {int(row["id"].removeprefix("s1k-")): row["solution"] for row in rows}
    for number, answer in {
        122: "9",
        148: ".82721",
        460: "CLIENTELE",
        499: "55",
        741: "32",
        26: "1750.0",
        351: "74",
        712: r"63.98^{\circ} \mathrm{C}",
    }.items():
        assert final_answer(by_id[number])[0] == answer
