r"""The numbers of a question: where each stands, its value, and what it is there for.

A number can be hidden by the `mask` inverter only if it is a *given*: something the problem states
and the solver uses. "Figure 2", the 2 of $x^2$, the 3 of option (3), the letter count of a
crossword clue or the 10 of $6 \times 10^{23}$ are numbers too, but hiding them makes no inverse.
The same list tells the checks which givens a reverse question kept, hid or lost.

>>> [(n.text, n.role) for n in numbers("Figure 2 shows 3 crates of $5{,}000$ g; $x^2$ is odd.")]
[('2', 'label'), ('3', 'given'), ('5{,}000', 'given'), ('2', 'exponent')]
"""

import re
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from text_to_num import text2num

# Longest first, so that "fourteen" is not read as "four". "one" is left out: it is nearly always
# a pronoun or an article ("one of them", "which one").
_ONES = "zero two three four five six seven eight nine"
_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_BASIC = "|".join((_TEENS + " " + _TENS + " " + _ONES).split())
_WORD = re.compile(
    rf"\b(?:{_BASIC})(?:[ -](?:(?:hundred|thousand|million)|(?:and )?(?:one|{_BASIC})))*\b"
    r"|\b(?:hundred|thousand|million)\b",
    re.IGNORECASE,
)
_IMPLIED = {
    "half": Fraction(1, 2),
    "halves": Fraction(1, 2),
    "halved": Fraction(1, 2),
    "twice": Fraction(2),
    "double": Fraction(2),
    "doubled": Fraction(2),
    "doubles": Fraction(2),
    "pair": Fraction(2),
    "both": Fraction(2),
    "thrice": Fraction(3),
    "triple": Fraction(3),
    "tripled": Fraction(3),
    "third": Fraction(1, 3),
    "thirds": Fraction(1, 3),
    "quarter": Fraction(1, 4),
    "quarters": Fraction(1, 4),
    "quadruple": Fraction(4),
    "fifth": Fraction(1, 5),
    "dozen": Fraction(12),
    "one": Fraction(1),
    "once": Fraction(1),
    "single": Fraction(1),
}
_IMPLIED_WORD = re.compile(r"\b(?:" + "|".join(_IMPLIED) + r")\b", re.IGNORECASE)

# Thousands may be grouped by ",", "{,}", ",\!" or "\,". A decimal point needs a digit behind it,
# so that the full stop of a sentence is not taken in.
_GROUP = r"(?:,|\{,\}|,\\!|\\,|\{,\}\\!|,\\)"
_DIGITS = rf"(?:\d{{1,3}}(?:{_GROUP}\d{{3}})+(?!\d)|\d+)(?:\.\d+)?|\.\d+"
_FRACTION = r"\\[dtc]?frac\s*(?:\{\s*(\d+)\s*\}\s*\{\s*(\d+)\s*\}|(\d)(\d)|(\d)\s*\{\s*(\d+)\s*\})"
_SLASH = r"\d+\s?/\s?\d+(?![\d/.])"
# 6.02 \\times 10^{23} is one number.
SCIENTIFIC = (
    r"\d{1,30}(?:\.\d{1,30})?\s?(?:\\times|\\cdot|×|\*|x)\s?10\s?\^\s?(?:\{\s?[-−+]?\d{1,3}\s?\}"
    r"|[-−+]?\d{1,3})"
)
_NUMBER = re.compile(rf"{_FRACTION}|{SCIENTIFIC}|(?<![\d/.]){_SLASH}|{_DIGITS}")

