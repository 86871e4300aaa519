"""Small matrices: a determinant, or an entry of a product; or one entry from the result.

    forward   A = [[1, 2], [3, 4]] and v = [5, 7]: the top entry of Av?             answer 19
    reverse   A = [[1, k], [3, 4]] and v = [5, 7]: the top entry of Av is 19. k?    answer 2

The matrices are called A, B, C, D in their order; a flat tuple is the column v, and the last. The
hidden entry, None and written k, is a corner of the matrix next to v, or of A where there is no v;
or it is the first or last number of v.
"""

import re
from collections.abc import Sequence
from itertools import permutations
from typing import Any

from r1k.families.base import INT, Draw, Facts, Slot, Solution, one_of, phrasings, plus
from r1k.families.words import PEOPLE, PERSON

AREA = "matrices"
SUMMARY = "a determinant or an entry of a matrix product; reverse: an entry of a matrix"
VERSION = 2

Table = Sequence[Any]  # rows of numbers, or the numbers of v

_LETTERS = "ABCD"
_ROWS = {"top": 0, "middle": 1, "bottom": -1}
_PLACES = {2: ("top", "bottom"), 3: ("top", "middle", "bottom")}
# What is asked for: ("det", of what), ("entry", row of the column), or ("cell", row, column).
_ASKED: dict[str, tuple[Any, ...]] = (
    {f"the determinant of {of}": ("det", of) for of in ("A", "AB", "A + B", "(A + B)C")}
    | {
        f"the {place} entry of {_LETTERS[:n]}v": ("entry", row)
        for n in (1, 2, 3, 4)
        for place, row in _ROWS.items()
    }
    | {
        f"the entry of AB in row {i + 1} and column {j + 1}": ("cell", i, j)
        for i in (0, 1)
        for j in (0, 1)
    }
)


def _list(numbers: Sequence[int | None]) -> str:
    return f"[{', '.join(['k' if n is None else str(n) for n in numbers])}]"


def _text(table: Table) -> str:
    if isinstance(table[0], tuple):
        return f"[{', '.join([_list(row) for row in table])}]"
    return _list(table)


def _show(tables: Sequence[Table]) -> str:
    parts = [
        f"{letter if isinstance(table[0], tuple) else 'v'} = {_text(table)}"
        for letter, table in zip(_LETTERS + "v", tables, strict=False)
    ]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


_NUMBERS = r"\[(?:-?\d+|k)(?:, (?:-?\d+|k))*\]"
_PART = rf"[A-D] = \[{_NUMBERS}(?:, {_NUMBERS})*\]|v = {_NUMBERS}"


def _row(text: str) -> tuple[int | None, ...]:
    return tuple(None if part == "k" else int(part) for part in re.findall(r"-?\d+|k", text))


def _read(text: str) -> tuple[Table, ...]:
    return tuple(
        _row(part)
        if part.startswith("v")
        else tuple(_row(row) for row in re.findall(_NUMBERS, part[4:]))
        for part in re.findall(_PART, text)
    )


