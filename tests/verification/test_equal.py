"""Which answers are equal, and that no answer, however hostile, stops the comparing."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import psutil
import pytest
from pebble import ProcessExpired

from r1k.verification.equal import Equality, normalise, plain_number, quick

SECONDS = 2.0
# A comparison that is decided is seldom slower than 0.1 s; a loaded machine may be.
SLACK = 30.0


@pytest.fixture(scope="module")
def equal() -> Iterator[Equality]:
    with Equality(SECONDS) as equality:
        yield equality


EQUAL = [
    # numbers
    ("5", "5"),
    ("3.0", "3"),
    ("2.50", "2.5"),
    (".5", "0.5"),
    ("0", "-0"),
    ("-5", "$-5$"),
    ("−5", "-5"),
    ("1{,}000", "1000"),
    ("10,000", "10000"),
    (r"$10\,000$", "10000"),
    (r"1,\!250,\!000", "1250000"),
    ("twelve", "12"),
    ("2^{10}", "1024"),
    ("10^3", "1000"),
    (r"1.5\times 10^3", "1500"),
    (r"6.02 \times 10^{23}", r"6.02\cdot 10^{23}"),
    ("3!", "6"),
    (r"\binom{5}{2}", "10"),
    (r"\log_2 8", "3"),
    # fractions
    ("1/2", "0.5"),
    (r"\frac{1}{2}", "0.5"),
    (r"\dfrac{1}{2}", r"\frac12"),
    (r"\tfrac{3}{4}", "0.75"),
    (r"\frac{7}{2}", "7/2"),
    (r"-\frac{1}{3}", r"\frac{-1}{3}"),
    (r"1\frac{1}{2}", r"\frac{3}{2}"),
    (r"1\frac12", "1.5"),
    (r"\frac{2}{4}", r"\frac{1}{2}"),
    # percent and units
    (r"50\%", "50%"),
    ("50%", r"\frac{1}{2}"),
    ("0.5", r"50\%"),
    ("25 seconds", "25"),
    ("25 second", "25 seconds"),
    (r"25 \text{ seconds}", "25 seconds"),
    (r"5\text{ cm}", "5 cm"),
    (r"5 \mathrm{~km}", "5 km"),
    (r"90^\circ", "90"),
    (r"90^{\circ}", "90°"),
    (r"\$18", "18"),
    ("$18", "18"),
    ("18 dollars", "$18$"),
    # sets, intervals, tuples, matrices
    (r"\{1,2,3\}", r"\{3,2,1\}"),
    (r"\{1, 2\}", r"\{1,2\}"),
    ("(1,2)", "(1, 2)"),
    (r"\left(1,2\right)", "(1,2)"),
    (r"(-\infty, 3]", r"(-\infty,3]"),
    (r"\left[0, \frac{1}{2}\right]", "[0, 0.5]"),
    (r"\begin{pmatrix}1\\2\end{pmatrix}", r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}"),
    # formulas
    ("x^2+2x+1", "(x+1)^2"),
    (r"\frac{x}{2}", "0.5x"),
    (r"2\sqrt{2}", r"\sqrt{8}"),
    (r"\frac{\sqrt{3}}{3}", r"\frac{1}{\sqrt{3}}"),
    (r"\sqrt{2}", r"\sqrt2"),
    (r"\pi/2", r"\frac{\pi}{2}"),
    ("3 + 4i", "4i+3"),
    ("x=5", "5"),
    ("y=2x+1", "2x+1"),
    ("a_{1}", "a_1"),
    (r"f^{\prime}(x)", "f'(x)"),
    # text and letters
    (r"\text{red}", "red"),
    ("Red", "red"),
    ("Tuesday", "tuesday."),
    ("the  red\none", "The red one"),
    (r"\textbf{B}", "B"),
    (r"\text{(B)}", "(B)"),
]
DIFFERENT = [
    ("5", "6"),
    ("5", "-5"),
    ("5", "5.1"),
    ("1.0001", "1"),
    ("1/2", "0.6"),
    ("1/3", "0.33"),
    ("3/4", "4/3"),
    (r"\frac{1}{2}", "2"),
    ("1/0", "0"),
    (r"\frac{1}{0}", "1"),
    ("50%", "60%"),
    ("50%", "50.1%"),
    ("twelve", "twenty"),
    ("5 km", "5 miles"),
    ("3 hours", "3 minutes"),
    ("10^{10}", "10^{11}"),
    ("2^{100}", "2^{101}"),
    (r"6.02 \times 10^{23}", r"6.02 \times 10^{24}"),
    (r"\sqrt{2}", "1.41"),
    (r"\pi", "3.14"),
    (r"\pi", "22/7"),
    (r"\{1,2\}", r"\{1,2,3\}"),
    ("(1,2)", "(2,1)"),
    ("[0,1)", "[0,1]"),
    ("(0,1)", "[0,1]"),
    ("(0,1]", "[0,1)"),
    ("1,2", "2,3"),
    ("x+1", "x-1"),
    ("x^2", "x^3"),
    ("x", "y"),
    ("x=5", "x=6"),
    ("2x", "2"),
    ("3/x", "3"),
    ("x^3", "3"),
    ("10^3", "10"),
    ("A", "B"),
    ("(A)", "(B)"),
    (r"\text{A}", r"\text{C}"),
    ("ABC", "ACB"),
    ("red", "blue"),
    ("Tuesday", "Thursday"),
    ("True", "False"),
    ("yes", "no"),
    ("", ""),
    ("5", ""),
    ("$$", "$"),
]


@pytest.mark.parametrize(("a", "b"), EQUAL)
def test_equal(equal: Equality, a: str, b: str) -> None:
    assert equal.outcome(a, b) == "equal"
    assert equal(b, a)


@pytest.mark.parametrize(("a", "b"), DIFFERENT)
def test_different(equal: Equality, a: str, b: str) -> None:
    assert equal.outcome(a, b) == "different"
    assert not equal(b, a)


@pytest.mark.parametrize(
    ("answer", "value", "unit"),
    [
        ("$10{,}000$", 10_000, ""),
        ("25 seconds", 25, "seconds"),
        (r"\(12\)", 12, ""),
        (r"12\ \text{cm}", 12, "cm"),
        ("−3.5 %", Fraction(-7, 2), "%"),
        ("+4", 4, ""),
        ("12.", 12, ""),
        (r"\frac{1}{2}", Fraction(1, 2), ""),
        ("twenty-five", 25, ""),
        ("5 m/s", 5, "m/s"),
        ("5 dollars a day", 5, "dollars a day"),
        (r"2.5 \times 10^{-3}", Fraction(1, 400), ""),
    ],
)
def test_plain_numbers(answer: str, value: Fraction | int, unit: str) -> None:
    assert plain_number(answer) == (value, unit)


@pytest.mark.parametrize(
    "answer",
    [
        "", "x", "2x", "3/x", "10^3", "3x^2", "2 x/y", "5 X", "2x + 1", "1, 2", "(3)", "1/0",
        "2^{10}", "5 + 5", "9" * 201, "seven dwarfs", "-", ".", "²",
    ],
)  # fmt: skip
def test_no_plain_numbers(answer: str) -> None:
    assert plain_number(answer) is None


def test_quick_decides_without_a_process() -> None:
    assert quick("5", "5.0") == "equal"
    assert quick("5", "6") == "different"
    assert quick("red", "blue") == "different"
    assert quick("x+1", "1+x") is None
    assert quick("A", "B") is None
    assert normalise(r"$\dfrac{1}{2}\,$") == normalise(r"\frac{1}{2}")


HOSTILE = [
    "10^{10^{10}}",
    "((((9!)!)!)!)",
    "9" * 1_900 + "!",
    "(x+1)^{100000}",
    "(" * 38 + "x+1" + ")^{9}" * 38,
    "-" * 1_900,
    r"\frac" * 390,
    r"\begin{matrix}" * 50,
    r"\boxed{" * 30,
    "$" * 1_900,
    "9" * 1_900,
    "1e999999999",
    "\x00\x01",
    "\ud800",
    "\u202e5",
    "٣",
    "None",
    r"\input{/etc/passwd}",
]


@pytest.mark.parametrize("answer", HOSTILE, ids=lambda text: repr(text[:16]))
def test_hostile_answers_return(equal: Equality, answer: str) -> None:
    start = time.monotonic()
    outcome = equal.outcome(answer, "x + 5")
    assert time.monotonic() - start < SECONDS + SLACK
    assert outcome == "different" or outcome.startswith("not decided")
    assert equal.outcome("x+1", "1+x") == "equal"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("{" * 5_000 + "}" * 5_000, "longer than 2000 characters"),
        ("{" * 900 + "}" * 900, "nested deeper than 40 levels"),
        (r"\frac" * 200_000, "longer than 2000 characters"),
        ("9" * 1_000_000, "longer than 2000 characters"),
    ],
    ids=lambda text: repr(text[:16]),
)
def test_answers_that_are_not_compared(equal: Equality, answer: str, why: str) -> None:
    assert equal.outcome(answer, "x") == why
    assert equal.outcome("x", answer) == why
    assert not equal(answer, "x")


def test_undecided_says_why(equal: Equality) -> None:
    assert equal.outcome("10^{10^{10}}", "x + 5") == "not decided in 2 s"
    assert not equal("10^{10^{10}}", "x + 5")


@pytest.mark.parametrize("form", ["{}", "${}$", r"\boxed{{{}}}", r"\text{{{}}} + 1", "1 + {}"])
def test_answers_are_not_run(equal: Equality, form: str, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    for code in (
        f"__import__('os').system('touch {mark}')",
        f"open('{mark}','w')",
        f"exec(\"open('{mark}','w')\")",
        f"[c for c in [open('{mark}','w')]]",
    ):
        assert equal.outcome(form.format(code), "5") != "equal"
    assert not mark.exists()


def test_what_cannot_be_parsed_is_not_printed(
    equal: Equality, capfd: pytest.CaptureFixture[str]
) -> None:
    equal.outcome("٣ + ٤", "5 + x")
    equal.outcome(r"\frac{1", "5 + x")
    captured = capfd.readouterr()
    assert captured.out == captured.err == ""


def test_from_many_threads(equal: Equality) -> None:
    cases = [(f"{i}x + {i}", f"{i}(x + 1)") for i in range(2, 40)]
    cases += [(f"{i}x + {i}", f"{i}x + {i + 1}") for i in range(2, 10)]
    with ThreadPoolExecutor(16) as threads:
        outcomes = list(threads.map(lambda case: equal.outcome(*case), cases))
    assert outcomes == ["equal"] * 38 + ["different"] * 8


def test_slow_ones_do_not_hold_up_the_others(equal: Equality) -> None:
    slow = [f"{n}^{{10^{{11}}}}" for n in range(2, 5)]
    with ThreadPoolExecutor(8) as threads:
        waiting = [threads.submit(equal.outcome, answer, "x") for answer in slow]
        assert equal.outcome("3x+3", "3(x+1)") == "equal"
        assert {w.result() for w in waiting} == {"not decided in 2 s"}


def test_a_killed_worker_is_replaced(equal: Equality) -> None:
    # As the system does when memory runs out: between two comparisons ...
    for n in range(3):
        os.kill(equal._pool.schedule(os.getpid).result(), signal.SIGKILL)
        assert equal.outcome(f"x+{n}+y", f"y+x+{n}") == "equal"


def test_all_workers_killed_at_work(equal: Equality) -> None:
    # ... or during one.
    with ThreadPoolExecutor(4) as threads:
        waiting = [threads.submit(equal.outcome, f"{n}^{{10^{{12}}}}", "x") for n in range(2, 6)]
        while not all(w.done() for w in waiting):
            for child in psutil.Process().children(recursive=True):
                if "forkserver" in " ".join(child.cmdline()) and not child.children():
                    os.kill(child.pid, signal.SIGKILL)
            time.sleep(0.3)
    assert all(w.result().startswith("not decided") for w in waiting)
    assert equal.outcome("x+3", "3+x") == "equal"


def test_memory_is_bounded(equal: Equality) -> None:
    with pytest.raises((MemoryError, ProcessExpired)):
        equal._pool.schedule(bytearray, args=(5 << 30,)).result()
    assert equal.outcome("x+4", "4+x") == "equal"


def test_results_are_remembered(equal: Equality) -> None:
    before = equal.outcome.cache_info().hits  # type: ignore[attr-defined]
    for _ in range(3):
        equal("x + 7", "7 + x")
    assert equal.outcome.cache_info().hits >= before + 2  # type: ignore[attr-defined]


def test_closing_ends_the_workers() -> None:
    with Equality(SECONDS, workers=1) as equality:
        assert equality("x+1", "1+x")
        pid = equality._pool.schedule(os.getpid).result()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
