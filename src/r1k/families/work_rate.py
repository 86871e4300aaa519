"""Work done together: one to three workers or machines, each with a rate, who may join later.

    forward   The job is 240 boxes. Mina packs 14 boxes an hour. Ben alone would need 30 hours for
              the whole job. Mina starts alone, and Ben joins after 3 hours. How many hours does
              the job take?                                                           answer 12
    reverse   The job is 240 boxes and takes 12 hours. Mina packs x boxes an hour. Ben alone would
              need 30 hours for the whole job. Mina starts alone, and Ben joins after 3 hours.
              What is x?                                                              answer 14

A reverse question hides the first worker's number (the rate, or the time alone), or the size of
the job.
"""

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from r1k.families.base import INT, Draw, Facts, Slot, Solution, phrasings
from r1k.families.words import PEOPLE, Person, Wording, word_slot

AREA = "rates"
SUMMARY = "how long a job takes several workers; reverse: the rate of one, or the size of the job"
VERSION = 2

_ITEMS = """
boxes/packs/hour letters/sorts/hour pages/proofreads/hour bricks/lays/hour seedlings/plants/hour
windows/cleans/hour shirts/irons/hour cookies/decorates/hour parcels/weighs/hour files/checks/hour
exams/marks/day forms/copies/hour trees/prunes/day crates/carries/hour books/shelves/hour
envelopes/fills/minute leaflets/folds/minute coins/counts/minute badges/sews/day chairs/paints/day
litres/delivers/minute/pump gallons/delivers/minute/hose bottles/caps/minute/machine
cards/prints/minute/press labels/prints/minute/printer nails/makes/minute/machine
loaves/bakes/hour/oven planks/cuts/hour/saw tiles/polishes/hour/robot barrels/fills/day/pump
"""


class Item(Wording):
    """What the job consists of: `verb` is what a worker does with it, `hours` the unit of time,
    `per` "an hour" or the like; `tool` stands behind the name of who owns a machine."""

    verb: str
    hours: str
    per: str
    tool: str


def _item(entry: str) -> Item:
    name, verb, time, *tool = entry.split("/")
    item = Item(name)
    item.verb, item.tool = verb, f"'s {tool[0]}" if tool else ""
    item.hours, item.per = f"{time}s", f"an {time}" if time == "hour" else f"a {time}"
    return item


ITEMS = tuple(map(_item, _ITEMS.split()))
_KNOWN = {str(item): item for item in ITEMS}
_SUMS = ("(a + b)", "(a + b + c)")  # how a program writes the rates of two and of three

# (person, whether the number is the time alone, the number or None for x, joins after): the last
# counts from when the one before began, and is 0 for who begins together with the one before.
Worker = tuple[Person, bool, Any, int]
Team = tuple[Item, tuple[Worker, ...]]


def _show(team: Team) -> str:
    item, workers = team
    tool, hours, what = item.tool, item.hours, f"{item} {item.per}."
    said, who = [], []
    joins: list[str] = []
    for person, alone, number, later in workers:
        name, n = person + tool, "x" if number is None else number
        if alone:
            said.append(f"{name} alone would need {n} {hours} for the whole job.")
        else:
            said.append(f"{name} {item.verb} {n} {what}")
        if later:
            joins.append(f"{name} joins after {'another ' if joins else ''}{later} {hours}")
        else:
            who.append(name)
    if len(who) > 1:
        start = f"{' and '.join(who)} {'start' if joins else 'work'} together"
    else:
        start = f"{who[0]} starts alone"
    if len(joins) > 1:
        said.append(f"{start}, {', '.join(joins[:-1])}, and {joins[-1]}.")
    elif joins:
        said.append(f"{start}, and {joins[0]}.")
    elif len(who) > 1:
        said.append(f"{start}.")
    return " ".join(said)


_WORKER = re.compile(
    r"(\w+)(?:'s \w+)? (?:alone would need (\d+|x) |[a-z]+ (\d+|x) ([a-z]+) an? )(?:\w+)"
)
_JOINS = re.compile(r"(\w+)(?:'s \w+)? joins after (?:another )?(\d+)")


