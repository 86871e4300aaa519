"""Minutes of a trip."""

from fractions import Fraction

import pytest

from r1k.families import journey, make
from r1k.families.words import Person

BIKE, REST, WALK = (12, "km", "by bike", 18, "hour"), (9,), (800, "metres", "on foot", 80, "minute")
RIDE = (900, "yards", "on skis", 5, "second")


def facts(*parts):
    return {"name": Person("Zoe"), "place": "the lake", "parts": parts}


def test_worked_example():
    known = facts(BIKE, REST, WALK)
    forward = journey.forward(known)
    assert forward.answer == 59
    assert "12 * 60 / 18 = 720 / 18 = 40" in forward.trace and "49 + 10 = 59" in forward.trace
    known["answer"] = 59
    assert journey.reverse(known, "length").answer == 12
    back = journey.reverse(known, "speed")
    assert back.answer == 18
    # From the end: first the walk goes, then the break.
    assert back.trace.index("59 - 10 = 49") < back.trace.index("49 - 9 = 40")


def test_question_reads_like_the_example_and_reads_back():
    known = facts(BIKE, REST, WALK)
    asked = journey.FORWARD[0].fill(known)
    assert asked == (
        "The trip of Zoe to the lake consists of 12 km by bike at 18 km/h, a break of 9 minutes and"
        " 800 metres on foot at 80 metres per minute. How many minutes does it take?"
    )
    assert journey.FORWARD[0].read(asked) == known


def test_a_rest_before_the_first_leg_is_a_wait():
    known = journey.hide(facts(REST, RIDE), "speed")
    asked = journey.REVERSE["speed"][0].fill(known | {"answer": 12})
    assert "a wait of 9 minutes and 900 yards on skis at x yards per second" in asked


@pytest.mark.parametrize(("leg", "minutes"), [(BIKE, 40), (WALK, 10), (RIDE, 3)])
def test_each_unit_of_speed(leg, minutes):
    known = facts(leg)
    assert journey.forward(known).answer == minutes
    assert journey.solve_forward(known) == [minutes]
    known["answer"] = minutes
    for hidden, number in (("length", leg[0]), ("speed", leg[3])):
        assert journey.reverse(known, hidden).answer == number
        assert journey.solve_reverse(journey.hide(known, hidden), hidden) == [number]


def test_solvers_see_when_no_whole_number_fits():
    assert journey.solve_forward(facts((10, "km", "by bike", 18, "hour"))) == []
    short = journey.hide(facts(BIKE, REST) | {"answer": 16}, "speed")
    assert journey.solve_reverse(short, "speed") == []  # 12 km in 7 minutes
    early = journey.hide(facts(BIKE, REST) | {"answer": 5}, "length")
    assert journey.solve_reverse(early, "length") == []  # over before the break is


def test_drawn_trips_take_whole_minutes():
    for seed in range(300):
        pair = make("journey", 5, seed)
        total = Fraction()
        for part in pair.facts["parts"]:
            hours = {"hour": 1, "minute": 60, "second": 3600}
            total += part[0] if len(part) == 1 else Fraction(part[0] * 60, part[3] * hours[part[4]])
        assert total == pair.facts["answer"]


def test_leaving_on_time_is_leaving_ahead():
    texts = [phrasing.template for phrasing in journey.REVERSE["speed"]]
    assert sum("leaves {answer} minutes ahead." in text for text in texts) == 1
