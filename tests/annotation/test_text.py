r"""Texts as Markdown for Argilla's page: what is shown is what was written, and does nothing."""

import random
import re

import pyarrow.parquet as pq
import pytest

from r1k.annotation.text import folded, show

# What the page takes for mathematics, and the only tags that `show` makes of a text.
MATH = re.compile(
    r"(\${1,2})(?!\$)((?:\\.|[^\\\n])*?(?:\\.|[^\\\n$]))\1(?=[\s\ufeff?!\.,:？！。，：]|$)"
)
OBJECT = "\ufffc"  # stands for mathematics
TAG = re.compile(r"</?(?:strong|code|pre|mark)>|<!-- -->")
PIECES = [
    *"<>&*_`~$\\|[](){}!#+-=.:@\"'\n x5é中^%",
    "**", "__", "```", "\n```\n", "~~~", "$$", r"\(", r"\)", r"\[", r"\]", "\n\n", "    ", "\t",
    "\n# ", "\n- ", "\n1. ", "\n> ", "\n---", "\n===", "\n|-|-|", "|a|b|", "abc def", r"\boxed{",
    r"\begin{align}", r"\end{align}", r"\$", r"\text{", r"\\", "<b>", "</strong>", "<!--", "-->",
    "&lt;", "&#60;", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<p", "</p>",
    "[x](javascript:alert(1))", "![a](http://e.com/a.png)", "\n[x]: http://a.b", "http://a.b",
    "www.a.com", "a@b.com", "\ufeff", "\xa0", "\u202e", "\x00",
]  # fmt: skip


def hostile(seed: int) -> str:
    rng = random.Random(seed)
    return "".join(rng.choice(PIECES) for _ in range(rng.randint(1, 60)))


def without_math(shown: str) -> tuple[str, list[str]]:
    """What is left of Markdown when the mathematics is taken out, and the mathematics."""
    found, left, at = [], [], 0
    while at < len(shown):
        if shown[at] == "$":
            match = MATH.match(shown, at)
            assert match, shown[at : at + 80]
            found.append(match.group())
            left.append(OBJECT)
            at = match.end()
        else:
            length = 2 if shown[at] == "\\" else 1
            left.append(shown[at : at + length])
            at += length
    return "".join(left), found


def visible(shown: str) -> str:
    """What a reader sees of Markdown that has no mathematics."""
    text = TAG.sub("", shown).replace("\ufeff", "").replace("\xa0", " ")
    return re.sub(r"\\(.)", r"\1", text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r"So \(x<2\), and \[ x = 3 \]", "So $x<2$, and\n\n$$x = 3$$"),
        ("2*3*4 and a_b_c, ~5~", r"2\*3\*4 and a\_b\_c, \~5\~"),
        ("<think>5 & 6</think>", r"\<think\>5 \& 6\</think\>"),
        (r"(\(x\)) y\(z\)<b>", "(<!-- -->$x$\ufeff) y<!-- -->$z$\ufeff\\<b\\>"),
        ("costs $5, then $7 or 8$ more", r"costs \$5, then \$7 or 8\$ more"),
        ("from $5 to $6.", r"from \$5 to \$6."),
        (r"\$5 is 10\% of \$50", r"\$5 is 10% of \$50"),
        (r"so **\boxed{42}**.", "so <strong><mark>$\\displaystyle 42$\ufeff</mark></strong>."),
        (r"\boxed{no such number}", "<mark>$\\displaystyle \\text{no such number}$\ufeff</mark>"),
        ("1. a\n3) b\n- c\n# d #", "1\\. a\n3\\) b\n\\- c\n\n# d #"),
        ("a\n===\nb\n---\nc", "a\n\\===\nb\n\n---\n\nc"),
        ("a\n    b", "a\n\xa0\xa0\xa0\xa0b"),
        ("2**3**4 and **b**", r"2\*\*3\*\*4 and <strong>b</strong>"),
        ("`a*b` and `", r"<code>a\*b</code> and \`"),
        ("x\n```py\na < b\n\n$c$\n```\ny",
         "x\n\n<pre><code>a &lt; b&#10;&#10;$c$</code></pre>\n\ny"),
        ("```\nnever closed $x$", "\\`\\`\\`\nnever closed $x$"),
        ("\\begin{align} a &= b \\\\ % why\nc &= d \\end{align}",
         r"$$\begin{align} a &= b \\ c &= d \end{align}$$"),
        (r"$\begin{align} a \end{align}$", r"$$\begin{align} a \end{align}$$"),
        (r"\(\text{if $a$ or b}\)", r"$\text{if \(a\) or b}$"),
        (r"\(x \label{a} \\\)", r"$x \\$"),
        ("[a](http://b.c) ![d](e) www.f.g h@i.j",
         r"\[a\](http\://b.c) !\[d\](e) www\.f.g h\@i.j"),
        ("a\x07b\u202ec", "a\ufffdb\ufffdc"),
        ("", ""),
    ],
)  # fmt: skip
def test_examples(text: str, shown: str) -> None:
    assert show(text) == shown


