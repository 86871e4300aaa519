"""Ciphers that send each letter of a word to another place in the alphabet.

    forward   In Mei's code, where a follows z, each letter of cat is moved 5 places forward.
              What does Omar get?                                                answer hfy
    reverse   In Mei's code, where a follows z, each letter of Omar's word is moved 5 places
              forward. It becomes hfy. Which word is it?                         answer cat

A rule is a tuple of steps: a shift by a number of places, the mirrored alphabet (a to z, b to y),
or a shift by the letters of a key word in turn. A reverse question hides the word, or the number
of the first shift.
"""

from collections.abc import Sequence
from itertools import cycle
from typing import Any

from r1k.families.base import INT, WORD, Draw, Facts, Slot, Solution, phrasings, plus, without
from r1k.families.words import PEOPLE, PERSON, WORDS

AREA = "words"
SUMMARY = "encode a word with shifts, mirror and key; reverse: decode it, or find the shift"
VERSION = 3

# forward or back with the number of places (None is the unknown n), key with the word, or mirror
# with the letter that is named as an example.
Step = tuple[str, Any]


_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
# "Each letter of word", "by letters of key in turn": those do not read as the words that they are.
_WORDS = {n: [w for w in own if w not in ("key", "word", "letter")] for n, own in WORDS.items()}
# n is a number where a shift is hidden, so that no key or mirror may name it as a letter.
_KEYS = [word for word in _WORDS[3] + _WORDS[4] if word[0] != "n"]
_EXAMPLES = _ALPHABET.replace("m", "").replace("n", "")
_NUMBER = {letter: number for number, letter in enumerate(_ALPHABET, 1)}
_IS = {letter: f"{letter.upper()} is {number}" for letter, number in _NUMBER.items()}


def _show(rule: Sequence[Step]) -> str:
    shown = []
    for kind, value in rule:
        if kind == "mirror":
            shown.append(f"mirrored ({value} to {_ALPHABET[-_NUMBER[value]]})")
        elif kind == "key":
            first = value[0]
            shown.append(
                f"moved forward by letters of {value} in turn ({first} is {_NUMBER[first]})"
            )
        else:
            shown.append(f"moved {value or 'n'} places {kind}")
    return ", then ".join(shown)


def _read(text: str) -> tuple[Step, ...]:
    rule: list[Step] = []
    for part in text.split(", then "):
        words = part.split()
        if words[0] == "mirrored":
            rule.append(("mirror", words[1][1]))
        elif words[2] == "by":
            rule.append(("key", words[5]))
        else:
            rule.append((words[3], None if words[1] == "n" else int(words[1])))
    return tuple(rule)


