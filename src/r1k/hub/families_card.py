"""The parts of the card that only a dataset of the problem families has."""

from typing import Any

from r1k.families import FAMILIES
from r1k.hub.markdown import md, table
from r1k.schema import Pair

INTRO = """Reasoning problems in pairs. Each *forward* problem has a *reverse* problem made from
it: the forward answer has become a given, and one forward given has become the unknown. Programs
made both, with a step-by-step trace each, and every pair is proven: its questions were read back
from their text and solved by independent solvers, which found the stated answer and no other."""

WHAT = """- **It is** a set of pairs that are certainly right, in both directions: to train on
  either direction or both, to measure whether a model keeps the two apart, and to test tools
  offline.
- **It is not** made from s1K (`simplescaling/s1K`), and no language model
  wrote any of it. The paper inverts s1K with a model; r1k does that too, with every pair
  checked: `r1k generate simplescaling/s1K --config recipes/generate/openai.yaml -o out/r1k-s1k`.
- **It is not** a measure of mathematical skill in general: the problems are of school level, and
  each family asks in a fixed number of ways."""

MADE = """A *family* draws numbers, names and a wording, and writes the forward question, the
reverse question that hides one given, both traces, and a program that computes each answer.
Difficulty 1 takes a step or two; each further level takes more. A pair is accepted if all of
these hold:

- `forward_exact`, `reverse_exact`: the question is read back from its text into numbers, and a
  solver that knows nothing of how the pair was made (exhaustive search, or another algebra)
  finds the stated answer and no other;
- `inverse_exact`: the reverse question states the forward answer and every given but the hidden
  one;
- `answers_hidden`: no question states its own answer;
- `steps_true`: every equation and inequality in both traces is true, recomputed in exact
  arithmetic;
- `own_trace`, `plain_layout`: the reverse trace repeats no line of the forward one, and both are
  plain sentences that open alike, so that only the content tells the direction;
- `held_out`: nothing of it is in an earlier split: no run of 13 words of its questions or
  traces, and not its parameters (the splits are filled in the order test_ood, test, validation,
  train);
- `repeated`: neither question is equal to an earlier one.

The `rejected` pairs failed one of these; nothing was dropped. The same seed, configuration and
library versions give the same bytes on every machine."""

LIMITS = """- Every family has at least eight phrasings of each direction, no more; a model may
  learn the phrasings. `test_ood` holds families that are in no other split.
- The language is English, the names are from many places, and women and men are as frequent.
- Traces are terse and show one way to the answer. The steps that are checked are those written
  as relations; the words between them are the family's.
- "Harder" means more steps, by construction; how hard a problem is for a model has to be
  measured."""


def families_table(manifest: dict[str, Any]) -> str:
    """Families with their areas, and how many pairs of each are in which split."""
    counts: dict[str, dict[str, int]] = {}
    for cell in manifest["statistics"]["cells"]:
        own = counts.setdefault(cell["family"], {})
        own[cell["split"]] = own.get(cell["split"], 0) + cell["pairs"]
    splits = [
        s
        for s in ("train", "validation", "test", "test_ood")
        if any(s in c for c in counts.values())
    ]
    rows = [
        [
            f"`{name}`",
            FAMILIES[name].AREA,
            FAMILIES[name].SUMMARY,
            *(counts[name].get(s, "") for s in splits),
        ]
        for name in sorted(
            counts, key=lambda name: ("test_ood" in counts[name], FAMILIES[name].AREA, name)
        )
    ]
    return table(["family", "area", "problem", *splits], rows)


def lengths_table(manifest: dict[str, Any]) -> str:
    """Mean characters of questions and traces, by difficulty, over all splits."""
    rows = []
    cells = manifest["statistics"]["cells"]
    for level in sorted({cell["difficulty"] for cell in cells}):
        own = [cell for cell in cells if cell["difficulty"] == level]
        pairs = sum(cell["pairs"] for cell in own)
        names = ("forward_question", "reverse_question", "forward_trace", "reverse_trace")
        means = [round(sum(c["pairs"] * c[name] for c in own) / pairs) for name in names]
        rows.append([level, pairs, *means])
    head = ["forward question", "reverse question", "forward trace", "reverse trace"]
    return table(["difficulty", "pairs", *head], rows)


def example(pair: Pair) -> str:
    """One pair, as text."""
    assert pair.reverse
    parts = [f"A pair of the family `{pair.family}`, difficulty {pair.difficulty}:"]
    for direction, problem in (("Forward", pair.forward), ("Reverse", pair.reverse)):
        lines = [f"**{direction}.** {md(problem.question)}", ""]
        lines += [f"{md(line)}  " for line in (problem.trace or "").split("\n")]
        lines += ["", f"Answer: **{md(problem.answer)}**"]
        parts.append(
            "\n".join(f"> {line}".rstrip(" ") if not line else f"> {line}" for line in lines)
        )
    return "\n\n".join(parts)