@pytest.mark.parametrize(
    "latex",
    [
        r"\rule{500em}{500em}", r"\color{white} x", r"\textcolor{white}{x}", r"\href{a}{b}",
        r"\def\x{\x\x}\x", r"\kern-99em x", r"\hspace{-1em}", r"\hspace{99em}", r"\\[-9em]",
        r"\raisebox{9em}{x}", r"\htmlClass{a}{b}", r"\!" * 20, r"\includegraphics{http://a.b}",
        r"\phantom{x}", "{" * 100 + "x" + "}" * 100, r"\bf " * 100,
    ],
)  # fmt: skip
def test_latex_that_hides_moves_or_defines_is_shown_as_its_source(latex: str) -> None:
    shown = show(rf"\({latex}\)")
    assert "$" not in shown
    assert visible(shown).split() == latex.split()


def test_nothing_of_a_hostile_text_reaches_the_page_as_markup() -> None:
    for seed in range(3_000):
        # Code blocks are HTML, in which references stand for everything.
        shown = re.sub(r"<pre><code>[^<]*</code></pre>", OBJECT, show(hostile(seed)))
        left, _ = without_math(shown)
        left = re.sub(r"^(#{1,6} |---$)", "x", TAG.sub(OBJECT, left), flags=re.MULTILINE)
        bare = re.sub(r"\\[^A-Za-z0-9\s]", "", left)
        assert not re.search(r"[<>&`*_\[\]~$|\\@]|https?:|www\.", bare), (seed, bare)
        assert not re.search(r"^ *([#+>=-]|\d+[.)])", re.sub(r"\\.", "x", left), re.MULTILINE), seed


def test_prose_is_shown_as_it_is() -> None:
    pieces = [p for p in PIECES if not re.search(r"[$`\t\x00\ufeff\u202e]|\\|\*\*|# |[-_]", p)]
    for seed in range(1_000):
        rng = random.Random(seed)
        text = "".join(rng.choice(pieces) for _ in range(50))
        assert visible(show(text)).split() == text.replace("\xa0", " ").split(), seed


def test_traces_of_the_families_are_shown_whole() -> None:
    table = pq.read_table("datasets/r1k/pairs", columns=["reverse"])
    for problem in table["reverse"].to_pylist()[::20]:
        left, _ = without_math(show(problem["trace"]))
        assert visible(left).split() == problem["trace"].replace("**", "").split()


def test_mathematics_survives() -> None:
    formulas = [r"x_1^{2} < \frac{a*b}{c}", r"|x| & y", r"a \le b", r"\sum_{i=1}^n [i]", r"\$5"]
    for around in (r"\({}\)", r"\[{}\]", "${}$", "$${}$$"):
        for before, after in [
            ("", ""),
            ("a", "b"),
            (" ", "."),
            ("(", ")"),
            ("\n", "\n"),
            ("**", "**"),
        ]:
            text = "".join(before + around.replace("{}", f) + after for f in formulas)
            _, found = without_math(show(text))
            assert [f.strip("$") for f in found] == [f.strip("$") for f in formulas]


def test_hostile_lengths_come_to_an_end() -> None:
    for piece in (
        r"\boxed{",
        "\n```x",
        r"\[",
        "$",
        "$x ",
        "`",
        r"\begin{align}",
        "**a",
        "\\",
        "\n \t",
    ):
        shown = show(piece * (100_000 // len(piece)))  # minutes, where one of them is quadratic
        assert "$" not in without_math(shown)[0].replace(r"\$", "")


def test_paragraphs_are_short_enough_for_the_page() -> None:
    for text in ("a*b_c " * 6_000, "a*b_c\n" * 6_000, "`a` " * 9_000, "**a** " * 6_000):
        assert max(map(len, show(text).split("\n\n"))) < 30_000
    assert visible(show("a*b_c " * 6_000)).split() == ["a*b_c"] * 6_000


def test_folded_shows_lines_as_they_are() -> None:
    shown = folded("Show 1 check", ["</ul><script>x</script>\n\n$x$ **b**"])
    assert shown.count("<") == 8 and "\n" not in shown
    assert "&lt;script&gt;" in shown