SLOTS = {
    "name": PERSON,
    "tables": Slot(rf"(?:{_PART})(?:, (?:{_PART}))*(?: and (?:{_PART}))?", _show, _read),
    "asked": one_of(tuple(_ASKED)),
    "top left": INT,
    "top right": INT,
    "bottom left": INT,
    "bottom right": INT,
    "first": INT,
    "last": INT,
    "answer": INT,
}
FORWARD = phrasings(
    SLOTS,
    "{name} notes, row by row, {tables}. What is {asked}?",
    "Find {asked} for {tables}, as written on {name}'s sheet.",
    "What does {name} get as {asked} when working with {tables}?",
    "Let {tables}. Help {name} to determine {asked}.",
    "On a board {name} sees {tables}. Which number is {asked}?",
    "Say what {asked} is, if {name} has written {tables}.",
    "{name} is told that {tables}. Compute {asked} for {name.him}.",
    "A program by {name} takes {tables} and prints {asked}. Which number is that?",
    "Given {tables}, {asked} is what {name} is after. Give its value.",
)
_BACK = phrasings(
    SLOTS,
    "{name} notes, row by row, {tables}. What is k, if {asked} is {answer}?",
    "Find k for {tables}, as written on {name}'s sheet, where {asked} is {answer}.",
    "With {tables}, {name} has worked out {asked} and got {answer}. What was k?",
    "Let {tables}. Help {name} to determine k, when {asked} is {answer}.",
    "On a board {name} sees {tables}. As {asked} is {answer}, which number is k?",
    "What must {name} put for k, if {tables}, so that {asked} becomes {answer}?",
    "{name} is told that {tables} and that {asked} equals {answer}. Compute k for {name.him}.",
    "A program by {name} takes {tables} and prints {asked}. It printed {answer}. What is k?",
)
# Where the hidden number stands: row and column, or the place in v.
_CORNERS = {
    "top left": (0, 0),
    "top right": (0, -1),
    "bottom left": (-1, 0),
    "bottom right": (-1, -1),
}
_ENDS = {"first": 0, "last": -1}
REVERSE = dict.fromkeys((*_CORNERS, *_ENDS), _BACK)


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    size = 3 if difficulty == 5 else 2
    most = (15, 6, 6, 4, 5)[difficulty - 1]
    k = d.between(2, max(most, 9))
    # k must stand nowhere else. The numbers of A and v are larger: they come in only once; and
    # there are more signs in longer chains, so that the sums stay small.
    small = [n for n in range(1, most + 1) if n != k]
    large = [n for n in range(1, max(most, 9) + 1) if n != k]
    signs = 2 if difficulty > 3 else 5
    small, large = (pool * signs + [-n for n in pool] for pool in (small, large))

    def row(pool: list[int]) -> tuple[int, ...]:
        return tuple([d.choice(pool) for _ in range(size)])

    determinant = hidden in _CORNERS and d.below(2) == 1
    if determinant:
        of = ("A", "AB", "A + B", "(A + B)C", "A + B")[difficulty - 1]
        asked, count, at = f"the determinant of {of}", (1, 2, 2, 3, 2)[difficulty - 1], 0
    else:
        count = (1, 2, 3, 4, 3)[difficulty - 1]
        at = count - 1
        place = d.choice(tuple(_ROWS)[:: 1 if size == 3 else 2])
        if count == 1 and hidden in _CORNERS:
            place = hidden.split()[0]
        asked = f"the {place} entry of {_LETTERS[:count]}v"
    tables: list[Table] = [
        tuple([row(small if i else large) for _ in range(size)]) for i in range(count)
    ]
    if not determinant:
        if difficulty == 1 and hidden in _CORNERS and d.below(2):
            asked = f"the entry of AB in row {1 - _ROWS[place]} and column {d.between(1, 2)}"
            tables.append((row(large), row(large)))
        else:
            tables.append(row(large))
    k = k if d.below(signs + 1) else -k
    if hidden in _ENDS:
        v = [*tables[-1]]
        v[_ENDS[hidden]] = k
        tables[-1] = tuple(v)
    else:
        r, c = _CORNERS[hidden]
        changed = [[*numbers] for numbers in tables[at]]
        changed[r][c] = k
        tables[at] = tuple([tuple(numbers) for numbers in changed])
    facts = {"name": d.choice(PEOPLE), "tables": tuple(tables), "asked": asked}
    return facts if _factor(facts, hidden) else None


def hide(facts: Facts, hidden: str) -> Facts:
    tables = [*facts["tables"]]
    if hidden in _ENDS:
        tables[-1] = _with(tables[-1], _ENDS[hidden], None)
    else:
        at = len(tables) - 2 if _ASKED[facts["asked"]][0] == "entry" else 0
        r, c = _CORNERS[hidden]
        tables[at] = _with(tables[at], r, _with(tables[at][r], c, None))
    return facts | {"tables": tuple(tables)}


def _with(values: Table, at: int, value: Any) -> tuple[Any, ...]:
    """The values with another one in one place."""
    changed = [*values]
    changed[at] = value
    return tuple(changed)


def _times(w: Sequence[int], m: Table) -> list[int]:
    """A row times a matrix."""
    return [sum([x * y for x, y in zip(w, column, strict=True)]) for column in zip(*m, strict=True)]


def _sum(a: Table, b: Table) -> list[list[int]]:
    return [[x + y for x, y in zip(*rows, strict=True)] for rows in zip(a, b, strict=True)]


