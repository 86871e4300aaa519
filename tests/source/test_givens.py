"""Which numbers of a question are givens, and which are something else."""

from fractions import Fraction

import pytest

from r1k.source.givens import count_values, numbers, parse_plain, stem

MEGABYTE = 1_000_000


def roles(question: str) -> list[tuple[str, str]]:
    return [(n.text, n.role) for n in numbers(question)]


def givens(question: str) -> list[str]:
    return [n.text for n in numbers(question) if n.role in ("given", "word")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", Fraction(7)),
        ("3.50", Fraction(7, 2)),
        (".5", Fraction(1, 2)),
        ("1,250,000", Fraction(1_250_000)),
        ("5{,}000", Fraction(5_000)),
        (r"3,\!000", Fraction(3_000)),
        (r"12\,500", Fraction(12_500)),
        ("1,000.25", Fraction(100_025, 100)),
        ("3/4", Fraction(3, 4)),
        ("3 / 4", Fraction(3, 4)),
        (r"\frac{3}{4}", Fraction(3, 4)),
        (r"\dfrac{ 3 }{ 4 }", Fraction(3, 4)),
        (r"\frac34", Fraction(3, 4)),
        (r"\tfrac3{4}", Fraction(3, 4)),
        ("1/0", None),
        (r"\frac{1}{0}", None),
        ("9" * 5_000, None),
        (r"\frac{" + "9" * 5_000 + "}{2}", None),
    ],
)
def test_values(text: str, value: Fraction | None) -> None:
    assert parse_plain(text) == value


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("A train covers 180 km at 60 km/h. How long does it take?", ["180", "60"]),
        ("It costs $3.50 and .5 more. It took 7.", ["3.50", ".5", "7"]),
        ("There are 1,250,000 people and $5{,}000$ cars.", ["1,250,000", "5{,}000"]),
        (r"Mix \frac{3}{4}, \frac12, 1/3 and $\dfrac{2}{5}$ cup.",
         [r"\frac{3}{4}", r"\frac12", "1/3", r"\dfrac{2}{5}"]),
        ("Sold to 3, 4 and 12,5 people.", ["3", "4", "12", "5"]),  # no thousands groups
        ("Twelve men and ninety-nine mice.", ["Twelve", "ninety-nine"]),
        ("They have two hundred and five coins.", ["two hundred and five"]),
        (r"Solve $3x^2 + 5x^{12} - x_1 = 7$.", ["3", "5", "7"]),
        (r"Solve $\sqrt{2}x = \sqrt[3]{8}$.", ["2", "8"]),
        ("5 less than three times as many", ["5", "three"]),
    ],
)  # fmt: skip
def test_givens(question: str, expected: list[str]) -> None:
    assert givens(question) == expected


@pytest.mark.parametrize(
    ("question", "number", "role"),
    [
        ("Figure 2 shows a box.", "2", "label"),
        ("See Table 3 for the data.", "3", "label"),
        ("Do exercise 12 of the book.", "12", "label"),
        ("Use equation (9) here.", "9", "label"),
        ("Great dosh (9)", "9", "label"),
        ("14. A box holds a ball.", "14", "label"),
        ("How much H2O is there?", "2", "label"),
        ("Name 2-methylbutane.", "2", "label"),
        ("Name 1,3-butadiene.", "3", "label"),
        ("Take 3-bromo-pentane.", "3", "label"),
        (r"Let $x^2 = y$.", "2", "exponent"),
        (r"Let $x^{15} = y$.", "15", "exponent"),
        (r"Let $x^23 = y$.", "23", "exponent"),
        (r"Let $a_{10} = y$.", "10", "subscript"),
        (r"Let $a_1 = y$.", "1", "subscript"),
        (r"Find $\sqrt[3]{y}$.", "3", "exponent"),
        (r"About $x \times 10^{23}$ atoms.", "10", "power of ten"),
        ("It opened on May 5, and was sold.", "5", "date"),
        ("It opened in May 1999 in Rome.", "1999", "date"),
        ("It opened on 4 July in Rome.", "4", "date"),
        ("It was sold in 1987 by Ana.", "1987", "date"),
        ("In 1987, Ana sold it.", "1987", "date"),
        ("Round to 2 decimal places.", "2", "rounding"),
        ("Give it to the nearest 10 grams.", "10", "rounding"),
        ("Give 3 significant figures.", "3", "rounding"),
        ("Throw a 6-sided die.", "6", "structure"),
        ("Draw a 12-gon.", "12", "structure"),
        ("It has at least 9 legs.", "9", "bound"),
        ("Let $n > 5$ be even.", "5", "bound"),
        ("It is from 3 to 8 m long.", "8", "bound"),
        ("Heated to 423–473 K.", "473", "bound"),
        ("Here $g = 9.8$ holds.", "9.8", "constant"),
        ("The ratio is 3:4 here.", "3", "ratio"),
        (r"Add $1 + 2 + \cdots + 9$ up.", "9", "series"),
        ("There are cows, for example 3 of them.", "3", "example"),
        ("Answer in the form: compute $100a + b$.", "100", "format"),
        ("He has 0 coins.", "0", "trivial"),
        ("Let $x+1=y$.", "1", "trivial"),
        ("Half of the pears are ripe.", "Half", "implied"),
        ("She buys a dozen eggs.", "dozen", "implied"),
        (r"The state $|00\rangle$ is left.", "00", "layout"),
        ("The state |10> is left.", "10", "layout"),
        ("*2021 CCA Math Bonanza Team Round #7* Find it.", "7", "layout"),
        ("1961 Waseda University entrance exam\n\nFind it.", "1961", "label"),
        ("Waseda University, 1961 entrance exam\n\nFind it.", "1961", "layout"),
        ("From the Irish olympiad of 97\n\nFind it.", "97", "layout"),
        ("*Proposed by Ana, round 12*", "12", "layout"),
        ("See https://example.com/5/ for it.", "5", "layout"),
        (r"A \hspace{4cm} box.", "4", "layout"),
        ("[asy] draw((3,4)--(5,6)); [/asy] Find it.", "4", "layout"),
        (r"\begin{array}{c@{3}} x \end{array}", "3", "layout"),
    ],
)  # fmt: skip
def test_numbers_that_are_no_givens(question: str, number: str, role: str) -> None:
    assert (number, role) in roles(question)
    assert number not in givens(question)