_LAYOUT = re.compile(
    # Every repetition that looks for a closing sign is bounded, so that a megabyte of opening
    # signs takes time linear in its length.
    r"\[asy\].*?(?:\[/asy\]|\Z)|https?://\S+|!\[[^\]]{0,500}\]\([^)]{0,2000}\)"
    r"|\\(?:hspace|vspace|rule|kern|arraystretch|tag|label|ref|includegraphics)\*?\s*\}?"
    r"\{[^}]{0,200}\}"
    r"|\\begin\{(?:array|tabular)\}\{[^}]{0,200}\}|\\\\\[[^\]]{0,12}\]"
    # Attributions: "*2021 CCA Math Bonanza Team Round #10*"
    r"|\*(?:proposed|author|\d{4})[^*\n]{0,200}\*|\[i\].{0,200}?\[/i\]"
    # Quantum states and other kets are labels, not values: |00>, \left|10\right\rangle
    r"|\|[01+\- ]{1,8}(?:>|⟩|\\rangle|\\right\s*\\rangle)",
    re.DOTALL | re.IGNORECASE,
)
# Attributions again: "1961 Waseda University entrance exam", with the sentence that it ends.
_EXAM = re.compile(
    r"\b(?:entrance exam|olympiad|shortlist|university exam)[^\n]{0,120}", re.IGNORECASE
)
# What is said for example is no part of the problem.
_EXAMPLE = re.compile(
    r"(?:for example|for instance|e\.g\.|such as|note that)[^\n]*?(?:[.?!](?=\s)|\n|$)",
    re.IGNORECASE,
)
_OPTIONS = re.compile(
    r"\n[^\S\n]*(?:answer )?(?:choices|options)(?:\s*:)?\s*\n"
    r"|\n[^\S\n]*[(\[]?A[)\].:]\s.*\n\s*[(\[]?B[)\].:]\s"
    r"|\$?\\(?:textbf|mathrm|text|textrm|mathbf)\s*\{\s*\(A\)"
    r"|\(A\)\s[^\n]{0,200}\(B\)\s[^\n]{0,200}\(C\)\s",
    re.IGNORECASE,
)
_LABEL_WORDS = re.compile(
    r"\b(?:problem|figures?|figs?\.?|tables?|part|question|exercise|plan|section|chapter|equations?"
    r"|eqs?\.?|example|case|step|type|phase|model|version|room|route|class|grade|level|no\.|nos\.|nr"
    r"\.?|number|theorem|lemma|note|box|id|player|line|machine|pipe|urn|bag|group|team|gate|page"
    r"|isbn|highway|flight|appendix|series|layer|sample|experiment|trial|day|round|amc|aime|imo"
    r"|hmmt|cmimc|usamo|putnam|euler|d)\s*[#(\[]?\s*\$?\s*$",
    re.IGNORECASE,
)
_MONTH = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    "|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_MONTH_BEFORE = re.compile(rf"\b(?:{_MONTH})\.?\s*(?:\d{{1,2}},\s*)?$", re.IGNORECASE)
_MONTH_AFTER = re.compile(rf"\s+(?:of\s+)?(?:{_MONTH})\b", re.IGNORECASE)
_ROUNDING_BEFORE = re.compile(
    r"\b(?:nearest|round(?:ed)?(?: \w+){0,4} to|correct to|accurate to|to within|precision of)"
    r"\s+(?:the\s+)?(?:nearest\s+)?\$?$",
    re.IGNORECASE,
)
_ROUNDING_AFTER = re.compile(
    r"[\s~-]*(?:decimals?\b|decimal places?|significant|sig\.? ?figs?|digits? after|d\.p\.|dp\b)",
    re.IGNORECASE,
)
_STRUCTURE_AFTER = re.compile(
    r"[\s$~-]*(?:sided|-?gons?\b|digits?\b|dimensional|-?D\b|letters?\b|words?\b|points\s*[)\]]"
    r"|marks\s*[)\]]|\s?bits?\b|-?tuples?\b|th\b|st\b|nd\b|rd\b)"
)
_BOUND_BEFORE = re.compile(
    r"(?:less than|greater than|more than or equal to|smaller than|larger than|bigger than|at least"
    r"|at most|no more than|no fewer than|fewer than|not exceeding|does not exceed|exceeding"
    r"|exceeds|not more than|up to|between|through|below|above|before|after|from|below or equal to"
    r"|<|>|≤|≥|\\leq?q?|\\geq?q?|\\leqslant|\\geqslant|\\lt|\\gt|\\ne|\\neq|\\in\s*\\\{|\\pmod"
    r"|\\bmod|\bmod)\s*\{?\s*\(?\$?\s*$",
    re.IGNORECASE,
)
_BOUND_AFTER = re.compile(
    r"\s*\$?\s*(?:<|>|≤|≥|\\leq?q?\b|\\geq?q?\b|\\lt\b|\\gt\b|\\ldots|\\dots)"
)
_RANGE_BEFORE = re.compile(r"\d\s*(?:[–—~]|\\sim|-)\s*$")
_RANGE_AFTER = re.compile(r"\s*(?:[–—~]|\\sim)\s*\d")
_FORMAT_BEFORE = re.compile(
    r"(?:find|compute|evaluate|determine|answer|enter)\b[^.?!\n]{0,30}\$?$", re.IGNORECASE
)
_CONSTANT_BEFORE = re.compile(
    r"(?:(?<![^\s$(,\[])(?:g|G|h|R|k|N_A|N_\{A\}|k_B|k_\{B\}|\\pi|π|\\epsilon_0|\\mu_0)|\blog\b.{0,9}"
    r"|\\ln.{0,9}|\\sqrt.{0,9}|gravity|constant)(?:\s*(?:=|\\approx|≈)|\s+(?:is|of|as))\s*\$?$"
)
_TABLE_VALUE = re.compile(r"\batomic (?:number|mass|weight)s?\b[^.;\n)]*\Z", re.IGNORECASE)
_CHEMICAL_AFTER = re.compile(
    r"(?:,\d+)*-\(?(?:\d-)?(?:meth|eth|prop|but|pent|hex|hept|oct|cyclo|brom|chlor|fluor|iod|nitr"
    r"|hydr|dihydr|phen|benz|tri|di|oxy|oxo|en|yn|yl|ol\b|on\b|one\b|amin|allyl|vinyl|azid)"
    r"|[spdf](?:\b|->)"
)
_PARENTHESES_ONLY = re.compile(r"[(\[]\s*$"), re.compile(r"\s*[)\]]")
_HEAD = re.compile(r"\s*[(\[]?[A-Za-z]?\.?\d+(?:\.\d+)*\s*(?:[.)\]:]+\s|\s(?=[A-Z(]))")
_ASKING = re.compile(
    r"\b(?:find|compute|what|how many|how much|how far|how long|how old|determine|evaluate"
    r"|calculate|which|when|who|express|give)\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+(?=[A-Z$\\(])|\n\s*\n")
