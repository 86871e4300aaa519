"""Days in the calendar."""

from datetime import date, timedelta

import pytest

from r1k.families import DIFFICULTIES, make, weekday
from r1k.families.words import Person

WEDNESDAY = (3, 0, 0, 0)
FACTS = {
    "name": Person("Mei"),
    "event": "party",
    "form": "weekday",
    "start": WEDNESDAY,
    "moves": ((45, "days", 1, 0),),
}


def _dated(day: date, moves: tuple[tuple[int, str, int, int], ...], weekday: bool = True) -> dict:
    start = (day.isoweekday() if weekday else 0, day.day, day.month, day.year)
    return FACTS | {"start": start, "moves": moves}


def _date(day: tuple[int, int, int, int]) -> date:
    return date(day[3], day[2], day[1])


def test_worked_example() -> None:
    solution = weekday.forward(FACTS)
    assert weekday.SLOTS["answer"].text(solution.answer) == "Saturday"
    assert "45 = 6 * 7 + 3" in solution.trace
    assert solution.trace.endswith("Thursday, Friday, Saturday.")
    whole = FACTS | {"answer": solution.answer}
    assert weekday.reverse(whole, "start").answer == WEDNESDAY
    days = weekday.reverse(whole, "days")
    assert (days.answer, days.values) == (45, {"n": 45})
    assert "n = 42 + 3 = 45" in days.trace


@pytest.mark.parametrize("difficulty", DIFFICULTIES[1:])
def test_dates_agree_with_datetime(difficulty: int) -> None:
    for seed in range(100):
        facts = make("weekday", difficulty, seed).facts
        then = _date(facts["start"])
        for amount, unit, sign, _ in facts["moves"]:
            then += sign * timedelta(**{unit: amount})
        assert _date(facts["answer"]) == then
        if difficulty > 2:
            assert _date(facts["start"]).isoweekday() == facts["start"][0]
            assert then.isoweekday() == facts["answer"][0]


def test_every_walk_through_two_years_ends_where_datetime_does() -> None:
    for first in (date(2023, 11, 30), date(2024, 1, 31), date(2024, 3, 1), date(2025, 3, 1)):
        for days in range(32, 150):
            day = (0, first.day, first.month, first.year)
            ahead, _ = weekday._ahead(day, days)
            back, _ = weekday._back(day, days)
            assert _date(ahead) == first + timedelta(days)
            assert _date(back) == first - timedelta(days)
            assert weekday._between(day, ahead)[0] == days


def test_a_leap_year_has_a_29th_of_february() -> None:
    moves = ((30, "days", 1, 0),)
    leap = weekday.forward(_dated(date(2024, 2, 5), moves))
    assert leap.answer == (3, 6, 3, 2024)
    assert "29 February, as 2024 mod 4 = 0, takes 29 - 5 = 24" in leap.trace
    common = weekday.forward(_dated(date(2023, 2, 5), moves))
    assert common.answer == (2, 7, 3, 2023)
    assert "as 2023 mod 4 = 3" in common.trace


def test_moves_there_and_back_are_added_with_their_signs() -> None:
    moves = ((3, "weeks", -1, 0), (5, "weeks", 1, 0), (132, "days", 1, 0))
    facts = _dated(date(2009, 2, 15), moves)
    solution = weekday.forward(facts)
    assert "-3 * 7 + 5 * 7 + 132 = -21 + 35 + 132 = 146" in solution.trace
    whole = facts | {"answer": solution.answer}
    assert weekday.reverse(whole, "start").answer == facts["start"]
    assert weekday.reverse(whole, "days").answer == 132


def test_whole_weeks_lead_to_the_same_weekday() -> None:
    solution = weekday.forward(_dated(date(2030, 5, 15), ((63, "days", -1, 0),)))
    assert "63 = 9 * 7, it is Wednesday again" in solution.trace


def test_the_weeks_around_n_make_it_unique() -> None:
    asked = weekday.hide(FACTS | {"answer": (6, 0, 0, 0)}, "days")
    text = weekday.SLOTS["moves"].text(asked["moves"])
    assert text == "n days (between 6 and 7 weeks) later"
    assert weekday.SLOTS["moves"].read(text) == asked["moves"]
    assert weekday.solve_reverse(asked, "days") == [45]


def test_solvers_see_what_cannot_be() -> None:
    facts = _dated(date(2024, 5, 15), ((40, "days", 1, 0),))
    whole = facts | {"answer": weekday.forward(facts).answer}
    asked = weekday.hide(whole, "days")
    assert weekday.solve_reverse(asked, "days") == [40]
    before = (5, 10, 5, 2024)  # a day before the start is not later
    assert weekday.solve_reverse(asked | {"answer": before}, "days") == []
    wrong = (1, *facts["start"][1:])  # 15 May 2024 was no Monday
    assert weekday.solve_forward(facts | {"start": wrong}) == []