def _read(text: str) -> Team:
    joins = {person: int(later) for person, later in _JOINS.findall(text)}
    workers: list[Worker] = []
    item = ""
    for person, alone, rate, what in _WORKER.findall(text):
        number = alone or rate
        n = None if number == "x" else int(number)
        workers.append((Person(person), bool(alone), n, joins.get(person, 0)))
        item = item or what
    # Where nobody's rate is told, the item stands nowhere: such a team is not drawn.
    return _KNOWN[item], tuple(workers)


SLOTS = {
    "item": word_slot(ITEMS, "[a-z]+"),
    "goal": INT,
    "team": Slot(r"[A-Z][a-z]+(?:'s)? [A-Za-z0-9,'. ]{12,400}\.", _show, _read),
    "rate": INT,
    "answer": INT,
}
FORWARD = phrasings(
    SLOTS,
    "The job is {goal} {item}. {team} How many {item.hours} does the job take?",
    "{team} How many {item.hours} pass until a job of {goal} {item} is done?",
    "How long, in {item.hours}, does it take to get through {goal} {item}? {team}",
    "A plan lists {goal} {item}. {team} After how many {item.hours} is the plan fulfilled?",
    "{team} The whole job is {goal} {item}. Work out the {item.hours} from start to finish.",
    "A contract is for {goal} {item}. {team} How many {item.hours} does the work last?",
    "A job of {goal} {item} is waiting. {team} How soon, in {item.hours}, is it done?",
    "{team} How many {item.hours} should a plan for {goal} {item} give?",
)
REVERSE = {
    "rate": phrasings(
        SLOTS,
        "The job is {goal} {item} and takes {answer} {item.hours}. {team} What is x?",
        "{team} After {answer} {item.hours} of this, a job of {goal} {item} is done. Find x.",
        "Which number is x, if it takes {answer} {item.hours} to get through {goal} {item}? {team}",
        "A contract is for {goal} {item}. {team} The work lasts {answer} {item.hours}. How much "
        "is x?",
        "{team} A plan correctly gives {answer} {item.hours} for the job of {goal} {item}. "
        "Work out x.",
    ),
    "goal": phrasings(
        SLOTS,
        "{team} The job takes {answer} {item.hours}. How many {item} does it consist of?",
        "How large is the job, in {item}, if it takes {answer} {item.hours}? {team}",
        "A contract is for a number of {item}. {team} The work lasts {answer} {item.hours}. Which "
        "number does the contract state?",
        "{team} After {answer} {item.hours} everything is done. Find the number of {item}.",
        "A plan gives {answer} {item.hours} from start to finish. {team} What number of {item} is "
        "planned?",
    ),
}


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    item = d.choice(ITEMS)
    if difficulty == 1:
        rate, total = d.between(3, 99), d.between(3, 60)
        worker = (d.choice(PEOPLE), False, rate, 0)
        return {"item": item, "goal": rate * total, "team": (item, (worker,))}
    # How much later each one joins, and whether one tells the time alone.
    lone = difficulty == 3 or (difficulty > 3 and d.below(difficulty - 2) == 0)
    later = [0, 0 if difficulty < 4 or (lone and difficulty == 5) else d.between(2, 7)]
    if difficulty == 5:
        later.append(d.between(2, 7))
    total = left = d.between(2, 15 if difficulty < 4 else 9) + sum(later)
    goal, rates, hours = 0, [], []
    for wait in later:
        left -= wait
        rate = d.between(3, 40 if difficulty < 5 else 20)
        goal += rate * left
        rates.append(rate)
        hours.append(left)
    i = d.below(len(later)) if lone else -1
    if lone:
        # Alone that one must do the whole job in whole hours, 90 + hours[i] at most.
        rest = goal - rates[i] * hours[i]
        least = max(3, -(-rest // 90))
        fitting = [n for n in range(least, 41) if rest % n == 0 and n not in rates]
        if not fitting:
            return None
        rate = d.choice(fitting)
        goal = rest + rate * hours[i]
        rates[i] = goal // rate
    # What is asked for must not stand in the question.
    said = rates + later
    if total in said or (hidden == "rate" and said.count(rates[0]) > 1):
        return None
    people = d.sample(PEOPLE, len(later))
    workers = tuple([(person, j == i, rates[j], later[j]) for j, person in enumerate(people)])
    return {"item": item, "goal": goal, "team": (item, workers)}


def hide(facts: Facts, hidden: str) -> Facts:
    if hidden == "goal":
        return {name: value for name, value in facts.items() if name != "goal"}
    return facts | {"team": _put(facts["team"], None)}


def _put(team: Team, number: int | None) -> Team:
    """The team with another number of the first worker."""
    item, ((person, alone, _, later), *others) = team
    return item, ((person, alone, number, later), *others)


def forward(facts: Facts) -> Solution:
    goal, (item, workers) = facts["goal"], facts["team"]
    tool, times, per = item.tool, item.hours, item.per
    lines = [f"The job is {goal} {item}."]
    if len(workers) == 1:
        rate = workers[0][2]
        answer = goal // rate
        lines.append(
            f"At {rate} {per} {workers[0][0]}{tool} takes {goal} / {rate} = {answer} {times}."
        )
        return Solution(answer, "\n".join(lines), f"print({goal} // {rate})")
    rates, values = [], []
    for person, alone, number, _ in workers:
        rate, value = number, str(number)
        if alone:
            rate, value = goal // number, f"{goal} // {number}"
            lines.append(f"{person}{tool} alone manages {goal} / {number} = {rate} {per}.")
        rates.append(rate)
        values.append(value)
    program = [
        f"{'a, b' if len(rates) == 2 else 'a, b, c'} = {', '.join(values)}",
        f"left = {goal}",
    ]
    left, speed, formula, known = goal, rates[0], "a", ""
    for (person, _, _, later), rate, both in zip(workers[1:], rates[1:], _SUMS, strict=False):
        if later:
            done = later * speed
            rest = f"leave {left} - {done} = {left - done}"
            which = "next" if known else "first"
            lines.append(
                f"The {which} {later} {times} bring {later} * {speed} = {done} and {rest}."
            )
            program.append(f"left -= {later} * {formula}")
            left -= done
            known += f"{later} + "
        lines.append(f"Together with {person}{tool} it is {speed} + {rate} = {speed + rate} {per}.")
        speed += rate
        formula = both
    last = total = left // speed
    what = "The rest" if known else "At that speed the job"
    lines.append(f"{what} takes {left} / {speed} = {last} {times}.")
    if known:
        total += sum([later for *_, later in workers])
        lines.append(f"Altogether {known}{last} = {total} {times} pass.")
    program.append(f"print({known}left // {formula})")
    return Solution(total, "\n".join(lines), "\n".join(program))


def _late(workers: Sequence[Worker], i: int) -> list[int]:
    """The delays that add up until a worker joins."""
    return [worker[3] for worker in workers[1 : i + 1] if worker[3]]


def _share(
    team: Team, i: int, rate: int, total: int, lines: list[str], formula: str = ""
) -> tuple[int, str]:
    """What a worker does in all, and a formula for it; appends how it is found."""
    item, workers = team
    name, times, formula = workers[i][0] + item.tool, item.hours, formula or str(rate)
    late = _late(workers, i)
    if not late:
        done = total * rate
        lines.append(f"In {total} {times} {name} does {total} * {rate} = {done}.")
        return done, f"{formula} * total"
    hours = total - sum(late)
    done, less = hours * rate, " - ".join(map(str, late))
    lines += (
        f"{name} comes later and works {total} - {less} = {hours} {times}.",
        f"This brings {hours} * {rate} = {done}.",
    )
    return done, f"{formula} * (total - {less})"


def reverse(facts: Facts, hidden: str) -> Solution:
    if hidden == "goal":
        return _goal(facts)
    goal, team, total = facts["goal"], facts["team"], facts["answer"]
    item, workers = team
    (person, alone, x, _), times = workers[0], item.hours
    name = person + item.tool
    lines, left, sum_ = [f"The {goal} {item} take {total} {times}."], goal, ""
    program = [f"total, left = {total}, {goal}"]
    for i in range(len(workers) - 1, 0, -1):
        other, lone, number, _ = workers[i]
        rate, formula = number, ""
        if lone:
            rate, formula = goal // number, f"({goal} // {number})"
            lines.append(f"{other}{item.tool} does {goal} / {number} = {rate} {item.per}.")
        done, formula = _share(team, i, rate, total, lines, formula)
        who = "the others" if i > 1 else name
        lines.append(f"So {who} did {left} - {done} = {left - done}.")
        program.append(f"left -= {formula}")
        left -= done
        sum_ = f" + {done}{sum_}"
    rate = left // total
    if alone:
        lines += (
            f"That is {left} / {total} = {rate} {item.per}.",
            f"For the whole job {name} would need x = {goal} / {rate} = {x} {times}.",
        )
        program.append(f"print({goal} // (left // total))")
    else:
        lines.append(f"This took {name} {total} {times}, so x = {left} / {total} = {rate}.")
        program.append("print(left // total)")
    if workers[-1][3]:
        lines.append(f"Test it: {total} * {rate} = {left}, and {left}{sum_} = {goal}.")
    return Solution(x, "\n".join(lines), "\n".join(program), {"x": x})


def _goal(facts: Facts) -> Solution:
    """The size of the job: who has a rate does a number of it, who has a time alone a part."""
    goal, team, total = facts["goal"], facts["team"], facts["answer"]
    item, workers = team
    lines, shares, formulas = [f"The job takes {total} {item.hours}."], [], []
    lone = None
    for i, (_, alone, number, _) in enumerate(workers):
        if alone:
            lone = i
            continue
        done, formula = _share(team, i, number, total, lines)
        shares.append(done)
        formulas.append(formula)
    done = sum(shares)
    if len(shares) > 1:
        lines.append(f"That makes {' + '.join(map(str, shares))} = {done} {item}.")
    program = [f"total = {total}"]
    if lone is None:
        program.append(f"print({' + '.join(formulas)})")
        return Solution(goal, "\n".join(lines), "\n".join(program))
    person, _, alone, _ = workers[lone]
    name, late = person + item.tool, _late(workers, lone)
    hours = total - sum(late)
    if late:
        taken = " - ".join(map(str, (total, *late)))
        lines.append(f"{name} comes later and works {taken} = {hours} {item.hours}.")
    left = alone - hours
    part = done // left
    lines += (
        f"Of {alone} equal parts {name} does {hours}.",
        f"The other {alone} - {hours} = {left} parts are {done}, each {done} / {left} = {part}.",
        f"All the parts are {alone} * {part} = {goal} {item}.",
    )
    formula = f"{alone} - (total - {sum(late)})" if late else f"{alone} - total"
    program += (f"done = {' + '.join(formulas)}", f"print(done // ({formula}) * {alone})")
    return Solution(goal, "\n".join(lines), "\n".join(program))


def _done(workers: Sequence[Worker], goal: int, total: int) -> Fraction:
    """How much is done in that time."""
    done, start = Fraction(), 0
    for _, alone, number, later in workers:
        start += later
        done += Fraction(goal, number) * (total - start) if alone else number * (total - start)
    return done


def solve_forward(facts: Facts) -> list[int]:
    """What is done grows by the same amount in every hour after the last one has joined."""
    goal, (_, workers) = facts["goal"], facts["team"]
    start = sum(later for *_, later in workers)
    at_start = _done(workers, goal, start)
    more = (goal - at_start) / (_done(workers, goal, start + 1) - at_start)
    return [start + more.numerator] if more.denominator == 1 and more >= 0 else []


def solve_reverse(facts: Facts, hidden: str) -> list[int]:
    """The size of the job: two trials, as what is missing at the end is linear in it. The first
    worker's number: every number to 200."""
    total, (_, workers) = facts["answer"], facts["team"]
    if hidden == "goal":
        at_0 = _done(workers, 0, total)
        slope = _done(workers, 1, total) - at_0 - 1
        goal = -at_0 / slope if slope else Fraction(-1)
        return [goal.numerator] if goal.denominator == 1 and goal > 0 else []
    goal, first = facts["goal"], workers[0]
    rest = goal - _done(workers[1:], goal, total)  # the second one's delay counts from the start
    did = goal * total if first[1] else total
    return [x for x in range(1, 200) if (did == rest * x if first[1] else did * x == rest)]