_STEP = (
    r"(?:mirrored \([a-z] to [a-z]\)|moved forward by letters of [a-z]+ in turn \([a-z] is \d+\)"
    r"|moved (?:\d+|n) places (?:forward|back))"
)
SLOTS = {
    "name": PERSON,
    "friend": PERSON,
    "word": WORD,
    "rule": Slot(rf"{_STEP}(?:, then {_STEP})*", _show, _read),
    "shift": INT,
    "answer": WORD,
}
FORWARD = phrasings(
    SLOTS,
    "In {name}'s code, where a follows z, each letter of {word} is {rule}. What does {friend} get?",
    "{name} writes to {friend} in code, where a follows z: each letter of {word} is {rule}. "
    "What does {friend} read?",
    "With a next after z, each letter of {word} is {rule}. This is {name}'s code: "
    "what does {friend} see?",
    "{name} and {friend} share a code. After z comes a, and each letter of {word} is {rule}. "
    "Encode it for {friend}.",
    "If, with a next after z, {name} has each letter of {word} {rule}, what does {friend} get?",
    "A note from {name} to {friend} says {word}, but in code: a follows z, and each letter of "
    "{word} is {rule}. Write {name}'s note.",
    "{name} turns a code wheel, on which a follows z: each letter of {word} is {rule}. "
    "What does {friend} find?",
    "Help {name} with a code in which a follows z. For {friend} each letter of {word} is {rule}. "
    "Write the result.",
)
REVERSE = {
    "word": phrasings(
        SLOTS,
        "In {name}'s code, where a follows z, each letter of {friend}'s word is {rule}. "
        "It becomes {answer}. Which word is it?",
        "{name} writes to {friend} in code, where a follows z: each letter of {name}'s word is "
        "{rule}. {friend} reads {answer}. What is the plain word?",
        "With a next after z, each letter of {name}'s secret is {rule}. {friend} sees {answer}. "
        "What is hidden in it?",
        "{name} and {friend} share a code. After z comes a, and each letter of {name}'s "
        "word is {rule}. Decode {answer} for {friend}.",
        "Help {name} with a code in which a follows z. Each letter of {friend}'s word is {rule}, "
        "and {answer} comes out. Decode it.",
    ),
    "shift": phrasings(
        SLOTS,
        "In {name}'s code, where a follows z, each letter of {word} is {rule}. "
        "{friend} gets {answer}. Which number below 26 is n?",
        "{name} writes to {friend} in code, where a follows z: each letter of {word} is {rule}. "
        "{friend} reads {answer}. Find n, which is below 26.",
        "With a next after z, each letter of {word} is {rule}. This is {name}'s code, and {friend} "
        "sees {answer}. What is n, a number below 26?",
        "{name} and {friend} share a code. After z comes a, and each letter of {word} is "
        "{rule}. It becomes {answer}. Work out n, which is less than 26.",
        "If, with a next after z, {name} has each letter of {word} {rule}, {friend} gets {answer}. "
        "How large is n, if it is below 26?",
    ),
}


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    length = difficulty + 2 + (difficulty == 5 and d.below(4) == 0)
    word = d.choice(_WORDS[length])
    shift: Step = (("forward", "back")[d.below(2)], d.between(2, 24))
    rule: list[Step] = [shift]
    if difficulty == 2:
        rule.append((("forward", "back")[d.below(2)], d.between(2, 24)))
    if difficulty >= 4:
        rule.append(("key", d.choice(_KEYS)))
    if difficulty in (3, 5):
        rule.append(("mirror", d.choice(_EXAMPLES)))
    if difficulty == 2 and (rule[0][1] - rule[1][1]) % 26 == 0:
        return None  # the other number would tell the hidden one
    name, friend = d.sample(PEOPLE, 2)
    return {"name": name, "friend": friend, "word": word, "rule": tuple(d.shuffled(rule))}


def hide(facts: Facts, hidden: str) -> Facts:
    if hidden == "word":
        return without(facts, "word")
    rule = list(facts["rule"])
    at = _first_shift(rule)
    rule[at] = rule[at][0], None
    return facts | {"rule": tuple(rule)}


# A rule in one step: 1 and by what it changes the numbers in turn, or -1 (with a mirror) and from
# what it takes them; each as a sum in figures, and by letter the new number as a sum in figures and
# the new letter.
Row = dict[str, tuple[str, str]]
Whole = tuple[int, list[tuple[str, Row]]]