# int() refuses, or takes long over, thousands of digits, and no given is that long.
_MAX_NUMBER = 400
_ELLIPSIS = re.compile(r"\\[lcd]?dots[cbm]?\b|\.\.\.|…")


@dataclass(frozen=True, slots=True)
class Number:
    """A number at `start:end` of a question.

    `role` is `given` for one that the problem states and a solver uses; `word` for a given written
    as a word ("nine"); `implied` for "half", "twice", "dozen"; else why it is no given: `label`,
    `exponent`, `subscript`, `layout`, `option`, `date`, `rounding`, `structure`, `bound` (hiding
    the bound of a range leaves many answers), `constant`, `ratio`, `series`, `power of ten`,
    `example`, `format`, `trivial` (0, or 1 in a formula). `asked` is True in the sentence that asks
    the question.
    """

    text: str
    start: int
    end: int
    value: Fraction
    role: str
    asked: bool


def stem(question: str) -> str:
    """The question without its list of options (and without the heading of that list)."""
    found = _OPTIONS.search(question)
    return question[: found.start()].rstrip() if found else question


def numbers(question: str) -> list[Number]:
    """All numbers of a question, in order. Linear in its length."""
    body = len(stem(question))
    spans = _scripts(question)
    lower = question.lower()
    # Each pattern is tried only where one of the texts that it starts with occurs: searching for
    # twenty alternatives at every place of a plain story is most of the work otherwise.
    if _any_in(question, "[", "\\", "*", "|", "http"):
        spans += [(m.start(), m.end(), "layout") for m in _LAYOUT.finditer(question)]
    if _any_in(lower, "exam", "olympiad", "shortlist"):
        spans += [
            (_exam_start(question, m.start()), m.end(), "layout") for m in _EXAM.finditer(question)
        ]
    if _any_in(lower, "for example", "for instance", "e.g.", "such as", "note that"):
        spans += [(m.start(), m.end(), "example") for m in _EXAMPLE.finditer(question)]
    if "crossword" in lower:
        spans.append((0, len(question), "label"))  # its numbers are lengths of words
    head = _HEAD.match(question)
    if head:
        spans.append((0, head.end(), "label"))
    # Why the character at each place is not part of a given; "" where nothing is known.
    why = [""] * len(question)
    for a, b, role in spans:
        why[a:b] = [role] * len(why[a:b])
    asked_from, asked_to = _asking_sentence(question[:body])
    found: list[Number] = []
    taken = bytearray(len(question))
    for m in _NUMBER.finditer(question):
        value = parse_plain(m.group())
        if value is None:
            continue
        a, b = m.span()
        role = "option" if a >= body else why[a] or _role(question, a, b, value)
        found.append(Number(m.group(), a, b, value, role, asked_from <= a < asked_to))
        taken[a:b] = b"1" * (b - a)
    for pattern, kind in ((_WORD, "word"), (_IMPLIED_WORD, "implied")):
        for m in pattern.finditer(question):
            a, b = m.span()
            if any(taken[a:b]) or _in_command(question, a):
                continue
            taken[a:b] = b"1" * (b - a)
            if kind == "word":
                worth = _word_value(m.group())
                if worth is None:
                    continue
                role = "option" if a >= body else why[a] or _role(question, a, b, worth)
                role = "word" if role == "given" else role
            else:
                worth = _IMPLIED[m.group().lower()]
                role = "option" if a >= body else "implied"
            found.append(Number(m.group(), a, b, worth, role, asked_from <= a < asked_to))
    return sorted(found, key=lambda n: n.start)


