"""A dataset that is read back is the one that was written."""

from pathlib import Path

from r1k.hub.card import make_card
from r1k.hub.extend import read_dataset
from r1k.hub.write import first_example

ROOT = Path(__file__).parents[2]


def test_the_card_of_a_dataset_read_back_is_its_card() -> None:
    """But for the order in which the facts of the source are listed."""
    dataset = read_dataset(ROOT / "datasets/r1k")
    example = first_example(dataset.paths("pairs"))
    made = make_card(dataset.manifest, dataset.files, dataset.config, example).split("\n")
    card = (ROOT / "datasets/r1k/README.md").read_text(encoding="utf-8").split("\n")
    assert sorted(made) == sorted(card)
    made, card = ([s for s in lines if not s.startswith("- source ")] for lines in (made, card))
    assert made == card
