"""Is every step of a trace true? Every relation in it is found, read and computed exactly.

A relation is a chain such as `3x + 5 = 6 + 5 = 11` or `4 < 9`; it is read out of the sentence
around it. Numbers are exact. Letters and named functions have the values that come with the trace.
A relation that cannot be read counts as wrong: nothing is taken on trust.
"""

import math
import operator
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

_TOKEN = re.compile(
    r"(?P<based>\b[0-9A-Z]+_\d+\b)|(?P<number>\d+(?:\.\d+)?)|(?P<word>[A-Za-z]+)"
    r"|(?P<relation><=|>=|!=|[=<>≤≥≠≡])|(?P<op>[-+*/^()\[\],!%−×·÷])|(?P<space>\s+)|(?P<other>.)"
)
_PLAIN = {"−": "-", "×": "*", "·": "*", "÷": "/", "<=": "≤", ">=": "≥", "!=": "≠"}
_RELATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "≠": operator.ne, "<": operator.lt, ">": operator.gt,
    "≤": operator.le, "≥": operator.ge,
}  # fmt: skip
_MAX = 10**60


def _root(value: Any) -> Any:
    value = Fraction(value)
    top, bottom = math.isqrt(value.numerator), math.isqrt(value.denominator)
    if Fraction(top * top, bottom * bottom) != value:
        raise ValueError("a root that is not exact")
    return Fraction(top, bottom)


def _choose(n: Any, k: Any) -> int:
    if n > 1000:
        raise ValueError("too large")
    return math.comb(n, k)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "gcd": math.gcd, "lcm": math.lcm, "sqrt": _root, "abs": abs, "max": max, "min": min,
    "C": _choose, "floor": math.floor,
}  # fmt: skip
Token = tuple[str, str]


def relations(trace: str, values: Mapping[str, Any]) -> tuple[int, list[str]]:
    """How many relations a trace states, and one line for each that is false or unreadable.

    Args:
        trace: text, one step a line. values: numbers (`int`, `Fraction`) or functions for the
            names in it; `gcd`, `lcm`, `sqrt`, `abs`, `max`, `min`, `floor` and `C` (n choose k)
            are known, `mod` is an operator, `1011_2` a number in base 2, `[1, 2]` a list.
    """
    count, faults = 0, []
    for line in trace.split("\n"):
        for run in _runs(line, values):
            text = "".join(t if kind != "word" else f" {t} " for kind, t in run).strip()
            try:
                found, wrong = _chain(run, values)
                count += found
                faults += [f"{wrong} is false in: {line}"] if wrong else []
            except (ValueError, ArithmeticError, TypeError, LookupError) as e:
                faults.append(f"cannot read {text!r} ({e}) in: {line}")
    return count, faults


def _runs(line: str, values: Mapping[str, Any]) -> list[list[Token]]:
    """The runs of tokens that hold a relation: cut at words, and at commas outside brackets."""
    runs: list[list[Token]] = [[]]
    depth = 0
    for match in _TOKEN.finditer(line):
        kind, text = str(match.lastgroup), match.group()
        text = _PLAIN.get(text, text)
        if kind == "space":
            continue
        if kind == "word" and text != "mod" and text not in values and text not in FUNCTIONS:
            # xy is x times y where both are known.
            if all(letter in values for letter in text):
                runs[-1] += [("word", letter) for letter in text]
                continue
            kind = "other"
        if text in ("(", "["):
            depth += 1
        elif text in (")", "]"):
            depth -= 1
        if kind == "other" or (text == "," and depth <= 0):
            runs.append([])
            depth = 0
        else:
            runs[-1].append((kind, text))
    return [run for run in runs if any(kind == "relation" for kind, _ in run)]


