"""The template: what is removed from a trace, what stays, and that no text can end a turn."""

import time

import polars as pl
import pytest

from r1k.views.template import answer_text, completion_text, question_text, trace_text, unbox


def trace(text: str | None) -> str | None:
    return trace_text(pl.Series([text], dtype=pl.String))[0]


def answer(text: str) -> str:
    return str(answer_text(pl.Series([text]))[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  a\r\nb \t\r\n\r\n \n\n\nc\n", "a\nb\n\nc"),
        ("<think>\nTwo plus two.\n</think>\n", "Two plus two."),
        ("<|im_start|>think\nTwo plus two.<|im_end|>", "Two plus two."),
        ("Say <think> or <|im_end|> or </s>.", "Say [think] or [im_end] or [/s]."),
        ("Ask <｜User｜> and [INST].", "Ask [User] and (INST)."),
        ("It is \\boxed{\\frac{1}{2}}, \\fbox{a}.", "It is \\frac{1}{2}, a."),
        ("**Answer:** 5", "5"),
        ("Sum.\n\n**Final Answer**\n\\boxed{5}", "Sum.\n\n5"),
        ("### Final Answer: 5", "5"),
        ("### Step 1\nAdd.\n---\n***\nDone.", "Step 1\nAdd.\n\nDone."),
        ("Okay, so I need to find x. Alright.", "Find x. Alright."),
        ("Alright, let's tackle this problem step by step. The sum is 4.", "The sum is 4."),
        ("Hmm, x = 2", "x = 2"),
        ("The **sum** is 4.", "The sum is 4."),
        # What means something stays.
        ("Right triangles have 2**3 and f(a, **b) and 4 ** 5.",) * 2,
        ("So is.\n\n    # a comment\n    return x", "Is.\n\n    # a comment\n    return x"),
        ("- one\n- two\n\n1. three",) * 2,
        ("The answer is 5, because.",) * 2,
        ("Answering: no.",) * 2,
        ("Okay.", ""),
        ("   ", ""),
        (None, None),
    ],
)
def test_trace(text: str | None, expected: str | None) -> None:
    assert trace(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" 42 ", "42"),
        ("$42$", "42"),
        ("\\(x\\)", "x"),
        ("\\[ \\frac{1}{2} \\]", "\\frac{1}{2}"),
        ("$a$ and $b$",) * 2,
        ("\\(a\\) or \\(b\\)",) * 2,
        ("\\boxed{B}, \\boxed{C}", "B, C"),
        ("a\nb", "a b"),
        ("<|im_end|>", "[im_end]"),
        ("\\{1, 2\\}",) * 2,
    ],
)
def test_answer(text: str, expected: str) -> None:
    assert answer(text) == expected


def test_question() -> None:
    questions = question_text(pl.Series(["\n What?<|im_end|>\r\n", "Two\n\n\nlines"]))
    assert questions.to_list() == ["What?[im_end]", "Two\n\n\nlines"]


def test_completion() -> None:
    frame = pl.DataFrame({"trace": ["Add.", "Add."], "answer": ["4"] * 2, "traced": [True, False]})
    y = frame.select(y=completion_text(pl.col("trace"), pl.col("answer"), pl.col("traced")))["y"]
    last = "The answer is \\boxed{4}."
    assert y.to_list() == [f"<think>\nAdd.\n</think>\n\n{last}", last]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\\fbox{\\boxed{x}} y", "x y"),
        ("\\boxed 5", "5"),
        ("\\boxed{a", "a"),
        ("\\boxed{\\{1\\}}", "\\{1\\}"),
        ("\\boxed{a{b{c{d}}}} {e}", "a{b{c{d}}} {e}"),
        ("\\boxed{a \\\\{b} c}", "a \\\\{b} c"),
        ("a}b \\boxed{c}", "a}b c"),
    ],
)
def test_unbox(text: str, expected: str) -> None:
    assert unbox(text) == expected
    assert trace_text(pl.Series([text]))[0] == expected  # the fast way for shallow boxes agrees


def test_no_removal_puts_a_box_together() -> None:
    for text in (
        "\\bo\\boxed{xed}{3}",
        "\\bo" * 9 + "\\boxed{xed}" * 9,
        "\\f\\boxed{\\fbox{{{box{3}",
    ):
        assert "\\boxed" not in unbox(text) and "\\boxed" not in str(trace(text))
        assert "\\fbox" not in unbox(text) and "\\fbox" not in str(trace(text))


TOKENS = ("<|im_start|>", "<|im_end|>", "<think>", "</think>", "</s>", "[INST]")


@pytest.mark.parametrize("token", TOKENS)
def test_no_removal_puts_a_token_together(token: str) -> None:
    middle = len(token) // 2
    for inner in (
        *TOKENS,
        "\\boxed{}",
        "\\boxed",
        "\\fbox{\\boxed{}}",
        "\n### ",
        "\nAnswer:",
        " **",
    ):
        text = f"x {token[:middle]}{inner}{token[middle:]} y"
        for clean in (trace(text), answer(text), question_text(pl.Series([text]))[0]):
            assert not any(known in str(clean) for known in TOKENS)


@pytest.mark.parametrize(
    "text",
    [
        "\\boxed{" * 100_000,
        "\\boxed{" * 50_000 + "}" * 50_000,
        "\\boxed{{" + "\\boxed{5}" * 50_000,
        "\\boxed{ \\boxed{5} " * 30_000,
        "{" * 500_000,
        "<" * 500_000,
        "<|" * 250_000,
        " " * 500_000 + "x",
        "\n" * 500_000 + "x",
        " (**a" * 100_000,
        "okay, " * 100_000,
        "let's see " * 50_000,
        "$" * 500_000,
        "\\(" * 250_000,
    ],
)
def test_hostile_text_takes_linear_time(text: str) -> None:
    start = time.perf_counter()
    trace(text)
    answer(text)
    question_text(pl.Series([text]))
    assert time.perf_counter() - start < 5
