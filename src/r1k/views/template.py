r"""The one template of r1k: both directions of every pair are rendered by the code below.

In the paper's data a model can tell the direction, and the preferred completion, from layout
alone (reverse answers open with "Answer:", forward ones never do). Here nothing but the content
may differ. A completion reads

    <think>
    {trace}
    </think>

    The answer is \boxed{42}.

or, where either problem of the pair has no trace, the last line alone in both directions. An
answer that is the letter of an option is rendered as that letter: the option's text would mark
the direction that has options.

Traces come from different models, each with its own manners, so they are normalised
(`trace_text`). Removed are: markers of layout ("**Answer:**", "Final Answer" headings, `###`,
bold, rules), boxes (only the last line has one), an opening "Okay, so", more than one blank line
and spaces at line ends. Control tokens (`<think>`, `<|im_end|>`) are cut at both ends and put in
square brackets elsewhere: no text may end a turn. Words, mathematics, lists and code stay.

The functions take whole columns: 100,000 pairs are 1 GB of text. Every regex is linear.
"""

import re

import polars as pl

# `<|im_start|>`, DeepSeek's full-width `<｜User｜>`, `<think>`, `</s>`.
_NAMES = "think|thinking|reasoning|answer|s|bos|eos|pad|unk|start_of_turn|end_of_turn|tool_call"
_TOKEN = rf"<[|｜]([^<>\n]{{1,64}}?)[|｜]>|<(/?(?:{_NAMES}))>"
_AT_START = rf"(?i)\A(?:\s|(?:{_TOKEN})(?:(?:think|answer)\n)?)*"
_AT_END = rf"(?i)(?:\s|{_TOKEN})+\z"

# Each of these opens with the newline before its line, a literal, and so is found fast.
_HEADING = r"\n[ \t]*#{2,6}[ \t]+"
_RULE = r"(?m)\n[ \t]*(?:-{3,}|\*{3,}|_{3,}|={3,})[ \t]*$"
_LABEL = r"(?:the[ ]+)?(?:(?:final|correct|short)[ ]+)?(?:answer|solution)"
_MARKER = rf"(?im)\n[ \t*_]*{_LABEL}(?:[ \t*_]*:[ \t*_]*|[ \t*_.]*$)"
# The character before tells bold text from a power (2**3) or keyword arguments (f(a, **b)).
_BOLD = r"([\s(])\*\*([^\s*](?:[^*\n]*[^\s*])?)\*\*"

_FILLER = (
    r"(?i)\A(?:"
    # Words that are nothing but an opening ...
    r"(?:okay|ok|alright|all right|hm+|so|ah|oh)(?:[,.!:;…\s]+|\z)"
    # ... words that are one only before a mark ("Right triangles are" stays) ...
    r"|(?:right|great|well|sure|certainly|of course|absolutely|now|first|let me think"
    r"|let's see|let me see|let us see)(?:[,.!:;…]+\s*|\n+)"
    # ... a sentence that says that a problem will be solved ...
    r"|(?:let's|let me|let us|i'll|i need to|we need to)[ ](?:(?:just|now|try to|start by)[ ]){0,2}"
    r"(?:tackle|solve|see|think|work|break|figure|go|look|approach|parse|start)(?:ing)?\b"
    r"[^.!?:,;\n\d\\$]{0,60}[.!:,;…]+\s+"
    # ... and what stands before the first verb ("I need to find x": "Find x").
    r"|(?:let's|let me|let us|i'll|(?:i|we)[ ](?:need|have|want)[ ]to)[ ](?:try to[ ])?"
    r")+"
)

# A box with at most one level of braces inside, which is most of them; `unbox` does the others.
_PLAIN = r"[^{}\\]|\\[^{}]"
_SHALLOW_BOX = rf"\\(?:boxed|fbox)[ \t]*\{{((?:{_PLAIN}|\{{(?:{_PLAIN})*\}})*)\}}"
_BOX = re.compile(r"(\\(?:boxed|fbox)(?![A-Za-z])[ \t]*)(\{?)")
# Inside a box its braces matter too; `\{` is a character and no brace, and so is the `\\` of `\\{`.
_INSIDE = re.compile(_BOX.pattern + r"|\\[{}]|\\\\(?!boxed|fbox)|[{}]")


