"""The configuration of `r1k generate`: one YAML file, every key overridable on the command line.

A recipe in `recipes/generate/` sets what differs from the defaults below. An override names a key
by its path: `--llm.solve.samples 8`, `--checks.required '[parsed, round_trip]'`; its value is read
as YAML. Unknown keys are refused with the nearest known one.
"""

import difflib
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from r1k.errors import UserError

# Where the benchmarks are named to which data must not be contaminated.
BENCHMARKS = Path("recipes/curate/benchmarks.yaml")
# Those that the paper is scored on: what pairs are compared with where nothing else is said.
PAPER_BENCHMARKS = ("math500", "aime24", "gpqa")
Column = Literal["question", "trace", "answer", "reference", "grade", "id"]


class Section(BaseModel):
    """A part of the configuration: frozen, and unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceConfig(Section):
    """Where and how the forward problems are read.

    `config`, `split` and `revision` are those of a Hub dataset (or of a local dataset folder).
    `columns` maps r1k's fields (question, trace, answer, reference, grade, id) to the source's
    columns, for sources whose columns are not recognised; a value of null leaves a field out.
    `limit` reads only the first rows. Rows larger than `max_row_bytes` are rejected.
    """

    config: str | None = None
    split: str = "train"
    revision: str | None = None
    columns: dict[Column, str | None] = Field(default_factory=dict)
    limit: int | None = Field(default=None, ge=1)
    max_row_bytes: int = Field(default=2_000_000, ge=1_000)


class ModelConfig(Section):
    """A model and how it is sampled. `revision` pins it; it is part of every completion's key. For
    a model in a folder, run in process, the SHA-256 of its files stands for it.

    A solver gives `samples` answers to every question. An inverter tries up to `samples` times,
    until the required checks do not reject its reverse problem.
    """

    model: str
    revision: str | None = None
    temperature: float = Field(default=0.0, ge=0)
    top_p: float = Field(default=1.0, gt=0, le=1)
    max_tokens: int = Field(default=4096, ge=1)
    samples: int = Field(default=1, ge=1, le=1024)


class Prices(Section):
    """Dollars per million tokens, to show what a run costs."""

    input: float = Field(ge=0)
    output: float = Field(ge=0)


class LLMConfig(Section):
    """The models, and how they are reached.

    `invert` makes the reverse question (inverter `llm`), `solve` answers it; `mask` with a
    `solve` model gets traces too. `backend: openai` talks to any OpenAI-compatible server at
    `base_url`, with the key in the environment variable `api_key_env` (none: no key is sent);
    `solve_base_url` is the solver's server where it is another one. `concurrency` bounds the
    calls in flight; `timeout` is in seconds for one call; a call is tried `retries` times more,
    waiting `backoff` seconds, doubled each time, or what Retry-After says. `structured` asks
    the server for JSON by schema. `prompt: blocks` is for a model that was trained on the
    `inversion` view: it is shown the forward problem alone and replies with the whole reverse
    problem, trace and answer too. `backend: transformers` runs the models in process, in batches
    of `batch_size`. `backend: recorded` reads completions made elsewhere from the file `recorded`
    (see r1k.inversion.recorded_client).
    """

    backend: Literal["openai", "transformers", "recorded"] = "openai"
    base_url: str = "http://127.0.0.1:8000/v1"
    solve_base_url: str | None = None
    api_key_env: str | None = None
    invert: ModelConfig | None = None
    solve: ModelConfig | None = None
    concurrency: int = Field(default=64, ge=1, le=4096)
    timeout: float = Field(default=900.0, gt=0)
    retries: int = Field(default=8, ge=0, le=100)
    backoff: float = Field(default=1.0, ge=0)
    prompt: Literal["instruct", "blocks"] = "instruct"
    structured: bool = True
    batch_size: int = Field(default=32, ge=1)
    recorded: Path | None = None
    device: str = "cpu"
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"
    prices: Prices | None = None


class ChecksConfig(Section):
    """Which checks are required, and their bounds.

    Lengths are in characters. `min_agreement` is the share of solver samples that must return the
    hidden given. `math_seconds` bounds one comparison of two answers. `duplicate_similarity` is
    the MinHash similarity from which a question counts as a near-duplicate of an earlier one.
    `against` lists benchmarks, each a name in the file `benchmarks` or `NAME=PATH`: the check
    `uncontaminated` is made against them, and required. Left out, they are those that the paper is
    scored on, as far as they can be read here; the card and the manifest name the others. `[]`:
    the check is not made.
    """

    required: list[str] = Field(default_factory=list)
    max_question_chars: int = Field(default=20_000, ge=1)
    max_trace_chars: int = Field(default=400_000, ge=1)
    max_answer_chars: int = Field(default=2_000, ge=1)
    min_agreement: float = Field(default=0.5, gt=0, le=1)
    math_seconds: float = Field(default=1.0, gt=0, le=60)
    duplicate_similarity: float = Field(default=0.6, gt=0, le=1)
    against: list[str] | None = None
    benchmarks: Path = BENCHMARKS

    @field_validator("against", mode="before")
    @classmethod
    def _split(cls, against: Any) -> Any:
        """`--checks.against math500=PATH,aime24`, as of `r1k curate --against`."""
        return list(filter(None, against.split(","))) if isinstance(against, str) else against


class SplitsConfig(Section):
    """Shares of the pairs held out. Pairs whose questions are more alike than `similarity` stay
    together."""

    validation: float = Field(default=0.0, ge=0, lt=1)
    test: float = Field(default=0.0, ge=0, lt=1)
    similarity: float = Field(default=0.7, gt=0, le=1)


class FamiliesConfig(Section):
    """Which problem families make how many pairs (inverter `program`).

    `names` (none: all but `held_out`) make the splits train, validation and test; `held_out` make
    `test_ood`, of which nothing is trained. Every family and difficulty (1 to 5) of a split makes
    as many pairs as the others, give or take one. No pair has the parameters of a pair of the
    dataset folders `apart`, or shares 13 words in a row with one.
    """

    names: list[str] = Field(default_factory=list)
    held_out: list[str] = Field(default_factory=list)
    difficulties: list[Annotated[int, Field(ge=1, le=5)]] = Field(
        default_factory=lambda: [1, 2, 3, 4, 5], min_length=1
    )
    train: int = Field(default=1000, ge=0)
    validation: int = Field(default=0, ge=0)
    test: int = Field(default=0, ge=0)
    test_ood: int = Field(default=0, ge=0)
    apart: list[Path] = Field(default_factory=list)


class ViewsConfig(Section):
    """Which pairs the training views hold, by verdict."""

    verdicts: list[Literal["accepted", "unverified"]] = Field(default_factory=lambda: ["accepted"])  # type: ignore[arg-type]


class CardConfig(Section):
    """What the dataset card says that r1k cannot know. `license` is a Hub licence identifier."""

    name: str | None = None
    license: str = "other"
    language: list[str] = Field(default_factory=lambda: ["en"])
    source_note: str | None = None


class Config(Section):
    """Everything that `r1k generate` does, but for SOURCE and OUT."""

    seed: int = Field(default=0, ge=0)
    inverter: Literal["mask", "llm", "program"] = "mask"
    batch_size: int = Field(default=100, ge=1)
    source: SourceConfig = SourceConfig()
    families: FamiliesConfig = FamiliesConfig()
    llm: LLMConfig = LLMConfig()
    checks: ChecksConfig = ChecksConfig()
    splits: SplitsConfig = SplitsConfig()
    views: ViewsConfig = ViewsConfig()
    card: CardConfig = CardConfig()


C = TypeVar("C", bound=BaseModel)


def load_config(path: Path, overrides: dict[str, str]) -> Config:
    """Read a recipe of `r1k generate` and apply `overrides`; see `read_config`."""
    return read_config(path, overrides, Config)


def read_config(path: Path | None, overrides: dict[str, str], kind: type[C]) -> C:
    """Read a recipe (none: all defaults) and apply `overrides` (`{"llm.solve.samples": "8"}`).

    Raises:
        UserError: no such file, not YAML, an unknown key, a value of the wrong kind.
    """
    tree = _tree(path) if path else {}
    for key, value in overrides.items():
        _set(tree, key, value)
        parent, _, last = key.rpartition(".")
        if parent and last == "model" and f"{parent}.revision" not in overrides:
            # The recipe's revision is that of the recipe's model.
            _set(tree, f"{parent}.revision", "null")
    try:
        return kind.model_validate(tree)
    except ValidationError as e:
        raise UserError(_explain(e, str(path), kind, overrides)) from None


def _tree(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UserError(f"{path}: no such config file; recipes are in recipes/") from None
    except (OSError, UnicodeDecodeError) as e:
        raise UserError(f"{path}: cannot be read as a UTF-8 text file ({e})") from None
    try:
        tree = yaml.safe_load(text) or {}
    except yaml.YAMLError as e:
        mark = getattr(e, "problem_mark", None)
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise UserError(f"{path}: not valid YAML{where}: {getattr(e, 'problem', e)}") from None
    if not isinstance(tree, dict):
        raise UserError(f"{path}: a config is a mapping of keys to values, this is not one")
    return tree


def _set(tree: dict[str, Any], key: str, value: str) -> None:
    *parents, last = key.split(".")
    for parent in parents:
        node = tree.get(parent)
        if node is None:
            node = tree[parent] = {}
        if not isinstance(node, dict):
            raise UserError(f"--{key}: {parent!r} is a value, it has no keys of its own")
        tree = node
    try:
        tree[last] = yaml.safe_load(value)
    except yaml.YAMLError:
        raise UserError(f"--{key}: {value!r} is not a YAML value; quote it") from None


def _known_keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    keys = []
    for name, field in model.model_fields.items():
        keys.append(prefix + name)
        for hint in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(hint, type) and issubclass(hint, BaseModel):
                keys += _known_keys(hint, f"{prefix}{name}.")
    return keys


def _likeness(key: str, known: str) -> float:
    """0 to 1; the last part of a key counts more than the sections that it is in."""
    parts = (key, known), (key.rpartition(".")[2], known.rpartition(".")[2])
    whole, last = (difflib.SequenceMatcher(None, a, b).ratio() for a, b in parts)
    return (whole + 2 * last) / 3


def _explain(
    error: ValidationError, path: str, kind: type[BaseModel], overrides: Collection[str] = ()
) -> str:
    """What is wrong with a YAML file or the keys that override it, in one line."""
    first = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"] if part != "[key]")
    where = f"--{key}" if key in overrides else f"{path}, key {key!r}"
    if first["type"] == "extra_forbidden":
        near = max(_known_keys(kind), key=lambda known: _likeness(key, known))
        hint = f"; did you mean {near!r}?" if _likeness(key, near) > 0.6 else ""
        return f"{where}: unknown config key{hint}"
    more = len(error.errors()) - 1
    tail = f" ({more} more like it)" if more else ""
    return f"{where}: {first['msg']}, got {str(first['input'])[:80]!r}{tail}"