def _any_in(text: str, *parts: str) -> bool:
    return any(part in text for part in parts)


def count_values(found: list[Number]) -> Counter[Fraction]:
    """How often each value stands in a question, whatever for (lists of options left out)."""
    return Counter(n.value for n in found if n.role not in ("option", "layout"))


def parse_plain(text: str) -> Fraction | None:
    """The exact value of digits, a decimal, `10{,}000`, `a/b`, `\\frac{a}{b}`, `a \\times 10^b`."""
    if len(text) > _MAX_NUMBER:
        return None
    if "^" in text:
        mantissa, _, exponent = text.replace("−", "-").partition("^")
        digits = re.match(r"[\d.]+", mantissa)
        power = int(exponent.strip("{} "))
        return Fraction(digits.group()) * Fraction(10) ** power if digits else None
    fraction = re.fullmatch(_FRACTION, text)
    if fraction:
        top, bottom = (int(g) for g in fraction.groups() if g is not None)
        return Fraction(top, bottom) if bottom else None
    if "/" in text:
        top_text, bottom_text = text.split("/")
        return Fraction(int(top_text), int(bottom_text)) if int(bottom_text) else None
    return Fraction(re.sub(r"[^\d.]", "", text))


def parse_word(text: str) -> Fraction | None:
    """The exact value of a number in English words and nothing else ("twenty-five")."""
    return _word_value(text) if _WORD.fullmatch(text) else None


def _word_value(text: str) -> Fraction | None:
    if len(text) > _MAX_NUMBER:
        return None
    try:
        return Fraction(text2num(text.lower().replace("-", " "), "en"))
    except ValueError:
        return None


def _in_command(question: str, at: int) -> bool:
    return at > 0 and question[at - 1] == "\\"


def _scripts(question: str) -> list[tuple[int, int, str]]:
    r"""Spans of exponents and subscripts: `^2`, `^{...}`, `_{...}`, the index of `\sqrt[3]`."""
    spans: list[tuple[int, int, str]] = []
    for m in re.finditer(r"[\^_]|\\sqrt\s*\[", question):
        if spans and m.start() < spans[-1][1]:
            continue  # inside a script
        why = "subscript" if m.group() == "_" else "exponent"
        at = m.end()
        while at < len(question) and question[at] in " -−\\(":
            at += 1
        if m.group().endswith("["):
            end = question.find("]", at, at + 50)
        elif at < len(question) and question[at] == "{":
            depth, end = 1, at + 1
            while end < len(question) and depth and end - at < 200:
                depth += {"{": 1, "}": -1}.get(question[end], 0)
                end += 1
        else:
            run = re.compile(r"\d+").match(question, at)
            end = run.end() if run else at
        spans.append((m.start(), max(end, m.end()), why))
    return spans


def _exam_start(question: str, exam: int) -> int:
    """Where the sentence with the name of an exam starts, at most 120 characters before."""
    start = max(0, exam - 120)
    return max(start, *(question.rfind(end, start, exam) + 1 for end in "\n.?!"))


