"""The configuration of `r1k curate`: one YAML file, every key overridable on the command line."""

from pathlib import Path
from typing import Literal

import polars as pl
from pydantic import Field, field_validator

from r1k.config import BENCHMARKS, CardConfig, Section, SourceConfig
from r1k.curation.contamination import RuleName
from r1k.curation.embed import Encoder
from r1k.errors import UserError

Kind = Literal["exact", "normalised", "near"]


class ContaminationConfig(Section):
    """Which overlaps with a benchmark remove a row, and which are only reported.

    `s1` and `open-r1` are the rules of those two projects (8 words between spaces in a row);
    `words-8` and `words-13` take letters and digits alone for words; `near` are questions whose
    MinHash similarity is at least `similarity`. Shared words remove a row only if at least
    `min_share` of the benchmark question's runs are shared; 0 is as s1 and open-r1 do.

    `semantic` are questions of which the model `embeddings` (a folder or a Hub id; any encoder that
    is made for the mean of its tokens' vectors) gives vectors whose cosine is at least
    `semantic_similarity`. `embeddings_revision` pins a model of the Hub.
    """

    remove: tuple[RuleName, ...] = ("s1", "near")
    report: tuple[RuleName, ...] = ("words-13",)
    similarity: float = Field(default=0.6, gt=0, le=1)
    min_share: float = Field(default=0.0, ge=0, le=1)
    embeddings: str | None = None
    embeddings_revision: str | None = None
    semantic_similarity: float = Field(default=0.9, gt=0, le=1)

    def pinned(self) -> "ContaminationConfig":
        """With the commit of the model, or the hash of its files, for `embeddings_revision`.

        Raises:
            UserError: a rule without a model, a model without the rule, or one that does not load.
        """
        if "semantic" not in (*self.remove, *self.report):
            if self.embeddings:
                raise UserError(
                    "contamination.embeddings: is used by the rule semantic alone; add it to "
                    "contamination.remove or contamination.report"
                )
            return self
        if not self.embeddings:
            raise UserError(
                "contamination: the rule semantic needs a model; name a folder or a Hub id with "
                "--contamination.embeddings MODEL"
            )
        encoder = Encoder.pinned(self.embeddings, self.embeddings_revision)
        return self.model_copy(update={"embeddings_revision": encoder.revision})

    def encoder(self) -> Encoder | None:
        """The model of the rule `semantic`."""
        return Encoder(self.embeddings, self.embeddings_revision) if self.embeddings else None


class DuplicatesConfig(Section):
    """Which questions repeat an earlier row's, which stays.

    `exact`: the same text. `normalised`: the same but for case, spaces, and LaTeX that only shapes
    the layout. `near`: a MinHash similarity of at least `similarity`, with the same numbers and
    signs (another number is another problem).
    """

    kinds: tuple[Kind, ...] = ("exact", "normalised", "near")
    similarity: float = Field(default=0.8, gt=0, le=1)


class QualityConfig(Section):
    """What a row must be. Lengths are in characters. With `trace`, rows without reasoning go.
    `patterns` maps names to regular expressions; a question in which one is found goes."""

    min_question_chars: int = Field(default=1, ge=0)
    max_question_chars: int = Field(default=20_000, ge=1)
    max_trace_chars: int = Field(default=400_000, ge=1)
    trace: bool = False
    patterns: dict[str, str] = Field(default_factory=dict)

    @field_validator("patterns")
    @classmethod
    def _compiles(cls, patterns: dict[str, str]) -> dict[str, str]:
        for pattern in patterns.values():
            try:
                pl.Series([""]).str.contains(pattern)
            except pl.exceptions.PolarsError as e:
                raise ValueError(f"not a regular expression: {str(e).splitlines()[-1]}") from None
        return patterns


class DifficultyConfig(Section):
    """How hard a row must be.

    `pass_rates` names columns of the source that hold how often a solver was right (0 to 1, or
    true and false); a row of which any is above `max_pass_rate` goes, one of which none is known
    stays. `min_trace_chars` is the shortest trace that stays.
    """

    pass_rates: list[str] = Field(default_factory=list)
    max_pass_rate: float = Field(default=0.0, ge=0, le=1)
    min_trace_chars: int = Field(default=0, ge=0)


class DiversityConfig(Section):
    """How many rows stay at most (none: all), spread over the domains that a column of the source
    names: a domain is drawn, each as likely as the others, then one of its rows, the longest trace
    with a probability of one half, the next with one quarter, and so on."""

    rows: int | None = Field(default=None, ge=1)
    domain: str | None = None


class CurateConfig(Section):
    """Everything that `r1k curate` does, but for SOURCE and OUT. The sections are applied in the
    order in which they stand here."""

    seed: int = Field(default=0, ge=0)
    source: SourceConfig = SourceConfig()
    against: list[str] = Field(default_factory=list)
    benchmarks: Path = BENCHMARKS
    contamination: ContaminationConfig = ContaminationConfig()
    duplicates: DuplicatesConfig = DuplicatesConfig()
    quality: QualityConfig = QualityConfig()
    difficulty: DifficultyConfig = DifficultyConfig()
    diversity: DiversityConfig = DiversityConfig()
    card: CardConfig = CardConfig()
