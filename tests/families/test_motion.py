"""Laws of physics in a row, by hand and by simulation."""

from itertools import pairwise

import pytest

from r1k.families import make
from r1k.families import motion as family
from r1k.families.words import Person


def story(path, *numbers):
    path = tuple(path.split("/"))
    return {
        "name": Person("Carlos"), "friend": Person("Yara"), "story": (path, numbers),
        "goal": family._GOALS[path[-1]],
    }  # fmt: skip


BLOCK = story("volume/mass/force", 6, 4, 5)


def test_a_block_with_a_density_and_an_acceleration():
    forward = family.forward(BLOCK)
    assert forward.answer == 120
    assert "4 * 6 = 24 kilograms" in forward.trace and "5 * 24 = 120 newtons" in forward.trace
    whole = BLOCK | {"answer": 120}
    reverse = family.reverse(whole, "start")
    assert reverse.answer == 6
    assert "120 / 5 = 24" in reverse.trace and "24 / 4 = 6 litres" in reverse.trace
    assert family.reverse(whole, "given").answer == 4
    assert family.SLOTS["story"].text(family.hide(whole, "given")["story"]) == (
        "A block takes up 6 litres. Its density is k kilograms per litre. "
        "It accelerates at 5 m/s^2."
    )


def test_acceleration_adds_speed_every_second():
    cart = story("first speed/speed", 5, 2, 7)
    speed = 5
    for _ in range(7):
        speed += 2
    assert family.forward(cart).answer == speed
    whole = cart | {"answer": speed}
    assert family.reverse(whole, "start").answer == 5
    assert family.reverse(whole, "given").answer == 2
    assert family.solve_reverse(family.hide(whole, "given"), "given") == [2]


def test_kinetic_energy_goes_with_the_square_of_the_speed():
    ball = story("speed/energy", 6, 8)
    assert family.forward(ball).answer == 8 * 6**2 / 2
    whole = ball | {"answer": 144}
    assert family.reverse(whole, "start").answer == 6
    assert family.reverse(whole, "given").answer == 8


def test_nothing_is_found_that_was_known():
    for paths in family._PATHS[1:]:
        for path in paths:
            assert len(set(path)) == len(path)
            givens = [family._LAW[step].given for step in pairwise(path)]
            assert path[-1] not in givens
            assert [*path, *givens].count("mass") <= 1


def test_every_story_is_told_in_its_own_words():
    assert len(family._PATH) == len(family._TEMPLATE)
    for path, template in family._TEMPLATE.items():
        numbers = tuple(range(2, 2 + template.count("{}")))
        slot = family.SLOTS["story"]
        assert slot.read(slot.text((path, numbers))) == (path, numbers)


@pytest.mark.parametrize("hidden", ["start", "given"])
def test_only_the_true_number_fits(hidden):
    place = 0 if hidden == "start" else 1
    for seed in range(40):
        facts = make("motion", 4, seed).facts
        path, numbers = facts["story"]
        fits = [
            k
            for k in range(1, 1000)
            if family._value((path, (*numbers[:place], k, *numbers[place + 1 :])))
            == facts["answer"]
        ]
        assert fits == [numbers[place]] == family.solve_reverse(family.hide(facts, hidden), hidden)


def test_the_last_question_names_what_is_asked():
    crate = story("mass/momentum", 5, 18) | {"answer": 90}
    assert family.FORWARD[-1].fill(crate).endswith("What is the momentum in newton seconds?")
    back = family._BACK[-1].fill(family.hide(crate, "start"))
    assert back.endswith("A crate has a mass of k kilograms. It moves at 18 m/s. What is k?")


def test_a_result_that_is_not_whole_is_no_answer():
    assert family.solve_forward(story("energy/power", 10, 4)) == []
    impossible = family.hide(BLOCK | {"answer": 121}, "start")
    assert family.solve_reverse(impossible, "start") == []