def _whole(rule: Sequence[Step], undo: bool = False) -> Whole:
    """A rule, or the way back, in one step; an unknown shift is left out."""
    factor, key = 1, ""
    terms: list[int] = []  # but for the letters of the key, which stand at `at`
    at, sign = 0, 1
    for kind, value in rule:
        if kind == "mirror":
            factor, terms = -factor, [27, *[-term for term in terms]]
            at, sign = at + 1, -sign
        elif kind == "key":
            key, at, sign = value, len(terms), 1
        elif value:
            terms.append(value if kind == "forward" else -value)
    # What a mirrored rule takes from a number gives it back, taken from the same once more.
    if undo and factor > 0:
        terms = [-term for term in reversed(terms)]
        at, sign = len(terms) - at, -sign
    texts = [_PLUS[term] for term in terms]
    before, after, rest = "".join(texts[:at]), "".join(texts[at:]), sum(terms)
    low, high = (-25, 25) if factor > 0 else (1, 52)
    found = []
    for number in [sign * _NUMBER[letter] for letter in key] or [0]:
        text, by = f"{before}{_PLUS[number]}{after}", rest + number
        while by > high:
            text, by = f"{text} - 26", by - 26
        while by < low:
            text, by = f"{text} + 26", by + 26
        text = f"-{text[3:]}" if text.startswith(" -") else text[3:]
        found.append((f"{text} = {by}" if " " in text else text, _ROWS[factor, by]))
    return factor, found


def _told(opening: str, rule: Sequence[Step], whole: Whole) -> str:
    factor, found = whole
    verb = "moves letters by" if factor > 0 else "takes letters from"
    sums = ", ".join([text for text, _ in found])
    for kind, value in rule:
        if kind == "key":
            return f"{opening} with {value} {verb} {sums} in turn."
    return f"{opening} {verb} {sums}."


def _moved(letter: str, factor: int, by: int) -> tuple[str, str]:
    """The sum for the new number, brought between 1 and 26, and the new letter."""
    at = _NUMBER[letter]
    text = f"{at}{plus(by) or ' + 0'}" if factor > 0 else f"{by} - {at}"
    result = factor * at + by
    if result > 26:
        text, result = f"{text} - 26", result - 26
    elif result < 1:
        text, result = f"{text} + 26", result + 26
    return f"{text} = {result}", _ALPHABET[result - 1]


# The terms of sums, and the rows by the two numbers of a rule in one step.
_PLUS = {number: plus(number) for number in range(-27, 28)}
_ROWS: dict[tuple[int, int], Row] = {
    (factor, by): {letter: _moved(letter, factor, by) for letter in _ALPHABET}
    for factor, numbers in ((1, range(-25, 26)), (-1, range(1, 53)))
    for by in numbers
}


def _coded(word: str, whole: Whole, joint: str) -> tuple[str, str]:
    """A word through a rule, and a line for each letter."""
    coded = lines = ""
    for letter, (_, row) in zip(word, cycle(whole[1])):
        text, new = row[letter]
        coded += new
        lines += f"{_IS[letter]}, {text}, {joint} {new}.\n"
    return coded, lines


def _steps(rule: Sequence[Step], undo: bool, numbers: str) -> str:
    """Lines of a program that send `numbers` through the steps of a rule, or back."""
    lines = ""
    for kind, value in reversed(rule) if undo else rule:
        sign, other = ("-", "+") if (kind == "back") != undo else ("+", "-")
        if kind == "mirror":
            lines += f"{numbers} = [27 - p for p in {numbers}]\n"
        elif kind == "key":
            by = f'ord("{value}"[i % {len(value)}]) {other} 96'
            lines += f"{numbers} = [p {sign} {by} for i, p in enumerate({numbers})]\n"
        else:
            lines += f"{numbers} = [p {sign} {value} for p in {numbers}]\n"
    return lines


def _program(word: str, rule: Sequence[Step], undo: bool) -> str:
    return (
        f'numbers = [ord(letter) - 96 for letter in "{word}"]\n{_steps(rule, undo, "numbers")}'
        'print("".join(chr((p - 1) % 26 + 97) for p in numbers))'
    )


def forward(facts: Facts) -> Solution:
    word, rule = facts["word"], facts["rule"]
    whole = _whole(rule)
    code, lines = _coded(word, whole, "so")
    trace = f"{_told('The rule', rule, whole)}\n{lines}So {code} is the code."
    return Solution(code, trace, _program(word, rule, undo=False))