def _minor(m: Table, r: int, c: int) -> tuple[int, int, int, int]:
    """The four numbers of a 3x3 matrix that are left without a row and a column."""
    (e, f), (g, h) = [[x for j, x in enumerate(row) if j != c] for i, row in enumerate(m) if i != r]
    return e, f, g, h


def _det(m: Table) -> int:
    if len(m) == 2:
        (a, b), (c, d) = m
        return int(a * d - b * c)
    return sum(
        [
            (-1) ** c * m[0][c] * (e * h - f * g)
            for c in (0, 1, 2)
            for e, f, g, h in [_minor(m, 0, c)]
        ]
    )


def _factor(facts: Facts, hidden: str) -> int:
    """By what k is multiplied, up to the sign, in the result."""
    tables, (kind, *rest) = facts["tables"], _ASKED[facts["asked"]]
    if kind == "cell":
        return int(tables[1][_CORNERS[hidden][1]][rest[1]])
    if kind == "entry":
        w, v, matrices = tables[0][rest[0]], tables[-1], tables[1:-1]
        if hidden in _ENDS:
            for m in matrices:
                w = _times(w, m)
            return int(w[_ENDS[hidden]])
        r, c = _CORNERS[hidden]
        if not matrices:
            return int(v[c])
        for m in matrices[:-1]:
            w = _times(w, m)
        return int(w[r] * v[c])
    of, (r, c) = rest[0], _CORNERS[hidden]
    m = _sum(*tables[:2]) if "+" in of else tables[0]
    if len(m) == 3:
        e, f, g, h = _minor(m, r % 3, c % 3)
        return e * h - f * g
    other = 1 if len(tables) == 1 or of == "A + B" else _det(tables[-1])
    return int(other * m[-1 - r][-1 - c])


def _b(number: int) -> str:
    return f"({number})" if number < 0 else str(number)


def _dot(x: Sequence[int], y: Sequence[int]) -> str:
    """Two rows of numbers times each other: "1 * 5 + 2 * 7"."""
    first, *others = [f"{_b(a)} * {_b(b)}" for a, b in zip(x, y, strict=True)]
    if x[0] < 0:
        first = first.replace(f"({x[0]})", str(x[0]), 1)
    return " + ".join([first, *others])


def _value(x: Sequence[int], y: Sequence[int]) -> int:
    return sum([a * b for a, b in zip(x, y, strict=True)])


