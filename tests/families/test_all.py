"""What holds for every family: pairs are proven, the same everywhere, varied, and get harder."""

import re
from collections import Counter
from pathlib import Path

import pytest

import r1k.families
from r1k.families import DIFFICULTIES, FAMILIES, make, parameters
from r1k.families.words import PEOPLE
from r1k.verification.validate import Cell, validate

ROOT = Path(__file__).parents[2]
SAMPLES = 60
# SHA-256 over the texts of seeds 0 to 4 at each difficulty: changes with VERSION alone.
BYTES = Path(__file__).with_name("bytes.txt")


@pytest.fixture(scope="module", params=list(FAMILIES))
def cells(request: pytest.FixtureRequest) -> list[Cell]:
    return [validate(request.param, difficulty, SAMPLES) for difficulty in DIFFICULTIES]


def test_every_pair_is_proven(cells: list[Cell]) -> None:
    assert [(c.family, c.difficulty, c.first) for c in cells if c.faults] == []


def test_no_two_questions_are_equal(cells: list[Cell]) -> None:
    assert sum(cell.repeated for cell in cells) == 0


def test_traces_grow_with_difficulty(cells: list[Cell]) -> None:
    for which in (0, 1):
        assert cells[0].chars[which] < cells[2].chars[which] < cells[4].chars[which]


def test_the_two_directions_are_equally_long(cells: list[Cell]) -> None:
    forward, reverse = (sum(cell.chars[which] for cell in cells) for which in (0, 1))
    assert 0.88 < reverse / forward < 1.12  # 10 % over thousands of pairs; here are 300


def test_test_pairs_rarely_share_13_words_with_training(cells: list[Cell]) -> None:
    assert max(cell.overlap for cell in cells) <= 0.5


@pytest.mark.parametrize("name", FAMILIES)
def test_phrasings(name: str) -> None:
    family = FAMILIES[name]
    assert len({p.template for p in family.FORWARD}) >= 8
    assert len({p.template for own in family.REVERSE.values() for p in own}) >= 8
    assert all(len(own) >= 4 for own in family.REVERSE.values())
    assert not any("{answer}" in p.template for p in family.FORWARD)
    for own in family.REVERSE.values():
        assert all("answer" in p.names for p in own)


@pytest.mark.parametrize("name", FAMILIES)
def test_all_phrasings_and_hidden_givens_occur(name: str) -> None:
    family = FAMILIES[name]
    pairs = [make(name, 2, seed) for seed in range(150)]
    for asked, own in [("forward", family.FORWARD), *family.REVERSE.items()]:
        texts = [p.forward.question if asked == "forward" else p.reverse.question for p in pairs]
        for phrasing in own:
            assert any(phrasing.read(text) is not None for text in texts), phrasing.template
    assert {pair.hidden for pair in pairs} == set(family.REVERSE)


def test_there_are_many_families_in_many_areas() -> None:
    assert len(FAMILIES) >= 24
    assert len({family.AREA for family in FAMILIES.values()}) >= 8


def test_every_file_is_listed_and_has_a_test_file() -> None:
    folder = Path(r1k.families.__file__).parent
    files = {path.stem for path in folder.glob("*.py")} - {"__init__", "base", "words"}
    assert files == set(FAMILIES)
    for name in FAMILIES:
        assert (Path(__file__).parent / f"test_{name}.py").is_file()


def test_names_are_balanced() -> None:
    pattern = re.compile(r"\b(?:" + "|".join(PEOPLE) + r")\b")
    people = {str(person): person.he for person in PEOPLE}
    counts: Counter[str] = Counter()
    for name in FAMILIES:
        for seed in range(60):
            counts.update(
                people[n] for n in set(pattern.findall(make(name, 1, seed).forward.question))
            )
    assert counts.total() > 1000
    assert 0.45 < counts["she"] / counts.total() < 0.55


def test_the_bytes_of_a_seed_never_change() -> None:
    import hashlib

    lines = []
    for name, family in FAMILIES.items():
        digest = hashlib.sha256()
        for difficulty in DIFFICULTIES:
            for seed in range(5):
                pair = make(name, difficulty, seed)
                digest.update("\n".join([*pair.texts(), parameters(pair)]).encode())
        lines.append(f"{name} {family.VERSION} {digest.hexdigest()[:16]}")
    expected = BYTES.read_text().splitlines()
    assert lines == expected, "pairs changed: raise VERSION of the family and update bytes.txt"


def test_parameters_leave_wording_out() -> None:
    pair = make("shop", 2, 0)
    text = parameters(pair)
    assert str(pair.facts["start"]) in text
    assert str(pair.facts["name"]) not in text
    assert not any(str(thing) in text for _, thing, _ in pair.facts["basket"])


def test_an_unknown_family() -> None:
    with pytest.raises(KeyError):
        make("nothing", 1, 0)
