"""Which columns are recognised, and what a row becomes."""

import pytest

from r1k.errors import UserError
from r1k.source.columns import read_row, recognise

S1K = ["solution", "question", "cot_type", "source_type", "metadata"]
S1K_11 = [
    *S1K,
    "gemini_thinking_trajectory",
    "gemini_attempt",
    "deepseek_thinking_trajectory",
    "deepseek_attempt",
    "gemini_grade",
    "deepseek_grade",
]
LONG = "First we add the two numbers, carefully and in order, and then we check the sum."


def problem(row, mapping=None):
    source = read_row(0, row, "0" * 64, recognise(list(row), mapping or {}, "rows.jsonl"))
    assert source.error is None, source.error
    return source.problem


def error(row, mapping=None, names=None):
    layout = recognise(names or list(row), mapping or {}, "rows.jsonl")
    return read_row(0, row, "0" * 64, layout).error


def s1k_11_row(**values):
    row = dict.fromkeys(S1K_11)
    return row | {
        "question": "What is 2+3?",
        "solution": "5",
        "deepseek_thinking_trajectory": "Okay, 2 and 3 make 5.",
        "deepseek_attempt": r"The sum is \boxed{5}.",
        "deepseek_grade": "Yes",
        **values,
    }


def test_s1k_11():
    row = s1k_11_row(deepseek_attempt=r"It is \boxed{6}.", deepseek_grade="No")
    source = read_row(7, row, "ab", recognise(list(row), {}, "x"))
    assert (source.row, source.sha256, source.grade) == (7, "ab", "No")
    p = source.problem
    assert p.trace == "Okay, 2 and 3 make 5."
    assert (p.answer, p.answer_from, p.reference) == ("6", "boxed", "5")


def test_the_papers_sample_counts_a_flipped_row_but_does_not_use_it():
    extra = {"text": "...", "worse-text": "...", "relevant-question": "?"}
    assert problem(s1k_11_row(**extra, sample_type="original")).answer == "5"
    assert error(s1k_11_row(**extra, sample_type="flipped")) == (
        "sample_type is 'flipped': the flipped copy of a forward problem, not one itself"
    )


def test_plain_s1k_takes_the_answer_from_the_solution():
    p = problem(
        {"question": "What is 2+3?", "solution": LONG + "\n\nAnswer: 5", "cot_type": "math"}
    )
    assert (p.answer, p.answer_from, p.reference) == ("5", "marker", None)
    assert p.trace.startswith("First we add")


def test_a_bare_solution_is_no_trace():
    p = problem({"question": "What is 2+3?", "solution": "5", "cot_type": "math"})
    assert (p.answer, p.answer_from, p.trace) == ("5", "whole", None)


def test_s1k_with_trajectories():
    row = {
        "question": "What is 2+3?",
        "solution": "5",
        "thinking_trajectories": ["Let me see.", "Or so."],
        "attempt": r"\boxed{5}",
        "cot": None,
    }
    p = problem(row)
    assert (p.trace, p.answer, p.reference) == ("Let me see.", "5", "5")


def test_plain_columns():
    p = problem({"question": "2+3?", "reasoning": "two, three", "answer": 5, "id": 17})
    assert (p.trace, p.answer, p.answer_from) == ("two, three", "5", "column")


def test_question_and_answer_alone():
    p = problem({"question": "2+3?", "answer": "$5$"})
    assert (p.trace, p.answer) == (None, "5")


def test_math_style():
    row = {
        "problem": "Halve 3.",
        "solution": LONG + r" \boxed{\frac32}",
        "answer": r"\frac{3}{2}",
        "unique_id": "algebra/1",
    }
    p = problem(row)
    assert p.trace.startswith("First")
    assert (p.answer, p.answer_from, p.reference) == (r"\frac{3}{2}", "column", None)


def test_gsm8k_style():
    p = problem({"question": "2+3?", "answer": "Two and three are <<2+3=5>>5.\n#### 5"})
    assert (p.trace, p.answer, p.answer_from) == ("Two and three are <<2+3=5>>5.", "5", "marker")


def test_metamath_backward_reads_the_forward_problem():
    row = {
        "question": "Josh adds x and 3. How many?\nIf we know the answer of the above question is "
        "5, what is the value of unknown variable x?",
        "answer": "2",
        "original_question": "Josh adds 2 and 3. How many?",
        "original_answer": "5",
    }
    p = problem(row)
    assert (p.question, p.answer, p.answer_from) == (row["original_question"], "5", "column")
    del row["original_answer"]  # then the reverse question alone states it
    p = problem(row)
    assert (p.question, p.answer, p.answer_from) == (row["original_question"], "5", "given")