def _asking_sentence(body: str) -> tuple[int, int]:
    """The span of the last sentence that asks; the whole text if it is one sentence."""
    cuts = [0, *(m.end() for m in _SENTENCE_END.finditer(body)), len(body)]
    sentences = list(pairwise(cuts))
    for a, b in reversed(sentences):
        if _ASKING.search(body, a, b) or "?" in body[a:b]:
            return a, b
    return sentences[-1]


def _role(question: str, a: int, b: int, value: Fraction) -> str:
    before, after = question[max(0, a - 60) : a], question[b : b + 40]
    last, first = before[-1:], after[:1]
    near = before[-30:]  # enough for any of the phrases that end at the number
    command = re.search(r"\\[A-Za-z]+$", before)
    if last.isalpha() and not command:
        return "label"  # H2, x1, A4
    if last and last in "#§":
        return "label"
    if last == "." and re.search(r"\d\.$", before):
        return "label"  # 1.2.3
    if first == "." and re.match(r"\.\d", after):
        return "label"
    if re.match(r"\d*[ \t]*(?::|\\colon)[ \t]*\d", after) or re.search(
        r"\d[ \t]*(?::|\\colon)[ \t]*$", before
    ):
        return "ratio"
    if re.match(r"[A-Z][A-Za-z]*\d|[a-z]\d", after):
        return "label"  # SMILES and other codes: 2CCCCO2, 3c1
    if _CHEMICAL_AFTER.match(after) or re.match(r"0\d", question[a:b]):
        return "label"
    if _RANGE_BEFORE.search(near) or _RANGE_AFTER.match(after):
        return "bound"  # 423–473 K
    if re.match(r"\s*[A-Za-z]\b\s*\+", after) and _FORMAT_BEFORE.search(before):
        return "format"  # "Compute 100a + b" is how the answer is to be written
    if value == 10 and re.match(r"\s*\^|\s*\*\*", after):
        return "power of ten"
    if value == 0:
        return "trivial"
    if _LABEL_WORDS.search(near):
        return "label"
    if _MONTH_BEFORE.search(near) or _MONTH_AFTER.match(after):
        return "date"
    if (
        1900 <= value <= 2100
        and value.denominator == 1
        and re.search(r"\b(?:in|year|since|until|during)\s+$", before, re.IGNORECASE)
        and not re.match(r"\s*(?:\$|\\|[a-z]+s\b)", after)
    ):
        return "date"
    if _ROUNDING_BEFORE.search(before) or _ROUNDING_AFTER.match(after):
        return "rounding"
    if _STRUCTURE_AFTER.match(after):
        return "structure"
    if _BOUND_AFTER.match(after):
        return "bound"
    if _BOUND_BEFORE.search(near) and not re.match(r"[ -]?(?:%|\\%|times|percent)", after):
        return "bound"  # but "5 less than three times as many" states a given
    if re.search(r"\s(?:and|to)\s*\$?\s*$", near):
        if re.search(r"\bbetween\s.{1,30}\s(?:and|to)\s*\$?\s*$", before):
            return "bound"
        if re.search(r"\d\s*\$?\s*(?:to|and)\s+\$?$", before) and re.search(
            r"\b(?:from|between)\b", before
        ):
            return "bound"
    if _CONSTANT_BEFORE.search(near):
        return "constant"
    if "tomic" in question[max(0, a - 200) : a] and _TABLE_VALUE.search(
        question, max(0, a - 200), a
    ):
        return "constant"
    if _PARENTHESES_ONLY[0].search(near) and _PARENTHESES_ONLY[1].match(after):
        return "label"  # (9): a letter count, an equation number
    if re.search(r"\bdivided by\s+\$?\s*$", near) and (
        "remainder" in question[max(0, a - 300) : b + 300]
    ):
        return "bound"
    if _near_ellipsis(question, a, b):
        return "series"
    in_formula = bool(
        re.search(r"[=+*/^_{(\\-]\s*$", before) or re.match(r"\s*[=+*/^_})\\-]", after)
    )
    if value == 1 and in_formula:
        return "trivial"
    return "given"


def _near_ellipsis(question: str, a: int, b: int) -> bool:
    """Whether the number belongs to a pattern such as $1 + 2 + \\cdots + 9$."""
    before, after = question[max(0, a - 80) : a], question[b : b + 80]
    near = before[max(before.rfind("$"), before.rfind(". ")) + 1 :] + after.partition("$")[0]
    return ("dots" in near or ".." in near or "…" in near) and bool(_ELLIPSIS.search(near))
