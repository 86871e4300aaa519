"""Small road maps: the shortest way between two towns, or the length of one road on it.

    forward   Elton-Garth 5, Garth-Lowick 8, Elton-Hythe 6 and Hythe-Lowick 9: how far is it
              from Elton to Lowick?                                                   answer 13
    reverse   Elton-Garth k, Garth-Lowick 8, Elton-Hythe 6 and Hythe-Lowick 9: from Elton to
              Lowick the shortest way takes 13. What is k?                            answer 5

A road is (town, town, length); None is the hidden length, written k. A reverse question hides the
first road of the shortest way. As no other way is as short, only one length of that road fits.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import itemgetter

from r1k.families.base import INT, Draw, Facts, Slot, Solution, one_of, phrasings
from r1k.families.words import PEOPLE, PERSON

AREA = "graphs and routes"
SUMMARY = "the shortest way on a road map; reverse: the length of one road from the shortest way"
VERSION = 4

TOWNS = tuple(
    """
    Alford Ashby Barrow Belton Bexley Brandon Calder Carlow Corley Cromer Dalton Denby Dunmore
    Easby Elton Epworth Farley Fenwick Galway Garth Halton Harlow Holme Hythe Ibsley Irby Kelso
    Kendal Kirkby Lanark Lowick Ludlow Malton Marlow Melby Milby Naseby Newby Norton Oakley Orton
    Oxton Penrith Pickford Quorn Ramsey Redmire Ripley Rugby Selby Skelton Stowe Tadley Thorpe
    Trent Upton Wexford Whitby Wooler Yarmouth
    """.split()
)
UNITS = ("km", "miles", "metres", "leagues")
Road = tuple[str, str, int | None]

# For each difficulty the roads of some maps, from town 0 to the town of the highest number, with
# 2, 3, 4, 5 to 6 and 8 ways.
_LAYOUTS = (
    ("01 12 02", "01 13 02 23", "01 12 23 03", "01 12 24 03 34"),
    ("01 13 02 23 03", "01 14 02 24 03 34", "01 12 23 13 03", "01 02 13 23 34 04"),
    ("01 02 12 13 23", "01 02 13 23 34 35 46 56", "01 02 13 24 35 45 23", "01 12 02 23 24 34"),
    ("01 02 03 14 24 34 12", "01 02 12 13 23 34 04", "01 02 03 14 24 25 35 46 56"),
    ("01 02 03 12 14 24 35 25 45", "01 02 12 13 23 34 35 45", "01 12 23 34 02 24 04 13"),
)


def _show(roads: Sequence[Road]) -> str:
    parts = [f"{x}-{y} {'k' if n is None else n}" for x, y, n in roads]
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


_ROAD = re.compile(r"([A-Z][a-z]+)-([A-Z][a-z]+) (\d+|k)")


def _read(text: str) -> tuple[Road, ...]:
    return tuple((x, y, None if n == "k" else int(n)) for x, y, n in _ROAD.findall(text))


_PATTERN = r"[A-Z][a-z]+-[A-Z][a-z]+ (?:\d+|k)"
TOWN = Slot("[A-Z][a-z]+")
SLOTS = {
    "name": PERSON,
    "unit": one_of(UNITS, cosmetic=True),
    "roads": Slot(rf"{_PATTERN}(?:, {_PATTERN})* and {_PATTERN}", _show, _read),
    "start": TOWN,
    "end": TOWN,
    "length": INT,
    "answer": INT,
}
FORWARD = phrasings(
    SLOTS,
    "{name} drives from {start} to {end}. The roads, with their lengths in {unit}, are {roads}. "
    "How many {unit} long is the shortest way?",
    "On {name}'s map are only these paths, in {unit}: {roads}. "
    "How far must {name.he} walk at least from {start} to {end}?",
    "{name} knows the roads {roads}, all in {unit}. "
    "What is the length of the shortest route from {start} to {end}?",
    "How many {unit} does {name} need at least to cycle from {start} to {end} if the roads are "
    "{roads}, each in {unit}?",
    "A driver in {start}, {name}, has a parcel for {end}. Measured in {unit}, the roads are "
    "{roads}. Find the length of the shortest trip.",
    "Trams run on the lines {roads}, given in {unit}. How long is {name}'s ride from {start} to "
    "{end} if {name.he} takes the shortest way?",
    "A cable can follow the roads {roads}, in {unit}. How many {unit} of it does {name} need at "
    "least to get from {start} to {end}?",
    "From {start}, {name} sets out for {end}. The map says, in {unit}: {roads}. "
    "What is the smallest distance {name.he} can travel?",
)
REVERSE = {
    "length": phrasings(
        SLOTS,
        "{name} drives from {start} to {end}, and the shortest way is {answer} {unit} long. "
        "The roads, with their lengths in {unit}, are {roads}. What is k?",
        "On {name}'s map are only these paths, in {unit}: {roads}. From {start} to {end} "
        "{name.he} must walk at least {answer} {unit}. How long is the path k?",
        "{name} knows the roads {roads}, all in {unit}. The shortest route from {start} to {end} "
        "is {answer} {unit} long. Find the length k.",
        "What must k be if {name} needs at least {answer} {unit} to cycle from {start} to {end}, "
        "and the roads are {roads}, each in {unit}?",
        "A driver in {start}, {name}, has a parcel for {end}. Measured in {unit}, the roads are "
        "{roads}. The length of the shortest trip is {answer}. Work out k.",
        "Trams run on the lines {roads}, given in {unit}. {name}'s ride from {start} to {end}, "
        "the shortest way, is {answer} {unit}. Which length is k?",
        "A cable can follow the roads {roads}, in {unit}. {name} needs at least {answer} {unit} of "
        "it to get from {start} to {end}. What number is k?",
        "From {start}, {name} sets out for {end}. The smallest distance {name.he} can travel is "
        "{answer}, and the map says, in {unit}: {roads}. Determine k.",
    ),
}
# The places of its roads in the list, the towns between, and its length.
Way = tuple[tuple[int, ...], tuple[str, ...], int]


@lru_cache(maxsize=8)  # the questions of one pair ask for the same ways
def _ways(roads: Sequence[tuple[str, str, int]], start: str, end: str) -> list[Way]:
    """All ways that pass no town twice, sorted."""
    near = defaultdict(list)
    for i, (x, y, n) in enumerate(roads):
        near[x].append((y, i, n))
        near[y].append((x, i, n))
    found: list[Way] = []
    begun: list[Way] = [((), (start,), 0)]
    for used, towns, length in begun:  # it grows meanwhile
        for to, i, n in near[towns[-1]]:
            if to == end:
                found.append(((*used, i), towns[1:], length + n))
            elif to not in towns:
                begun.append(((*used, i), (*towns, to), length + n))
    found.sort()
    return found


Picker = Callable[[Sequence[int]], tuple[int, ...]]


def _map(layout: str) -> tuple[list[tuple[int, int]], list[Picker], int | None, int]:
    """The roads of a layout between numbered towns; for each way of two or more roads what picks
    them from a list; which road leads there directly; and the number of towns."""
    roads = [(int(edge[0]), int(edge[1])) for edge in layout.split()]
    end = max(y for _, y in roads)
    ways = _ways(tuple((str(x), str(y), 0) for x, y in roads), "0", str(end))
    direct = roads.index((0, end)) if (0, end) in roads else None
    return roads, [itemgetter(*used) for used, via, _ in ways if via], direct, end + 1


_MAPS = tuple(tuple(map(_map, layouts)) for layouts in _LAYOUTS)


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    edges, ways, direct, count = d.choice(_MAPS[difficulty - 1])
    most = 99 if difficulty == 1 else 50
    lengths = [d.between(2, most) for _ in edges]
    totals = [sum(pick(lengths)) for pick in ways]
    best = min(totals)
    if direct is not None:
        # Longer than a detour: else its length would be the answer.
        lengths[direct] = best + d.between(1, 20)
    if totals.count(best) > 1 or best in lengths:
        return None
    order = d.shuffled(range(len(edges)))
    shortest = ways[totals.index(best)](range(len(edges)))
    if lengths.count(lengths[shortest[0]]) > 1:
        return None  # what k stands for must not stand in the question
    towns = d.sample(TOWNS, count)
    roads, turned = [], d.below(1 << len(edges))
    for i in order:
        x, y = edges[i] if turned >> i & 1 else edges[i][::-1]
        roads.append((towns[x], towns[y], lengths[i]))
    return {
        "name": d.choice(PEOPLE),
        "unit": d.choice(UNITS),
        "roads": tuple(roads),
        "start": towns[0],
        "end": towns[-1],
    }


def _hidden_road(ways: Sequence[Way]) -> int:
    """The place of the first road of the shortest way."""
    return min(ways, key=itemgetter(2))[0][0]


def hide(facts: Facts, hidden: str) -> Facts:
    roads = facts["roads"]
    at = _hidden_road(_ways(roads, facts["start"], facts["end"]))
    x, y, _ = roads[at]
    return facts | {"roads": (*roads[:at], (x, y, None), *roads[at + 1 :])}


def _by(towns: Sequence[str]) -> str:
    return towns[0] if len(towns) == 1 else f"{', '.join(towns[:-1])} and {towns[-1]}"


def _tuples(roads: Sequence[Road]) -> list[str]:
    """The roads as they stand in a program."""
    return [f'("{x}", "{y}", {n})' for x, y, n in roads]


def forward(facts: Facts) -> Solution:
    roads, start, end, unit = facts["roads"], facts["start"], facts["end"], facts["unit"]
    lengths = [str(n) for _, _, n in roads]
    lines, totals = [], []
    ways = _ways(roads, start, end)
    for used, via, total in ways:
        totals.append(total)
        if via:
            how = " + ".join([lengths[i] for i in used])
            lines.append(f"The way by {_by(via)} takes {how} = {total} {unit}.")
        else:
            lines.append(f"The direct road takes {total} {unit}.")
    (first, *_), _, best = min(ways, key=itemgetter(2))
    x, y, _ = roads[first]
    lines.append(
        f"The shortest, over {x}-{y}, takes min({', '.join(map(str, totals))}) = {best} {unit}."
    )
    program = (
        f'roads = [{", ".join(_tuples(roads))}]\nfar = {{"{start}": 0}}\n'
        "for x, y, n in len(roads) * (roads + [(y, x, n) for x, y, n in roads]):\n"
        "    if x in far:\n"
        "        far[y] = min(far.get(y, far[x] + n), far[x] + n)\n"
        f'print(far["{end}"])'
    )
    return Solution(best, "\n".join(lines), program)


def reverse(facts: Facts, hidden: str) -> Solution:
    roads, start, end, best = facts["roads"], facts["start"], facts["end"], facts["answer"]
    ways = _ways(roads, start, end)
    at = _hidden_road(ways)
    x, y, k = roads[at]
    lengths = [str(n) for _, _, n in roads]
    lengths[at] = "k"
    lines = [f"The shortest way takes {best} {facts['unit']}, and {x}-{y} takes k."]
    rests = []
    for used, via, total in ways:
        name = f"By {_by(via)}" if via else "Directly"
        how = " + ".join([lengths[i] for i in used])
        if at not in used:
            lines.append(f"{name} it is {how}{f' = {total}' if via else ''} > {best}.")
            continue
        rests.append(total - k)
        simpler = f" = k + {total - k}" if len(used) > 2 or used[0] != at else ""
        lines.append(f"{name} it is {how}{simpler}.")
    rest = best - k
    so = "So" if len(rests) == 1 else f"The shortest way with k is k + {rest}, so"
    lines.append(f"{so} k + {rest} = {best} and k = {best} - {rest} = {k}.")
    known = _tuples(roads)
    del known[at]
    program = (
        f'k, far = 0, {{}}\nwhile far.get("{end}") != {best}:\n'
        f'    k, far = k + 1, {{"{start}": 0}}\n'
        f'    roads = [("{x}", "{y}", k), {", ".join(known)}]\n'
        f"    for x, y, n in {len(roads)} * (roads + [(y, x, n) for x, y, n in roads]):\n"
        "        if x in far:\n"
        "            far[y] = min(far.get(y, far[x] + n), far[x] + n)\n"
        "print(k)"
    )
    return Solution(k, "\n".join(lines), program, {"k": k})


_FAR = 10**6


def _distances(roads: Sequence[Road]) -> dict[str, dict[str, int]]:
    """How far it is from each town to each, without the hidden road (Floyd and Warshall)."""
    towns = sorted({town for x, y, _ in roads for town in (x, y)})
    far = {x: {y: _FAR * (x != y) for y in towns} for x in towns}
    for x, y, n in roads:
        if n is not None:
            far[x][y] = far[y][x] = min(n, far[x][y])
    for between in towns:
        onward = far[between]
        for row in far.values():
            first = row[between]
            for town in towns:
                if first + onward[town] < row[town]:
                    row[town] = first + onward[town]
    return far


def solve_forward(facts: Facts) -> list[int]:
    """From the distances between all towns."""
    return [_distances(facts["roads"])[facts["start"]][facts["end"]]]


def solve_reverse(facts: Facts, hidden: str) -> list[int]:
    """Tries every length, on the distances between all towns without the road."""
    start, end = facts["start"], facts["end"]
    far = _distances(facts["roads"])
    x, y = next((x, y) for x, y, n in facts["roads"] if n is None)
    rest = min(far[start][x] + far[y][end], far[start][y] + far[x][end])
    without = far[start][end]
    return [k for k in range(1, 300) if min(without, rest + k) == facts["answer"]]