def test_the_forward_problems_of_an_r1k_dataset():
    forward = {"question": "What is 2+3?", "trace": "2 + 3 = 5.", "answer": "5"}
    row = {"pair_id": "ab12", "verdict": "accepted", "forward": forward, "reverse": None}
    source = read_row(0, row, "0" * 64, recognise(list(row), {}, "pairs"))
    assert source.id == "ab12"
    assert (source.problem.question, source.problem.trace, source.problem.answer) == (
        "What is 2+3?", "2 + 3 = 5.", "5"
    )  # fmt: skip
    assert error(row | {"forward": None}) == "column 'forward.question' is empty: no question"


def test_options():
    row = {
        "question": "Which?\nAnswer Choices:\n(A) 37.0\n(B) 33.3",
        "solution": LONG + "\n\nAnswer: B",
    }
    p = problem(row)
    assert (p.answer, p.option) == ("B", "33.3")
    row["solution"] = LONG + "\n\nThus the share is $w = 99$."
    assert error(row) == "no final answer found in column 'solution' (a proof?)"


def test_the_reference_is_an_option_too():
    row = s1k_11_row(
        question="Which?\n(A) 2\n(B) 4", solution="B", deepseek_attempt="**Answer:** (B) 4"
    )
    p = problem(row)
    assert (p.answer, p.option, p.reference) == ("B", "4", "B")


def test_mapping_goes_before_recognition():
    row = {"question": "no", "prompt": "2+3?", "gold": "5", "steps": "2, 3", "answer": "no"}
    p = problem(row, {"question": "prompt", "answer": "gold", "trace": "steps"})
    assert (p.question, p.answer, p.trace, p.answer_from) == ("2+3?", "5", "2, 3", "column")


def test_a_mapped_answer_may_be_a_text():
    row = {"q": "2+3?", "response": LONG + r" \boxed{5}"}
    p = problem(row, {"question": "q", "answer": "response"})
    assert (p.answer, p.answer_from) == ("5", "boxed")


def test_null_leaves_a_field_out():
    row = s1k_11_row()
    p = problem(row, {"trace": None, "reference": None})
    assert (p.trace, p.reference, p.answer) == (None, None, "5")


def test_a_mapped_column_must_exist():
    with pytest.raises(UserError) as e:
        recognise(["query", "response"], {"question": "querry"}, "rows.jsonl")
    assert str(e.value) == (
        "rows.jsonl: no column 'querry' for question (columns: query, response, nearest 'query')"
    )


def test_no_question_column():
    with pytest.raises(UserError) as e:
        recognise(["Question", "answer"], {}, "rows.jsonl")
    assert str(e.value) == (
        "rows.jsonl: no question column recognised (columns: Question, answer, nearest 'Question')"
        "; name it with --source.columns.question COLUMN"
    )


def test_no_answer_column():
    with pytest.raises(UserError, match="no answer column recognised"):
        recognise(["question", "label"], {}, "rows.jsonl")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"question": None, "answer": "5"}, "column 'question' is empty: no question"),
        ({"question": "  ", "answer": "5"}, "column 'question' is empty: no question"),
        ({"question": 42, "answer": "5"}, "column 'question' holds a number (42), text is needed"),
        (
            {"question": ["2+3?"], "answer": "5"},
            "column 'question' holds a list (['2+3?']), text is needed",
        ),
        ({"question": "2+3?", "answer": None}, "column 'answer' is empty: no answer"),
        (
            {"question": "2+3?", "answer": {"value": 5}},
            "column 'answer' holds a mapping ({'value': 5}), text is needed",
        ),
        (
            {"question": "2+\x003?", "answer": "5"},
            "column 'question' holds a NUL character at character 2",
        ),
        (
            {"question": "2+3?", "answer": "5\ud83d"},
            "column 'answer' holds the lone surrogate U+D83D at character 1",
        ),
        (
            {"question": "Prove that 2+3=5.", "answer": "Clear."},
            "a proof: it has no final answer",
        ),
        (
            {"question": "Is it so?", "solution": "By induction it holds. $\\blacksquare$"},
            "no final answer found in column 'solution' (a proof?)",
        ),
    ],
)
def test_bad_rows_say_why(row, message):
    assert error(row) == message


def test_a_missing_column_of_one_row_is_an_error_of_that_row():
    assert error({"answer": "5"}, names=["question", "answer"]) == (
        "column 'question' is empty: no question"
    )