def _and(parts: Sequence[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _worked(x: Sequence[int], y: Sequence[int]) -> str:
    """The same with its products and its value: "1 * 5 + 2 * 7 = 5 + 14 = 19"."""
    first, *others = [a * b for a, b in zip(x, y, strict=True)]
    terms = "".join([f" - {-n}" if n < 0 else f" + {n}" for n in others])
    return f"{_dot(x, y)} = {first}{terms} = {first + sum(others)}"


def _cross(a: int, b: int, c: int, d: int) -> str:
    """The determinant of four numbers, with its value."""
    x, y = a * d, b * c
    return f"{a} * {_b(d)} - {_b(b)} * {_b(c)} = {x} - {_b(y)} = {x - y}"


def _sums(a: Table, b: Table, skip: tuple[int, int] | None = None) -> list[str]:
    """Row by row the sums of two matrices, but for one place."""
    rows = []
    for r, (x, y) in enumerate(zip(a, b, strict=True)):
        parts = [
            f"{p} + {_b(q)} = {p + q}"
            for c, (p, q) in enumerate(zip(x, y, strict=True))
            if (r, c) != skip
        ]
        rows.append(parts[0] if len(parts) == 1 else _and(parts))
    return rows


def _determinant(tables: Sequence[Table], of: str) -> tuple[int, list[str]]:
    if of == "A":
        (a, b), (c, d) = tables[0]
        x, y = a * d, b * c
        return x - y, [
            f"The main diagonal of A gives {a} * {_b(d)} = {x}.",
            f"The other diagonal gives {b} * {_b(c)} = {y}.",
            f"The determinant is {x} - {_b(y)} = {x - y}.",
        ]
    m, name = tables[0], "A"
    lines = []
    if "+" in of:
        name = "A + B"
        for place, row in zip(_PLACES[len(m)], _sums(tables[0], tables[1]), strict=True):
            lines.append(f"The {place} row of A + B is {row}.")
        m = _sum(*tables[:2])
    if len(m) == 3:
        minors = []
        for c in (0, 1, 2):
            e, f, g, h = _minor(m, 0, c)
            minors.append(e * h - f * g)
            lines.append(
                f"Without row 1 and column {c + 1} its determinant is {_cross(e, f, g, h)}."
            )
        a, b, c = m[0]
        value = a * minors[0] - b * minors[1] + c * minors[2]
        x, y, z = a * minors[0], b * minors[1], c * minors[2]
        how = f"{a} * {_b(minors[0])} - {_b(b)} * {_b(minors[1])} + {_b(c)} * {_b(minors[2])}"
        return value, [*lines, f"The determinant is {how} = {x} - {_b(y)} + {_b(z)} = {value}."]
    value = _det(m)
    lines += _diagonals(m, name)
    if of in ("AB", "(A + B)C"):
        factor = _det(tables[-1])
        lines += _diagonals(tables[-1], of[-1])
        lines.append(f"That of {of} is the product {value} * {_b(factor)} = {value * factor}.")
        value *= factor
    return value, lines


def _product_lines(x: Sequence[int], y: Sequence[int]) -> list[str]:
    p, q = x[0] * y[0], x[1] * y[1]
    return [
        f"The products are {x[0]} * {_b(y[0])} = {p} and {x[1]} * {_b(y[1])} = {q}.",
        f"Their sum is {p} + {_b(q)} = {p + q}.",
    ]


def _diagonals(m: Table, name: str) -> list[str]:
    """The lines that find the determinant of a 2x2 matrix."""
    (a, b), (c, d) = m
    x, y = a * d, b * c
    return [
        f"The diagonals of {name} give {a} * {_b(d)} = {x} and {b} * {_b(c)} = {y}.",
        f"The determinant of {name} is {x} - {_b(y)} = {x - y}.",
    ]


def forward(facts: Facts) -> Solution:
    tables, asked = facts["tables"], facts["asked"]
    kind, *rest = _ASKED[asked]
    if kind == "det":
        value, lines = _determinant(tables, rest[0])
    elif kind == "cell":
        x, y = tables[0][rest[0]], [row[rest[1]] for row in tables[1]]
        value = _value(x, y)
        lines = [f"The row of A is {x[0]} and {x[1]}, the column of B {y[0]} and {y[1]}."]
        lines += _product_lines(x, y)
    else:
        *matrices, u = tables
        n, numbers = len(matrices), _and([*map(str, u)])
        if n == 1:
            row = _and([*map(str, tables[0][rest[0]])])
            lines = [f"The {asked.split()[1]} row of A is {row}, and v holds {numbers}."]
        else:
            lines = [f"The column v holds {numbers}."]
        for i in range(n - 1, 0, -1):
            name = f"{_LETTERS[i:n]}v"
            lines.append(
                f"The numbers of {name} are {_and([_worked(row, u) for row in matrices[i]])}."
            )
            u = [_value(row, u) for row in matrices[i]]
        x = matrices[0][rest[0]]
        value = _value(x, u)
        if n == 1:
            lines += _product_lines(x, u)
        else:
            lines.append(f"The {asked.split()[1]} row of A then gives {_worked(x, u)}.")
    return Solution(value, "\n".join(lines), _program(tables, asked))


def _program(tables: Sequence[Table], asked: str, answer: int | None = None) -> str:
    """Prints the result; with an answer, the k that leads to it, by the values at 0 and 1."""
    kind, *rest = _ASKED[asked]
    texts = [_text(table) for table in tables]
    lines = []
    if kind == "entry":
        lines.append(f"v = {texts[-1]}")
        lines.append(f"for m in [{', '.join(texts[-2::-1])}]:")
        lines.append("    v = [sum(x * y for x, y in zip(row, v)) for row in m]")
        result = f"v[{rest[0]}]"
    else:
        lines += [f"{letter} = {text}" for letter, text in zip(_LETTERS, texts, strict=False)]
        if kind == "cell":
            i, j = rest
            result = f"A[{i}][0] * B[0][{j}] + A[{i}][1] * B[1][{j}]"
        else:
            of = rest[0]
            if "+" in of:
                lines.append("A = [[x + y for x, y in zip(*rows)] for rows in zip(A, B)]")
            if len(tables[0]) == 3:
                lines.append("(a, b, c), (d, e, f), (g, h, i) = A")
                result = "a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)"
            else:
                result = "A[0][0] * A[1][1] - A[0][1] * A[1][0]"
            if of in ("AB", "(A + B)C"):
                m = of[-1]
                result = f"({result}) * ({m}[0][0] * {m}[1][1] - {m}[0][1] * {m}[1][0])"
    if answer is None:
        return "\n".join([*lines, f"print({result})"])
    body = "\n".join([f"    {line}" for line in [*lines, f"return {result}"]])
    return f"def result(k):\n{body}\nprint(({answer} - result(0)) // (result(1) - result(0)))"


def reverse(facts: Facts, hidden: str) -> Solution:
    tables, asked, answer = facts["tables"], facts["asked"], facts["answer"]
    kind, *rest = _ASKED[asked]
    if kind == "det":
        k, lines = _undo_determinant(tables, rest[0], answer, *_CORNERS[hidden])
    elif kind == "cell":
        c = _CORNERS[hidden][1]
        x, y = tables[0][rest[0]], [row[rest[1]] for row in tables[1]]
        lines = [f"The row with k times the column {y[0]} and {y[1]} of B is {answer}."]
        k = _last(lines, x, y, c, answer)
    else:
        k, lines = _undo_product(tables, asked, answer, hidden)
    program = _program(hide(facts, hidden)["tables"], asked, answer)
    return Solution(k, "\n".join(lines), program, {"k": k})


def _last(lines: list[str], x: Sequence[int], y: Sequence[int], at: int, total: int) -> int:
    """k from the sum of the products of x and y, with k in x[at] and the factor y[at]."""
    at %= len(x)
    others = [i for i in range(len(x)) if i != at]
    p, q = [x[i] for i in others], [y[i] for i in others]
    known, factor = _value(p, q), y[at]
    rest = total - known
    left = "k" if factor == 1 else f"{factor} * k"
    lines.append(
        f"Without k there is {_dot(p, q)} = {known}, so {left} = {total} - {_b(known)} = {rest}."
    )
    if factor != 1:
        lines.append(f"Then k = {rest} / {_b(factor)} = {rest // factor}.")
    return rest // factor


def _undo_product(
    tables: Sequence[Table], asked: str, answer: int, hidden: str
) -> tuple[int, list[str]]:
    """Back from the entry of the product: its factors for the columns on the way to v."""
    *matrices, v = tables
    n, size = len(matrices), len(v)
    w = matrices[0][_ASKED[asked][1]]
    stop = n if hidden in _ENDS else n - 1
    if n == 1 and hidden in _CORNERS:
        lines = [f"{asked[0].upper()}{asked[1:]}, {answer}, is the row with k times v."]
        return _last(lines, w, v, _CORNERS[hidden][1], answer), lines
    name = f"{_LETTERS[1:n]}v"
    factors = _and([*map(str, w)])
    lines = [f"{asked[0].upper()}{asked[1:]}, {answer}, takes {name} with factors {factors}."]
    for i in range(1, stop):
        columns = [*zip(*matrices[i], strict=True)]
        name = f"{_LETTERS[i + 1 : n]}v"
        factors = _and([f"{_dot(w, column)} = {_value(w, column)}" for column in columns])
        lines.append(f"For {name} these are {factors}.")
        w = _times(w, matrices[i])
    if hidden in _ENDS:
        return _last(lines, v, w, _ENDS[hidden], answer), lines
    r, c = _CORNERS[hidden]
    r %= size
    others = [i for i in range(size) if i != r]
    places = _PLACES[size]
    known = [_value(matrices[-1][i], v) for i in others]
    for i, value in zip(others, known, strict=True):
        lines.append(f"The {places[i]} of {name} is {_dot(matrices[-1][i], v)} = {value}.")
    known_w = [w[i] for i in others]
    part = _value(known_w, known)
    total = (answer - part) // w[r]
    which = "its factor" if size == 2 else "their factors"
    lines.append(f"With {which} that is {_dot(known_w, known)} = {part}.")
    how = f"({answer} - {_b(part)}) / {_b(w[r])}" if w[r] != 1 else f"{answer} - {_b(part)}"
    lines.append(f"So the {places[r]} of {name} is {how} = {total}.")
    return _last(lines, matrices[-1][r], v, c, total), lines


def _undo_determinant(
    tables: Sequence[Table], of: str, answer: int, r: int, c: int
) -> tuple[int, list[str]]:
    """Back from the determinant to the entry of A in a corner."""
    size = len(tables[0])
    r, c = r % size, c % size
    lines = [f"The determinant of {of} is given as {answer}."]
    if of in ("AB", "(A + B)C"):
        factor = _det(tables[-1])
        lines.append(f"For {of[-1]} alone it is {_cross(*tables[-1][0], *tables[-1][1])}.")
        lines.append(f"That leaves {answer} / {_b(factor)} = {answer // factor} for the rest.")
        answer //= factor
    m = tables[0]
    if "+" in of:
        a, b = tables[:2]
        for i, row in enumerate(_sums(a, b, (r, c))):
            which = f"row {i + 1}" if i != r else "the row of k"
            lines.append(f"In {which}, A + B has {row}.")
        m = _sum(a, b)
    left = f"k{plus(tables[1][r][c])}" if "+" in of else "k"
    if size == 2:
        x, y, z = m[1 - r][1 - c], m[r][1 - c], m[1 - r][c]
        lines.append(f"The diagonal without k gives {y} * {_b(z)} = {y * z}.")
        if r == c:
            total, how = answer + y * z, f"{answer} + {_b(y * z)}"
        else:
            total, how = y * z - answer, f"{y * z} - {_b(answer)}"
    else:
        parts, total = [], answer
        for j in range(3):
            e, f, g, h = _minor(m, r, j)
            minor = e * h - f * g
            lines.append(f"Striking row {r + 1} and column {j + 1} leaves {_cross(e, f, g, h)}.")
            if j == c:
                x = minor * (-1) ** (r + j)
            else:
                parts.append((m[r][j] * (-1) ** (r + j), minor))
        known = _value(*zip(*parts, strict=True))
        sums = _dot(*zip(*parts, strict=True))
        lines.append(f"With alternating signs, row {r + 1} without k gives {sums} = {known}.")
        total, how = answer - known, f"{answer} - {_b(known)}"
    value = total // x
    if x == 1:
        lines.append(f"So {left} = {how} = {value}.")
    else:
        times = f"{x} * ({left})" if "+" in of else f"{x} * k"
        lines.append(f"So {times} = {how} = {total}, and {left} = {total} / {_b(x)} = {value}.")
    if "+" in of:
        added = tables[1][r][c]
        lines.append(f"Then k = {value}{plus(-added)} = {value - added}.")
        value -= added
    return value, lines


def _product(a: Table, b: Table) -> list[list[int]]:
    return [
        [sum(a[i][t] * b[t][j] for t in range(len(b))) for j in range(len(b[0]))]
        for i in range(len(a))
    ]


def _result(tables: Sequence[Any], asked: str) -> int:
    """By whole matrix products from the left, and the sum over permutations."""
    kind, *rest = _ASKED[asked]
    if kind == "entry":
        whole = tables[0]
        for table in tables[1:-1]:
            whole = _product(whole, table)
        return int(_product(whole, [[x] for x in tables[-1]])[rest[0]][0])
    if kind == "cell":
        return int(_product(*tables)[rest[0]][rest[1]])
    of, m = rest[0], tables[0]
    if "+" in of:
        m = [[m[i][j] + tables[1][i][j] for j in range(len(m))] for i in range(len(m))]
    if of in ("AB", "(A + B)C"):
        m = _product(m, tables[-1])
    total = 0
    for columns in permutations(range(len(m))):
        term = 1
        for i, j in enumerate(columns):
            term *= m[i][j] * (-1) ** sum(columns[t] > j for t in range(i))
        total += term
    return total


def solve_forward(facts: Facts) -> list[int]:
    """Another way of calculation, see `_result`."""
    return [_result(facts["tables"], facts["asked"])]


def solve_reverse(facts: Facts, hidden: str) -> list[int]:
    """Each entry is used once, so the result is linear in k: two trials tell where it fits."""

    def put(table: Table, k: int) -> Table:
        if isinstance(table, tuple):
            return tuple(put(part, k) for part in table)
        return k if table is None else table

    at_0, at_1 = (_result(put(facts["tables"], k), facts["asked"]) for k in (0, 1))
    slope, gap = at_1 - at_0, facts["answer"] - at_0
    if not slope:
        return [0, 1] if not gap else []
    return [] if gap % slope else [gap // slope]
