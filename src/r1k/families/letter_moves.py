"""A word whose letters are moved about by one person after the other.

    forward   Mei writes the word tiger. Omar moves the first two letters to the end. What stands
              there in the end?                                                 answer gerti
    reverse   Mei writes a word. Omar moves the first two letters to the end. Now gerti stands
              there. Which word did Mei write?                                  answer tiger

Every move can be undone, so each jumbled word has one beginning. A reverse question hides the word,
or how many letters went to the other side in the first move of that kind.
"""

import re
from collections.abc import Sequence

from r1k.families.base import INT, WORD, Draw, Facts, Slot, Solution, phrasings, without
from r1k.families.words import PEOPLE, PERSON, WORDS, Person

AREA = "words"
SUMMARY = "jumble a word by moves of its letters; reverse: the word, or how many letters moved"
VERSION = 1
COUNTS = ("", "one", "two", "three", "four", "five", "six", "seven")
PLACES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
KINDS = ("left", "right", "swap", "swap", "reverse", "turn first", "turn last")

# Who moves, what kind of move, and its numbers: how many letters (None is the unknown n), or the
# two places, from 0, of a swap.
Move = tuple[Person, str, int | None, int]


def _show_move(move: Move) -> str:
    who, kind, a, b = move
    if kind == "reverse":
        return f"{who} reverses the whole word"
    if kind == "swap":
        assert a is not None
        return f"{who} swaps the {PLACES[a]} and {PLACES[b]} letters"
    many = "letter" if a == 1 else f"{'n' if a is None else COUNTS[a]} letters"
    if kind.startswith("turn"):
        return f"{who} reverses the {kind[5:]} {many}"
    side, other = ("first", "end") if kind == "left" else ("last", "front")
    return f"{who} moves the {side} {many} to the {other}"


_MOVE = re.compile(
    r"([A-Z][a-z]+) (?:reverses the (whole word)|swaps the ([a-z]+) and ([a-z]+) letters"
    r"|(reverses|moves) the (first|last) (?:([a-z]+) )?letters?(?: to the [a-z]+)?)"
)
_PEOPLE = {str(person): person for person in PEOPLE}


def _read_moves(text: str) -> tuple[Move, ...]:
    moves: list[Move] = []
    for who, whole, place, other, verb, side, many in _MOVE.findall(text):
        if whole:
            moves.append((_PEOPLE[who], "reverse", 0, 0))
        elif place:
            moves.append((_PEOPLE[who], "swap", PLACES.index(place), PLACES.index(other)))
        else:
            kind = f"turn {side}" if verb == "reverses" else "left" if side == "first" else "right"
            count = None if many == "n" else COUNTS.index(many or "one")
            moves.append((_PEOPLE[who], kind, count, 0))
    return tuple(moves)


_ANY = r"[A-Z][a-z]+ (?:reverses|swaps|moves) the [a-z]+(?: [a-z]+){1,6}"
SLOTS = {
    "name": PERSON,
    "word": WORD,
    "moves": Slot(
        rf"{_ANY}(?:, then {_ANY})*",
        lambda moves: ", then ".join(map(_show_move, moves)),
        _read_moves,
    ),
    "count": INT,
    "answer": WORD,
}
FORWARD = phrasings(
    SLOTS,
    "{name} writes the word {word}. {moves}. What stands there in the end?",
    "The word {word} is laid out with tiles for {name}. {moves}. What does {name} read now?",
    "{name} passes the word {word} round the table: {moves}. What comes back to {name}?",
    "What does {name} get from the word {word} if {moves}?",
    "At {name}'s party a word travels round. It starts as {word}: {moves}. How does it end?",
    "Starting from {word}, {moves}. What does {name} find at the end?",
    "Find what becomes of {name}'s word {word} when {moves}.",
    "{moves}. What do these moves make of {word}, the word that {name} chose?",
)
REVERSE = {
    "word": phrasings(
        SLOTS,
        "{name} writes a word. {moves}. Now {answer} stands there. Which word did {name} write?",
        "A word is laid out with tiles for {name}. {moves}, and {name} reads {answer}. "
        "What was the word?",
        "{name} passes a word round the table: {moves}. It comes back to {name} as {answer}. "
        "What was it?",
        "Which word gives {name} the letters {answer} if {moves}?",
        "At {name}'s party a word travels round: {moves}. It ends as {answer}. How did it start?",
    ),
    "count": phrasings(
        SLOTS,
        "{name} writes the word {word}. {moves}. Now {answer} stands there. What is n?",
        "The word {word} is laid out with tiles for {name}. {moves}, and {name} reads {answer}. "
        "Find n.",
        "{name} passes the word {word} round the table: {moves}. It comes back to {name} as "
        "{answer}. What number is n?",
        "What must n be if {name} gets {answer} from the word {word} when {moves}?",
        "At {name}'s party a word travels round. It starts as {word}: {moves}. It ends as "
        "{answer}. Work out n.",
    ),
}


