"""Looking at the problem families in a terminal, and proving them."""

import textwrap

from r1k.errors import UserError, nearest
from r1k.families import DIFFICULTIES, FAMILIES, make
from r1k.progress import Ticker
from r1k.verification.validate import is_clean, report, validate_all

_WIDTH = 96


def show_families(names: list[str], difficulty: int | None, pairs: int | None, seed: int) -> None:
    """Print the families (all, or those named) with an example each; with `names` or `pairs`,
    whole pairs with their traces, of one difficulty or of all.

    Raises:
        UserError: no family of that name.
    """
    chosen = _chosen(names)
    if names or pairs is not None:
        for name in chosen:
            for level in [difficulty] if difficulty else DIFFICULTIES:
                for number in range(1 if pairs is None else pairs):
                    print(render(name, level, seed + number))
                    print()
        return
    for area in sorted({FAMILIES[name].AREA for name in chosen}):
        print(area.upper())
        for name in chosen:
            if area != FAMILIES[name].AREA:
                continue
            pair = make(name, difficulty or 1, seed)
            print(f"  {name}: {FAMILIES[name].SUMMARY}")
            for side in (pair.forward, pair.reverse):
                print(_wrapped(f"{side.question} [{side.answer}]", 6))
        print()
    print(f"{len(chosen)} families; `r1k families NAME --difficulty 5 --pairs 3` shows more of one")


def render(name: str, difficulty: int, seed: int) -> str:
    """A pair as text."""
    pair = make(name, difficulty, seed)
    lines = [f"--- {name}, difficulty {difficulty}, seed {seed} ".ljust(_WIDTH, "-")]
    for direction, side in (("forward", pair.forward), ("reverse", pair.reverse)):
        lines.append(f"{direction}: {_wrapped(side.question, 9).lstrip()}")
        lines += [_wrapped(line, 4) for line in side.solution.trace.split("\n")]
        lines.append(f"    answer: {side.answer}")
        lines += [f"      | {line}" for line in side.solution.program.split("\n")]
    return "\n".join(lines)


def validate_families(names: list[str], samples: int) -> int:
    """Prove `samples` pairs of each family and difficulty, print a table; 0 if all is well, else 1.

    Raises:
        UserError: no family of that name, or no sample.
    """
    if samples < 1:
        raise UserError(f"--validate {samples}: at least 1 pair of each is needed")
    with Ticker() as ticker:
        cells = validate_all(_chosen(names), samples, ticker)
    print(report(cells))
    return 0 if is_clean(cells) else 1


def _chosen(names: list[str]) -> list[str]:
    for name in names:
        if name not in FAMILIES:
            hint = nearest(name, FAMILIES)
            raise UserError(f"no family {name!r}{hint}; `r1k families` lists them")
    return names or list(FAMILIES)


def _wrapped(text: str, indent: int) -> str:
    margin = " " * indent
    return textwrap.fill(text, _WIDTH, initial_indent=margin, subsequent_indent=margin)