@pytest.mark.parametrize(
    "options",
    [
        "\nA) 12\nB) 13\nC) 14",
        "\n\n(A) 12\n\n(B) 13\n\n(C) 14",
        "\nA. 12\nB. 13",
        "\n\nAnswer Choices: \n12\n13",
        "\noptions\n(1) 12 (2) 13",
        "\n" * 50 + " A) 12\n B) 13",
        " (A) 12 (B) 13 (C) 14",
        "\n$\\textbf{(A)}\\ 12 \\qquad \\textbf{(B)}\\ 13$",
        "\n\\textbf{(A) } 12 \\qquad \\textbf{(B) } 13",
        "\n$\\mathrm{(A)}\\ 12$",
    ],
)
def test_options(options: str) -> None:
    asked = "What is 5 + 7?"
    assert stem(asked + options) == asked
    found = numbers(asked + options)
    assert [n.text for n in found if n.role == "given"] == ["5", "7"]
    assert {n.role for n in found if n.start > len(asked)} == {"option"}
    assert count_values(found) == {5: 1, 7: 1}


@pytest.mark.parametrize("text", ["Plan A) is to wait.", "(A) is a set. (B) is one too.", ""])
def test_no_options(text: str) -> None:
    assert stem(text) == text


def test_a_value_is_counted_however_it_is_written() -> None:
    found = numbers(r"12 apples, twelve pears, a dozen eggs, $12{,}000$ g, \frac{24}{2}, $x^{12}$")
    assert count_values(found) == {12: 5, 12_000: 1}


def test_places_and_sentence_that_asks() -> None:
    question = (
        "A box holds 7 red balls. It costs $3. How many balls do 5 boxes hold? Be quick, 2 u."
    )
    found = numbers(question)
    assert all(question[n.start : n.end] == n.text for n in found)
    assert [n.start for n in found] == sorted(n.start for n in found)
    assert [(n.text, n.asked) for n in found] == [
        ("7", False), ("3", False), ("5", True), ("2", False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["", " ", "\n", "No number here.", "$", "\\", "\ud800", "\x00", "²"]
)
def test_no_numbers(text: str) -> None:
    assert numbers(text) == []


# A pattern that is quadratic in its input does not end within the test's time limit on these.
@pytest.mark.parametrize(
    "text",
    [
        "7" * MEGABYTE,
        "\n" * MEGABYTE,
        "\n " * (MEGABYTE // 2),
        " " * MEGABYTE,
        "$" * MEGABYTE,
        "(" * MEGABYTE,
        "{" * MEGABYTE,
        "![" * (MEGABYTE // 8),
        "![a](" * (MEGABYTE // 20),
        r"\hspace{" * (MEGABYTE // 8),
        r"\begin{array}{" * (MEGABYTE // 14),
        "\\" * MEGABYTE,
        "_" * (MEGABYTE // 5),
        "^(" * (MEGABYTE // 10),
        r"\sqrt[" * (MEGABYTE // 6),
        r"\frac{" * (MEGABYTE // 6),
        "[asy]" * (MEGABYTE // 5),
        "such as " * (MEGABYTE // 8),
        "\nA) " * (MEGABYTE // 4),
        "options" + " " * MEGABYTE + "x",
        "1" + ",000" * 50_000,
        "1" + ".1" * 50_000,
        "ninety-nine " * (MEGABYTE // 12),
    ],
    ids=lambda text: repr(text[:8]),
)
def test_hostile_megabyte(text: str) -> None:
    numbers(text)


# Each number costs some 50 µs, whatever surrounds it: fewer of them.
@pytest.mark.parametrize(
    "piece",
    ["1 ", "1,", "$1$ ", "x^{1", "^{", "1/", "(1) ", "<1", "A) 1\n", "divided by 1 ", "two ", "|0"],
)
def test_hostile_numbers(piece: str) -> None:
    numbers(piece * (20_000 // len(piece)))