_SIDES = ("left", "right")
# What may follow a kind: no two moves that are one.
_NEXT = {kind: tuple(k for k in KINDS if k != kind) for kind in KINDS} | {"": KINDS}
_NEXT |= dict.fromkeys(_SIDES, tuple(kind for kind in KINDS if kind not in _SIDES))


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    size = (4, 5, 5, 6, 7)[difficulty - 1] + d.below(2)
    many = (1, 2, 3, 4, 6)[difficulty - 1]
    sides = d.below(many) if hidden == "count" else -1  # a move that must be from side to side
    name, *people = d.sample(PEOPLE, many + 1)
    words, moves, kind = [d.choice(WORDS[size])], [], ""
    for at, who in enumerate(people):
        options = _SIDES if at == sides else _NEXT[kind]
        if at + 1 == sides:
            options = tuple(k for k in options if k not in _SIDES)
        kind = d.choice(options)
        a, b = 0, 0
        if kind == "swap":
            a, b = sorted(d.sample(range(size), 2))
        elif kind != "reverse":
            a = d.between(2 if kind.startswith("turn") else 1, size - 1)
        moves.append((who, kind, a, b))
        words.append(_moved(words[-1], moves[-1])[0])
        if words[-1] == words[-2]:
            return None
    if hidden == "count":
        before = words[_first_side(moves)]
        if before in (before + before)[1:-1]:
            return None  # letters such as papa are back in order after half of the way
    return {"name": name, "word": words[0], "moves": tuple(moves)}


def hide(facts: Facts, hidden: str) -> Facts:
    if hidden == "word":
        return without(facts, "word")
    moves = list(facts["moves"])
    at = _first_side(moves)
    moves[at] = *moves[at][:2], None, 0
    return facts | {"moves": tuple(moves)}


def _first_side(moves: Sequence[Move]) -> int:
    return next(at for at, move in enumerate(moves) if move[1] in _SIDES)


def _moved(word: str, move: Move) -> tuple[str, str]:
    """The word after a move, and a sentence that says so."""
    who, kind, n, place = move
    n = n or 0
    if kind == "reverse":
        then = word[::-1]
        return then, f"{who} reverses {word}, which gives {then}."
    if kind == "left":
        then = word[n:] + word[:n]
        return then, f"{who} moves {word[:n]} of {word} to the end, which gives {then}."
    if kind == "right":
        then = word[-n:] + word[:-n]
        return then, f"{who} moves {word[-n:]} of {word} to the front, which gives {then}."
    if kind == "swap":
        then = _swapped(word, n, place)
        return then, f"{who} swaps {word[n]} and {word[place]} in {word}, which gives {then}."
    part = word[:n] if kind == "turn first" else word[-n:]
    then = part[::-1] + word[n:] if kind == "turn first" else word[:-n] + part[::-1]
    return then, f"{who} turns {part} in {word} to {part[::-1]}, which gives {then}."


def _undone(word: str, move: Move) -> tuple[str, str]:
    """The word before a move, and a sentence that finds it."""
    who, kind, n, place = move
    n = n or 0
    start = f"Undo {who}: "
    if kind == "reverse":
        then = word[::-1]
        return then, f"{start}{word} backwards is {then}."
    if kind == "left":
        then = word[-n:] + word[:-n]
        return then, f"{start}{word[-n:]} at the end of {word} goes to the front, so {then}."
    if kind == "right":
        then = word[n:] + word[:n]
        return then, f"{start}{word[:n]} at the front of {word} goes to the end, so {then}."
    if kind == "swap":
        then = _swapped(word, n, place)
        return then, f"{start}{word[n]} and {word[place]} in {word} change back, so {then}."
    part = word[:n] if kind == "turn first" else word[-n:]
    then = part[::-1] + word[n:] if kind == "turn first" else word[:-n] + part[::-1]
    return then, f"{start}{part} in {word} turns to {part[::-1]}, so {then}."