def reverse(facts: Facts, hidden: str) -> Solution:
    rule, code = facts["rule"], facts["answer"]
    if hidden == "shift":
        return _shift(facts["word"], rule, code)
    back = _whole(rule, undo=True)
    word, lines = _coded(code, back, "from")
    trace = f"{_told('The way back', rule, back)}\n{lines}So the word is {word}."
    return Solution(word, trace, _program(code, rule, undo=True))


def _first_shift(rule: Sequence[Step]) -> int:
    return [kind in ("forward", "back") for kind, _ in rule].index(True)


def _shift(word: str, rule: Sequence[Step], code: str) -> Solution:
    """What the rule does but for n; up to the code letter, n is added or taken off.

    The trace tells the letter n from the number: letters are capitals with their numbers in
    brackets, and the number is named n only at the end.
    """
    at = _first_shift(rule)
    kind, shift = rule[at]
    others = (*rule[:at], *rule[at + 1 :])
    whole = _whole(others)
    rows = [row for _, row in whole[1]]
    lines = [f"The word {word} became {code}."]
    if len(rows) > 1:
        lines.append(_told("The rest of the rule", others, whole))
    mirrored = "mirror" in [later for later, _ in rule[at:]]
    adds = (kind == "forward") != mirrored
    for place in range(2):  # one is enough, the other confirms it
        plain, coded = word[place], code[place]
        text, moved = rows[place % len(rows)][plain]
        start, end = _NUMBER[moved], _NUMBER[coded]
        low, high = (start, end) if adds else (end, start)
        lines.append(
            f"{plain.upper()} ({_NUMBER[plain]}) to {coded.upper()} ({end})"
            f"{f': the rest makes {text}, so' if others else ' is'} "
            f"{high} - {low}{' + 26' if high < low else ''} = {shift} places."
        )
    lines.append(f"Both letters give n = {shift}.")
    program = (
        f'plain = [ord(letter) - 96 for letter in "{word}"]\n{_steps(rule[:at], False, "plain")}'
        f'code = [ord(letter) - 96 for letter in "{code}"]\n{_steps(rule[at + 1 :], True, "code")}'
        f"print(({'code[0] - plain[0]' if kind == 'forward' else 'plain[0] - code[0]'}) % 26)"
    )
    return Solution(shift, "\n".join(lines), program, {"n": shift})


def _table(step: Step, place: int) -> str:
    """What the letters a to z become in one step."""
    kind, value = step
    if kind == "mirror":
        return _ALPHABET[::-1]
    by = _ALPHABET.index(value[place % len(value)]) + 1 if kind == "key" else value
    if kind == "back":
        by = -by
    return _ALPHABET[by % 26 :] + _ALPHABET[: by % 26]


def _encoded(letters: str, rule: Sequence[Step], place: int) -> str:
    for step in rule:
        letters = letters.translate(str.maketrans(_ALPHABET, _table(step, place)))
    return letters


def solve_forward(facts: Facts) -> list[str]:
    """By writing the moved alphabets under the plain one."""
    word, rule = facts["word"], facts["rule"]
    return ["".join(_encoded(letter, rule, place) for place, letter in enumerate(word))]


def solve_reverse(facts: Facts, hidden: str) -> list[str] | list[int]:
    """In the same way for the whole alphabet at each place, or for each number below 26."""
    code, rule = facts["answer"], facts["rule"]
    if hidden == "word":
        words = [""]
        for place, letter in enumerate(code):
            row = zip(_ALPHABET, _encoded(_ALPHABET, rule, place), strict=True)
            fitting = [plain for plain, coded in row if coded == letter]
            words = [word + plain for word in words for plain in fitting]
        return words
    at = next(at for at, (_, value) in enumerate(rule) if value is None)
    tried = {n: (*rule[:at], (rule[at][0], n), *rule[at + 1 :]) for n in range(1, 26)}
    return [n for n, known in tried.items() if solve_forward(facts | {"rule": known}) == [code]]