def question_text(texts: pl.Series) -> pl.Series:
    """Questions as the content of a user message."""
    return _without_tokens(_newlines(texts).str.strip_chars())


def answer_text(texts: pl.Series) -> pl.Series:
    r"""Answers as they go into the box: one line, no box, no `$` or `\(` around the whole."""
    texts = _without_tokens(_unboxed(texts).str.replace_all(r"\s+", " ").str.strip_chars())
    texts = texts.str.replace(r"\A\$\$?\s*([^$]+?)\s*\$\$?\z", "${1}")
    return texts.str.replace(r"\A\\[(\[]\s*((?:[^\\]|\\[^()\[\]])*?)\s*\\[)\]]\z", "${1}")


def trace_text(texts: pl.Series) -> pl.Series:
    """Traces without layout of their own (see above); empty where nothing else was in one."""
    texts = _newlines(texts).str.replace(_AT_START, "\n").str.replace(_AT_END, "")
    texts = _unboxed(texts)
    for pattern, plain in (
        (_HEADING, "\n"),
        (_RULE, "\n"),
        (_BOLD, "${1}${2}"),
        (_MARKER, "\n"),
        (r"[^\S\n]+\n", "\n"),
        (r"\n{3,}", "\n\n"),
    ):
        texts = texts.str.replace_all(pattern, plain)
    # Tokens come last, so that no removal before can put one together.
    return _without_tokens(_without_filler(texts.str.strip_chars()))


def completion_text(trace: pl.Expr, answer: pl.Expr, traced: pl.Expr) -> pl.Expr:
    """The completion: trace and last line, or the last line alone where `traced` is false."""
    last = pl.concat_str(pl.lit("The answer is \\boxed{"), answer, pl.lit("}."))
    thought = pl.concat_str(pl.lit("<think>\n"), trace, pl.lit("\n</think>\n\n"), last)
    return pl.when(traced).then(thought).otherwise(last)


def unbox(text: str) -> str:
    r"""`\boxed{x}` and `\fbox{x}` become x, in one pass over the text whatever its nesting.

    A box without a brace, or whose brace is never closed, loses only the command.
    """
    pieces = []
    kept = at = 0
    is_box: list[bool] = []  # of every brace that is open
    # Outside a box braces are not followed: most of a trace is never looked at here.
    while token := (_INSIDE if is_box else _BOX).search(text, at):
        at = token.end()
        if token[1]:
            drop = True
            if token[2]:
                is_box.append(True)
        elif token[0] == "{":
            drop = False
            is_box.append(False)
        else:
            drop = token[0] == "}" and is_box.pop()
        if drop:
            pieces.append(text[kept : token.start()])
            kept = at
    pieces.append(text[kept:])
    # `\bo\boxed{xed}` must not become a box by losing one.
    return "".join(pieces).replace("\\boxed", "\\box").replace("\\fbox", "\\box")


def _unboxed(texts: pl.Series) -> pl.Series:
    texts = texts.str.replace_all(_SHALLOW_BOX, "${1}")
    rows = texts.str.contains(r"\\(?:boxed|fbox)").fill_null(False).arg_true()
    if rows.is_empty():
        return texts
    return texts.scatter(rows, [unbox(text) for text in texts.gather(rows)])


def _newlines(texts: pl.Series) -> pl.Series:
    return texts.str.replace_all(r"\r\n|[\r\x0b\x0c\x85\u{2028}\u{2029}]", "\n")


def _without_tokens(texts: pl.Series) -> pl.Series:
    texts = texts.str.replace_all(rf"(?i){_TOKEN}", "[${1}${2}]")
    return texts.str.replace_all(r"\[(/?INST)\]", "(${1})")  # Mistral's


def _without_filler(texts: pl.Series) -> pl.Series:
    texts = texts.str.replace(_FILLER, "")
    # A first word in lower case would tell that something was cut; "x = 2" stays.
    rows = texts.str.contains(r"\A[a-z][a-z']").fill_null(False).arg_true()
    words = texts.gather(rows)
    return texts.scatter(rows, words.str.slice(0, 1).str.to_uppercase() + words.str.slice(1))
