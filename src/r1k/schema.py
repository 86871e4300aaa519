"""The one definition of a pair: used to write, to read and to validate every table of r1k.

A *problem* is a question, its reasoning (the trace) and its answer. A *pair* is a forward problem
and the reverse problem made from it: the forward answer has become a given, and one forward given
has become the unknown. `Pair` is a pydantic model, so that what is read back is validated;
`arrow_schema(Pair)` is the same definition as a parquet schema, so that an all-empty column never
changes type from file to file.
"""

import hashlib
import types
from pathlib import PurePath
from typing import Any, Literal, Union, get_args, get_origin

import orjson
import pyarrow as pa
from pydantic import BaseModel, ConfigDict

Direction = Literal["forward", "reverse"]
Outcome = Literal["pass", "fail", "not_run"]
Verdict = Literal["accepted", "unverified", "rejected"]
Status = Literal["submitted", "discarded", "draft"]
Faithful = Literal["faithful", "paraphrase", "not_determined", "contradicts", "other"]
AnswerRight = Literal["yes", "no", "unsure"]
Decision = Literal["validated", "rejected", "undecided"]


class Record(BaseModel):
    """Base of everything that is stored: unknown fields are refused, values are not changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Problem(Record):
    """One problem of a pair.

    `answer` is the final answer of this problem as text or LaTeX without `\\boxed`; `answer_from`
    says where it was found (`column`, `boxed`, `marker`, `whole`, `last line`, `given`, ...;
    `whole`: the text was nothing but the answer). `reference` is what the answer must equal: for a
    forward problem the answer of a second, independent text of the source (None if it has none),
    for a reverse problem the hidden given. `option` is the text of the chosen option when `answer`
    is the letter of one. `tokens` counts the completion tokens of the trace where the server
    reported them. `program` is a Python program that prints the answer, for pairs of a family.
    """

    question: str
    trace: str | None = None
    answer: str | None = None
    answer_from: str | None = None
    reference: str | None = None
    option: str | None = None
    tokens: int | None = None
    program: str | None = None


class Check(Record):
    """One named test of a pair, with its outcome and the evidence for it, in words."""

    id: str
    version: int
    outcome: Outcome
    required: bool
    evidence: str


class Provenance(Record):
    """Where a pair comes from: enough to make it again.

    `source_row` counts from 0 in the order of the source; `source_sha256` is the hash of the
    row's canonical JSON; `sampling` is the canonical JSON of the sampling parameters;
    `samples` and `samples_right` count the solver's attempts at the reverse question.
    """

    source: str
    source_config: str | None = None
    source_split: str | None = None
    source_revision: str | None = None
    source_row: int
    source_id: str | None = None
    source_sha256: str
    source_grade: str | None = None
    inverter: str
    inverter_version: int
    prompt_version: str | None = None
    model: str | None = None
    model_revision: str | None = None
    solver: str | None = None
    solver_revision: str | None = None
    sampling: str | None = None
    seed: int
    samples: int = 0
    samples_right: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Pair(Record):
    """A forward problem, the reverse problem made from it, and all that is known of the two.

    `given` is the hidden given as it stands in the forward question. `reasons` names the required
    checks that failed (rejected) or could not be run (unverified), or says why no reverse problem
    could be made; it is empty for an accepted pair. `reverse` is None where none was made.
    `family`, `difficulty` (1 to 5) and `parameters` (the numbers of the problem as canonical JSON,
    without names and wording) are known for pairs that a family of r1k made.
    """

    pair_id: str
    verdict: Verdict
    reasons: list[str]
    forward: Problem
    reverse: Problem | None
    given: str | None
    family: str | None = None
    difficulty: int | None = None
    parameters: str | None = None
    checks: list[Check]
    provenance: Provenance


class Source(Record):
    """A row as it was read from a source, before inversion.

    Exactly one of `problem` and `error` is set; `error` says in one line why the row cannot be
    used (the row is then rejected with that reason).
    """

    row: int
    id: str | None
    sha256: str
    grade: str | None = None
    problem: Problem | None = None
    error: str | None = None


class Message(Record):
    """One chat message."""

    role: Literal["system", "user", "assistant"]
    content: str


class ViewRow(Record):
    """What a row of a view keeps of its pair.

    `traced` is False where the completion states the answer without a trace (both directions of a
    pair are then without one, so that a trace never gives the direction away).
    """

    pair_id: str
    direction: Direction
    verdict: Verdict
    family: str | None
    difficulty: int | None
    traced: bool


class TrainingRow(ViewRow):
    """A row of the `forward`, `reverse`, `mixed` and `tagged` views: TRL's conversational
    prompt/completion.

    `prompt` and `completion` hold one message each; a tagged prompt opens with a line that names
    the direction. `answer` is the final answer, for scoring.
    """

    answer: str
    prompt: list[Message]
    completion: list[Message]


class PreferenceRow(ViewRow):
    """A row of the `preference` view: TRL's conversational prompt/chosen/rejected.

    Prompt x_f: chosen y_f, rejected y_r; prompt x_r: chosen y_r, rejected y_f.
    """

    prompt: list[Message]
    chosen: list[Message]
    rejected: list[Message]


class UnpairedRow(ViewRow):
    """A row of the `unpaired` view: TRL's conversational prompt/completion/label.

    Each row of `preference` as two: the chosen completion (`label` True) and the rejected one.
    """

    prompt: list[Message]
    completion: list[Message]
    label: bool


class InversionRow(Record):
    """A row of the `inversion` view: a forward problem, and its reverse problem as completion.

    Both are whole, question, trace and answer: what an inverter is trained on.
    """

    pair_id: str
    verdict: Verdict
    family: str | None
    difficulty: int | None
    traced: bool
    prompt: list[Message]
    completion: list[Message]


class ResponseRow(Record):
    """A row of the `validation` table: what one person said of one pair in one round.

    `annotator` is a pseudonym, the same in all rounds. `split` is that of the pair (`rejected`: it
    has none). What was not answered is null. Times are ISO 8601, in UTC. `content` is the hash of
    what was shown; `pair_changed` is True where the dataset's pair is another by now, or none: the
    response then counts in no label.
    """

    pair_id: str
    split: str
    round: int
    annotator: str
    status: Status
    faithful: Faithful | None
    answer_right: AnswerRight | None
    corrected_answer: str | None
    quality: int | None
    corrected_question: str | None
    comment: str | None
    inserted_at: str
    updated_at: str
    content: str | None
    pair_changed: bool


class LabelRow(Record):
    """A row of the `labels` table: what people said of one pair, taken together.

    `annotators` counts those who submitted. A label is the most frequent answer (null on a tie),
    its share that of the people who gave it; `…_dawid_skene` and `…_probability` weigh people by
    how they agree with the others (null where there are too few responses to tell). `quality` is
    the mean, 1 to 5. `corrected` names what is corrected in the validated views (`answer`,
    `question`), and how. `third_opinion` is True where enough people answered and do not settle
    the pair. `r1k.annotation.labels` has the rule.
    """

    pair_id: str
    split: str
    annotators: int
    faithful: Faithful | None
    faithful_share: float | None
    faithful_dawid_skene: Faithful | None
    faithful_probability: float | None
    answer_right: AnswerRight | None
    answer_right_share: float | None
    answer_right_dawid_skene: AnswerRight | None
    answer_right_probability: float | None
    quality: float | None
    decision: Decision
    reasons: list[str]
    corrected: list[str]
    corrected_answer: str | None
    corrected_question: str | None
    third_opinion: bool


class Request(Record):
    """One call of a language model. Equal requests have equal keys, whatever server answers."""

    model: str
    revision: str | None
    messages: list[Message]
    temperature: float
    top_p: float
    max_tokens: int
    seed: int
    sample: int
    json_schema: str | None = None

    def key(self) -> str:
        """SHA-256 of the request's canonical JSON (64 hex digits): its address in the store."""
        return sha256(canonical(self.model_dump()))


