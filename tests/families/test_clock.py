"""Times of day."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from r1k.families import DIFFICULTIES, clock, make
from r1k.families.clock import Stage
from r1k.families.words import Person

START = 14 * 60 + 35
FACTS = {"name": Person("Mei"), "start": START, "plan": ((Stage("film"), 95, 0),)}
# From 22:10 to 23:00, over midnight and 5 hours ahead to 11:20, and on to 11:50.
FLIGHT = (
    (Stage("drive"), 50, 0),
    (Stage("night flight"), 440, 5),
    (Stage("walk"), 30, 0),
)
NIGHT = FACTS | {"start": 22 * 60 + 10, "plan": FLIGHT, "answer": 11 * 60 + 50}


def test_worked_example() -> None:
    solution = clock.forward(FACTS)
    assert clock.SLOTS["answer"].text(solution.answer) == "16:10"
    assert "The start, 14:35, is minute 14 * 60 + 35 = 875." in solution.trace
    assert "875 + 95 = 970" in solution.trace
    whole = FACTS | {"answer": solution.answer}
    assert clock.reverse(whole, "start").answer == START
    assert clock.reverse(whole, "minutes").answer == 95
    assert "970 - 875 = 95" in clock.reverse(whole, "minutes").trace


def test_over_midnight_into_another_time_zone() -> None:
    solution = clock.forward(NIGHT)
    assert solution.answer == NIGHT["answer"]
    assert "Clocks 5 hours ahead show 1820 + 5 * 60 = 2120." in solution.trace
    assert "2150 - 1440 = 710" in solution.trace
    assert clock.reverse(NIGHT, "start").answer == NIGHT["start"]
    assert clock.reverse(NIGHT, "minutes").answer == 440


def test_clocks_put_behind_may_lead_to_the_day_before() -> None:
    facts = FACTS | {"start": 30, "plan": ((Stage("flight"), 150, -9),)}
    solution = clock.forward(facts)
    assert solution.answer == 18 * 60
    assert "-360 + 1440 = 1080" in solution.trace
    assert clock.reverse(facts | {"answer": 1080}, "start").answer == 30
    assert clock.reverse(facts | {"answer": 1080}, "minutes").answer == 150


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_ends_agree_with_aware_datetimes(difficulty: int) -> None:
    for seed in range(60):
        pair = make("clock", difficulty, seed)
        zone = 0
        now = datetime(2023, 3, 3, tzinfo=UTC) + timedelta(minutes=pair.facts["start"])
        for _, minutes, ahead in pair.facts["plan"]:
            zone += ahead
            now += timedelta(minutes=minutes)
        local = now.astimezone(timezone(timedelta(hours=zone)))
        assert pair.forward.answer == f"{local:%H:%M}"


def test_from_difficulty_4_plans_go_over_midnight_and_time_zones() -> None:
    for difficulty in DIFFICULTIES:
        for seed in range(40):
            facts = make("clock", difficulty, seed).facts
            whole = sum(minutes for _, minutes, _ in facts["plan"])
            assert whole < clock.DAY
            assert (facts["start"] + whole >= clock.DAY) == (difficulty >= 4)
            assert sum(zone != 0 for *_, zone in facts["plan"]) == max(0, difficulty - 3)


def test_hours_are_singular_and_plural() -> None:
    plan = (
        (Stage("phone call"), 99, 0),
        (Stage("tour"), 121, 0),
        (Stage("flight"), 180, -1),
        (Stage("walk"), None, 0),
    )
    text = clock.SLOTS["plan"].text(plan)
    assert text == (
        "a phone call of 99 minutes, then a tour of 2 hours and 1 minute, then a flight of 3 hours "
        "to a place 1 hour behind, then a walk of n minutes"
    )
    assert clock.SLOTS["plan"].read(text) == plan


def test_solver_sees_that_no_length_below_a_day_fits() -> None:
    asked = clock.hide(NIGHT, "minutes")
    assert clock.solve_reverse(asked, "minutes") == [440]
    # At the end it would be earlier than the known stages allow.
    late = (asked["start"] + 80 + 300 - 1) % clock.DAY
    assert clock.solve_reverse(asked | {"answer": late}, "minutes") == []