def _chain(run: list[Token], values: Mapping[str, Any]) -> tuple[int, str]:
    """The number of relations in a run, and the first false one ("" if none is)."""
    modulus = None
    if any(text == "≡" for _, text in run):
        # 17 ≡ 2 (mod 5)
        at = max(i for i, token in enumerate(run) if token == ("word", "mod"))
        reader = _Reader(run[at + 1 : -1], values)
        modulus, run = reader.whole(), run[: at - 1]
    sides: list[list[Token]] = [[]]
    signs = []
    for token in run:
        if token[0] == "relation":
            signs.append(token[1])
            sides.append([])
        else:
            sides[-1].append(token)
    results = [_Reader(side, values).whole() for side in sides]
    for sign, left, right, a, b in zip(signs, results, results[1:], sides, sides[1:], strict=False):
        true = (left - right) % modulus == 0 if sign == "≡" else _RELATIONS[sign](left, right)
        if not true:
            return len(signs), f"{_text(a)} {sign} {_text(b)}"
    return len(signs), ""


def _text(side: list[Token]) -> str:
    return "".join(text for _, text in side)


class _Reader:
    """Recursive descent over one side of a relation."""

    def __init__(self, tokens: list[Token], values: Mapping[str, Any]) -> None:
        self.tokens = [*tokens, ("end", "")]
        self.values = values
        self.at = 0

    def whole(self) -> Any:
        value = self.sum()
        if self.tokens[self.at][0] != "end":
            raise ValueError(f"{self.tokens[self.at][1]!r} is not expected")
        return value

    def take(self, *texts: str) -> str | None:
        kind, text = self.tokens[self.at]
        if text in texts and kind != "end":
            self.at += 1
            return text
        return None

    def sum(self) -> Any:
        value = self.product()
        while sign := self.take("+", "-"):
            other = self.product()
            value = value + other if sign == "+" else value - other
        return _bounded(value)

    def product(self) -> Any:
        value = self.signed()
        while True:
            if self.take("*"):
                value = value * self.signed()
            elif self.take("/"):
                other = self.signed()
                exact = isinstance(value, int) and isinstance(other, int) and other != 0
                value = value // other if exact and value % other == 0 else Fraction(value) / other
            elif self.take("mod"):
                value = value % self.signed()
            elif self.starts():
                value = value * self.power()  # 3x, 2(x + 1)
            else:
                return _bounded(value)

    def starts(self) -> bool:
        kind, text = self.tokens[self.at]
        before = self.tokens[self.at - 1]
        if kind == "number" or kind == "based":
            return before == ("op", ")")
        return kind == "word" or text == "("

    def signed(self) -> Any:
        return -self.signed() if self.take("-") else self.power()

    def power(self) -> Any:
        value = self.atom()
        while mark := self.take("!", "%"):
            if mark == "!" and value > 60:
                raise ValueError("too large")
            value = math.factorial(value) if mark == "!" else Fraction(value) / 100
        if self.take("^"):
            exponent = self.signed()
            if not isinstance(exponent, int) or abs(exponent) > 200:
                raise ValueError("an exponent that is not a small whole number")
            value = value**exponent if exponent >= 0 else Fraction(value) ** exponent
        return _bounded(value)

    def atom(self) -> Any:
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            return Fraction(text) if "." in text else int(text)
        if kind == "based":
            digits, _, base = text.partition("_")
            return int(digits, int(base))
        if text == "(":
            value = self.sum()
            if not self.take(")"):
                raise ValueError("a bracket is not closed")
            return value
        if text == "[":
            return tuple(self.arguments("]"))
        if kind == "word" and text != "mod":
            value = self.values[text] if text in self.values else FUNCTIONS[text]
            if callable(value):
                if not self.take("("):
                    raise ValueError(f"{text} without arguments")
                return value(*self.arguments(")"))
            return value
        raise ValueError(f"{text!r} is not expected" if text else "a side is missing")

    def arguments(self, close: str) -> list[Any]:
        found: list[Any] = []
        while not self.take(close):
            if found and not self.take(","):
                raise ValueError("a list is not closed")
            found.append(self.sum())
        return found


def _bounded(value: Any) -> Any:
    if isinstance(value, Fraction):
        if value.denominator == 1:
            return _bounded(value.numerator)
        if abs(value.numerator) > _MAX or value.denominator > _MAX:
            raise ValueError("too large")
    elif isinstance(value, int) and abs(value) > _MAX:
        raise ValueError("too large")
    return value
