"""route: shortest ways, compared with networkx."""

import networkx as nx
import pytest

from r1k.families import make, route
from r1k.families.words import PEOPLE

ROADS = (
    ("Elton", "Garth", 5),
    ("Garth", "Lowick", 8),
    ("Elton", "Hythe", 6),
    ("Hythe", "Lowick", 9),
)
FACTS = {"name": PEOPLE[0], "unit": "km", "roads": ROADS, "start": "Elton", "end": "Lowick"}
UNKNOWN = (("Elton", "Garth", None), *ROADS[1:])


def graph(roads: tuple[tuple[str, str, int], ...]) -> nx.Graph:
    known = nx.Graph()
    known.add_weighted_edges_from(roads)
    return known


def test_worked_example_forward() -> None:
    solution = route.forward(FACTS)
    assert solution.answer == 13
    assert "by Garth takes 5 + 8 = 13 km" in solution.trace
    assert "by Hythe takes 6 + 9 = 15 km" in solution.trace
    assert "The shortest, over Elton-Garth, takes min(13, 15) = 13 km." in solution.trace


def test_worked_example_reverse() -> None:
    solution = route.reverse(FACTS | {"answer": 13}, "length")
    assert solution.answer == 5
    assert "6 + 9 = 15 > 13" in solution.trace and "k = 13 - 8 = 5" in solution.trace
    assert route.hide(FACTS, "length")["roads"] == UNKNOWN


@pytest.mark.parametrize("difficulty", [1, 2, 3, 4, 5])
def test_shortest_ways_are_those_of_networkx(difficulty: int) -> None:
    for seed in range(60):
        pair = make("route", difficulty, seed)
        known, start, end = graph(pair.facts["roads"]), pair.facts["start"], pair.facts["end"]
        expected = nx.shortest_path_length(known, start, end, weight="weight")
        assert int(pair.forward.answer) == expected
        assert route.solve_forward(pair.facts) == [expected]
        ways = list(nx.all_simple_paths(known, start, end))
        named = [line for line in pair.forward.solution.trace.split("\n") if " way by " in line]
        assert len(named) == len([way for way in ways if len(way) > 2])


def test_the_last_line_says_which_way_with_k_is_the_shortest() -> None:
    only = route.reverse(FACTS | {"answer": 13}, "length").trace.split("\n")
    assert only[-1] == "So k + 8 = 13 and k = 13 - 8 = 5."
    roads = (*ROADS, ("Garth", "Hythe", 4))
    lines = route.reverse(FACTS | {"roads": roads, "answer": 13}, "length").trace.split("\n")
    assert lines[-1] == "The shortest way with k is k + 8, so k + 8 = 13 and k = 13 - 8 = 5."


def test_programs_quote_in_one_way() -> None:
    for program in (route.forward(FACTS), route.reverse(FACTS | {"answer": 13}, "length")):
        assert "'" not in program.program and '("Garth", "Lowick", 8)' in program.program


def test_hidden_road_is_the_first_of_the_shortest_way() -> None:
    for seed in range(60):
        pair = make("route", 5, seed)
        at = [n for _, _, n in route.hide(pair.facts, "length")["roads"]].index(None)
        x, y, n = pair.facts["roads"][at]
        assert n == int(pair.reverse.answer)
        way = nx.shortest_path(
            graph(pair.facts["roads"]), pair.facts["start"], pair.facts["end"], weight="weight"
        )
        assert {x, y} == set(way[:2])


def test_solver_sees_a_road_that_the_shortest_way_does_not_need() -> None:
    back = FACTS | {"roads": UNKNOWN, "answer": 15}
    assert route.solve_reverse(back, "length")[:3] == [7, 8, 9]


def test_solver_sees_that_no_length_fits() -> None:
    assert route.solve_reverse(FACTS | {"roads": UNKNOWN, "answer": 16}, "length") == []
    assert route.solve_reverse(FACTS | {"roads": UNKNOWN, "answer": 8}, "length") == []


def test_roads_are_used_in_both_directions() -> None:
    turned = tuple((y, x, n) for x, y, n in ROADS)
    assert route.forward(FACTS | {"roads": turned}).answer == 13
    assert route.solve_forward(FACTS | {"roads": turned}) == [13]


def test_a_direct_road_is_compared_too() -> None:
    direct = FACTS | {"roads": (*ROADS, ("Lowick", "Elton", 20))}
    solution = route.forward(direct)
    assert "The direct road takes 20 km." in solution.trace
    back = route.reverse(direct | {"answer": 13}, "length")
    assert "Directly it is 20 > 13." in back.trace and back.answer == 5