def _swapped(word: str, a: int, b: int) -> str:
    return f"{word[:a]}{word[b]}{word[a + 1 : b]}{word[a]}{word[b + 1 :]}"


def _line(name: str, move: Move, undo: bool = False) -> str:
    """A line of a program for a move, or to undo it."""
    _, kind, n, place = move
    n = n or 0
    if kind == "reverse":
        return f"{name} = {name}[::-1]"
    if kind == "turn first":
        return f"{name} = {name}[:{n}][::-1] + {name}[{n}:]"
    if kind == "turn last":
        return f"{name} = {name}[:-{n}] + {name}[-{n}:][::-1]"
    if kind in _SIDES:
        cut = f"{n}" if (kind == "left") != undo else f"-{n}"
        return f"{name} = {name}[{cut}:] + {name}[:{cut}]"
    front = f"{name}[:{n}] + " if n else ""
    middle = f"{name}[{n + 1}:{place}] + " if place > n + 1 else ""
    return f"{name} = {front}{name}[{place}] + {middle}{name}[{n}] + {name}[{place + 1}:]"


def forward(facts: Facts) -> Solution:
    word, moves = facts["word"], facts["moves"]
    lines = [f"The word at the start is {word}."]
    now = word
    for move in moves:
        now, line = _moved(now, move)
        lines.append(line)
    program = [f'word = "{word}"', *(_line("word", move) for move in moves), "print(word)"]
    return Solution(now, "\n".join(lines), "\n".join(program))


def reverse(facts: Facts, hidden: str) -> Solution:
    moves, now = facts["moves"], facts["answer"]
    lines = [f"The word at the end is {now}."]
    if hidden == "word":
        program = [f'word = "{now}"']
        for move in reversed(moves):
            now, line = _undone(now, move)
            lines.append(line)
            program.append(_line("word", move, undo=True))
        return Solution(now, "\n".join(lines), "\n".join([*program, "print(word)"]))
    at = _first_side(moves)
    who, kind, n, _ = moves[at]
    start, after = [f'before = "{facts["word"]}"'], [f'after = "{now}"']
    for move in moves[:at:-1]:
        now, line = _undone(now, move)
        lines.append(line)
        after.append(_line("after", move, undo=True))
    before = facts["word"]
    for move in moves[:at]:
        then, _ = _moved(before, move)
        lines.append(f"At the start {move[0]} made {then} of {before}.")
        before = then
        start.append(_line("before", move))
    part, way = (before[:n], "end") if kind == "left" else (before[-n:], "front")
    lines.append(f"From {before} to {now} {who} takes {part} to the {way}, so n = {n}.")
    cut = "n" if kind == "left" else "-n"
    program = [
        *start,
        *after,
        f"print(next(n for n in range({len(now)}) if before[{cut}:] + before[:{cut}] == after))",
    ]
    return Solution(n, "\n".join(lines), "\n".join(program), {"n": n})


def _order(size: int, moves: Sequence[Move]) -> list[int]:
    """From which place in the first word each letter of the last one comes."""
    order = list(range(size))
    for _, kind, n, place in moves:
        n = n or 0
        if kind == "reverse":
            order.reverse()
        elif kind == "swap":
            order[n], order[place] = order[place], order[n]
        elif kind == "left":
            for _ in range(n):
                order.append(order.pop(0))
        elif kind == "right":
            for _ in range(n):
                order.insert(0, order.pop())
        else:
            at = 0 if kind == "turn first" else size - n
            order[at : at + n] = reversed(order[at : at + n])
    return order


def solve_forward(facts: Facts) -> list[str]:
    """By moving the numbers of the places, not the letters."""
    word = facts["word"]
    return ["".join(word[place] for place in _order(len(word), facts["moves"]))]


def solve_reverse(facts: Facts, hidden: str) -> list[str] | list[int]:
    """Each letter goes back to the place it came from; or every count is tried."""
    end, moves = facts["answer"], facts["moves"]
    if hidden == "word":
        back = dict(zip(_order(len(end), moves), end, strict=True))
        return ["".join(back[place] for place in range(len(end)))]
    at = next(at for at, move in enumerate(moves) if move[2] is None)
    who, kind, *_ = moves[at]
    return [
        n
        for n in range(1, len(end))
        if solve_forward(facts | {"moves": (*moves[:at], (who, kind, n, 0), *moves[at + 1 :])})
        == [end]
    ]