class Completion(Record):
    """What came back for a `Request`. `error` is set, and `text` empty, where all tries failed.

    `reasoning` is the trace that a server returned in a field of its own (vLLM's and SGLang's
    reasoning parsers); None where the trace, if any, is part of `text`.
    """

    text: str
    reasoning: str | None = None
    finish_reason: str | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    error: str | None = None


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no spaces: equal values give equal bytes."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def sha256(data: bytes | str) -> str:
    """SHA-256 as 64 hex digits; text is taken as UTF-8."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def public_name(model: str | None) -> str | None:
    """A model's name without the folders of this machine: of a path, its last part."""
    return PurePath(model).name if model and PurePath(model).is_absolute() else model


_ARROW = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}


def _arrow_type(hint: Any) -> pa.DataType:
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return _arrow_type(type(args[0]))
    if origin in (Union, types.UnionType):
        return _arrow_type(next(a for a in args if a is not type(None)))
    if origin is list:
        return pa.list_(_arrow_type(args[0]))
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return pa.struct(list(arrow_schema(hint)))
    return _ARROW[hint]


def arrow_schema(model: type[BaseModel]) -> pa.Schema:
    """The parquet schema of a model: one column a field, nested models as structs."""
    fields = model.model_fields.items()
    return pa.schema([pa.field(name, _arrow_type(field.annotation)) for name, field in fields])
