"""Shopping."""

from r1k.families import shop
from r1k.families.words import Person, Thing

FACTS = {
    "name": Person("Ravi"),
    "money": "euros",
    "start": 50,
    "basket": ((3, Thing("pens"), 4), (1, Thing("scarves"), 7)),
}


def test_worked_example() -> None:
    solution = shop.forward(FACTS)
    assert solution.answer == 31
    assert "3 pens for 3 * 4 = 12, which leaves 50 - 12 = 38" in solution.trace
    assert shop.reverse(FACTS | {"answer": 31}, "start").answer == 50
    back = shop.reverse(FACTS | {"answer": 31}, "price")
    assert (back.answer, back.values) == (4, {"p": 4})
    assert "1 scarf for 7: the rest took 19 - 7 = 12" in back.trace


def test_one_thing_is_singular() -> None:
    text = shop.FORWARD[0].fill(
        {"name": "Ravi", "start": 50, "money": "euros", "basket": FACTS["basket"]}
    )
    assert (
        text
        == "Ravi has 50 euros and buys 3 pens at 4 each and 1 scarf at 7. How many euros are left?"
    )


def test_the_hidden_price_is_named_in_the_basket() -> None:
    hidden = shop.hide(FACTS | {"answer": 31}, "price")
    assert shop._show(hidden["basket"]) == "3 pens at p each and 1 scarf at 7"
    assert shop._read("3 pens at p each and 1 scarf at 7") == hidden["basket"]


def test_solvers_see_what_has_no_solution() -> None:
    asked = shop.hide(FACTS | {"answer": 31}, "price")
    assert shop.solve_reverse(asked, "price") == [4]
    assert shop.solve_reverse(asked | {"answer": 32}, "price") == []
    assert shop.solve_reverse(
        {**asked, "basket": ((0, Thing("pens"), None),), "start": 31}, "price"
    ) != [4]


def test_money_is_asked_for_by_its_name() -> None:
    # What was named last are things, so "how many" alone would ask for them.
    for phrasing in (*shop.FORWARD, *shop.REVERSE["start"]):
        assert "How many are" not in phrasing.template
        assert "How many were" not in phrasing.template


def test_the_trace_knows_of_no_purse() -> None:
    # Most questions speak of a card, a pocket or of none of these.
    assert shop.forward(FACTS).trace.startswith("The money in hand at the start is 50 euros.\n")
