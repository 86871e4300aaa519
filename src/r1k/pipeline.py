"""The distilabel pipeline: read, invert, verify, each a process (or Ray actor) of its own.

Three things are not left to distilabel, because at this version it does them silently wrong:

- *Concurrency*: it waits for each batch of an LLM task to end. Here a row's calls run one after
  another, and all rows of a large batch at once, in one event loop.
- *Its cache*: it ignores the data and hangs on restart. Completions are kept in a store of our
  own, under the model; running again is resuming.
- *Failures*: a row that raises empties its whole batch and the run still ends well. Here every
  row is caught by itself, and the rows that arrive are counted against those that were read.

What is only for the steps of one run lies in the run folder: a shard of pairs for each batch, one
progress file a step, and `fatal`, where a step that cannot go on says why.
"""

import asyncio
import contextlib
import os
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from distilabel.pipeline import Pipeline
from distilabel.steps import GeneratorStep, Step, StepInput
from pydantic import BaseModel, PrivateAttr

from r1k.cluster import ray_cluster
from r1k.config import Config
from r1k.errors import UserError
from r1k.fatal import write_fatal
from r1k.inversion.drive import BatchBackend, drive_async, drive_batch
from r1k.inversion.llm import Attempt, Draft, Phase, invert
from r1k.inversion.openai_client import OpenAIBackend
from r1k.inversion.parent import die_with_parent
from r1k.inversion.recorded_client import RecordedBackend
from r1k.inversion.store import Store
from r1k.inversion.transformers_client import TransformersBackend
from r1k.schema import Completion, Pair, Request, Source, arrow_schema
from r1k.source.read import read
from r1k.verification.equal import Equality
from r1k.verification.pair import make_pair, unusable

if TYPE_CHECKING:
    from distilabel.typing import GeneratorStepOutput, StepOutput

PAIRS = arrow_schema(Pair)
_REPORT_SECONDS = 1.0
_VERIFY_THREADS = 3


class Job(BaseModel):
    """One run, as its supervisor hands it over.

    `run` is the run folder, `store` that of the completions. `supervisor` is the process that
    started the run; `owner` the one that the steps end with, None under Ray.
    """

    source: str
    config: Config
    origin: dict[str, str | None]
    run: Path
    store: Path
    ray: bool
    supervisor: int
    owner: int | None = None


class _R1kStep:
    """What the three steps share: the job, and what to do when it cannot go on."""

    job: str
    name: Any
    _job: Any
    _counts: Any

    def load(self) -> None:
        """Called in the process that the step runs in, before its first batch."""
        super().load()  # type: ignore[misc]
        self._job = Job.model_validate_json(self.job)
        if self._job.owner:
            die_with_parent(self._job.owner)
        self._counts = Counter(pid=os.getpid())
        threading.Thread(target=self._report_forever, daemon=True).start()

    def unload(self) -> None:
        """Called after the last batch: say that this process is not missed from now on."""
        self._counts["ended"] = 1
        self.report()
        super().unload()  # type: ignore[misc]

    def _report_forever(self) -> None:
        while True:
            time.sleep(_REPORT_SECONDS)
            self.report()

    def report(self) -> None:
        """Leave the step's counts where `progress.py` looks for them."""
        path = self._job.run / "progress" / f"{self.name}.json"
        # Named by thread: the report at the end of a batch may meet the one made every second.
        part = path.with_suffix(f".{threading.get_ident()}")
        # A full disk is reported by those who write results; a counter may get a new key just now.
        with contextlib.suppress(OSError, RuntimeError):
            part.write_bytes(orjson.dumps(dict(self._counts)))
            part.replace(path)

    def fail(self, error: BaseException) -> None:
        """Say why the run cannot go on, and wait for the supervisor to end this process.

        Raising would not do: distilabel would fill the batch with None and go on to the next.
        """
        line = str(error) if isinstance(error, UserError) else ""
        if isinstance(error, OSError) and not line:
            line = f"{error.filename or self._job.run}: {error.strerror or error}"
        detail = "".join(traceback.format_exception(error))
        write_fatal(self._job.run, line, detail)
        while True:
            time.sleep(60)


class ReadSource(_R1kStep, GeneratorStep):
    """Yields the rows of the source, those that cannot be used included."""

    job: str
    _job: Any = PrivateAttr()
    _counts: Any = PrivateAttr()

    @property
    def outputs(self) -> list[str]:
        """`row` counts from 0; `source` is a `Source` as JSON."""
        return ["row", "source"]

    def process(self, offset: int = 0) -> "GeneratorStepOutput":
        """Batches of rows; the last one says that it is."""
        try:
            rows = self._rows()
            batch = list(islice(rows, self.batch_size))
            while True:
                following = list(islice(rows, self.batch_size))
                self._counts["rows"] += len(batch)
                self._counts["done"] = not following
                yield batch, not following
                if not following:
                    return
                batch = following
        except GeneratorExit:
            raise
        except BaseException as e:
            self.fail(e)

    def _rows(self) -> Iterator[dict[str, Any]]:
        for source in read(self._job.source, self._job.config.source):
            yield {"row": source.row, "source": source.model_dump_json()}


class Invert(_R1kStep, Step):
    """Makes a draft of each row with the configured inverter and solver."""

    job: str
    _job: Any = PrivateAttr()
    _counts: Any = PrivateAttr()
    _backend: Any = PrivateAttr(None)
    _equal: Any = PrivateAttr(None)

    @property
    def inputs(self) -> list[str]:
        """What `ReadSource` puts out."""
        return ["row", "source"]

    @property
    def outputs(self) -> list[str]:
        """`draft` is a `Draft` as JSON."""
        return ["draft"]

    def load(self) -> None:
        """Open the store and the backend."""
        super().load()
        config = self._job.config
        try:
            self._backend = make_backend(config, self._job.store)
            if config.llm.invert and config.llm.invert.samples > 1:
                self._equal = make_equality(config)
        except Exception as e:
            self.fail(e)

    def unload(self) -> None:
        """Stop what compares answers."""
        if self._equal:
            self._equal.close()
        super().unload()

    def process(self, inputs: StepInput) -> "StepOutput":
        """One batch: all its rows at once."""
        try:
            sources = [Source.model_validate_json(row["source"]) for row in inputs]
            usable = [i for i, s in enumerate(sources) if s.problem]
            work = [self._phase(sources[i]) for i in usable]
            if isinstance(self._backend, OpenAIBackend):
                drafts = asyncio.run(self._with_server(self._backend, work))
            else:
                drafts = drive_batch(work, self._backend)
            for i, draft in zip(usable, drafts, strict=True):
                if isinstance(draft, Exception):
                    draft = Draft(failure=f"internal error: {type(draft).__name__}: {draft}"[:500])
                inputs[i]["draft"] = orjson.dumps(draft).decode()
            for i, source in enumerate(sources):
                if not source.problem:
                    inputs[i]["draft"] = orjson.dumps(Draft(failure=source.error)).decode()
            self.report()
        except BaseException as e:
            self.fail(e)
        yield inputs

    def _phase(self, source: Source) -> Phase:
        assert source.problem
        draft = yield from invert(source.problem, self._job.config, partial(self._refused, source))
        self._counts["rows"] += 1
        return draft

    def _refused(self, source: Source, draft: Draft) -> bool:
        """Whether the checks reject a draft, where there may be another."""
        if not self._equal:
            return False
        pair = make_pair(source, draft, self._job.origin, self._job.config, self._equal)
        return pair.verdict == "rejected"

    async def _with_server(
        self, backend: OpenAIBackend, work: list[Phase]
    ) -> list[Draft | Exception]:
        async with backend:
            return await drive_async(work, _Counting(backend, self._counts))


class _NoModel:
    """What answers where nothing is asked."""

    def complete_batch(self, requests: list[Request]) -> list[Completion]:
        raise AssertionError("the configured inverter makes no requests")


class _Counting:
    """A backend that counts what comes back, for the progress line."""

    def __init__(self, backend: OpenAIBackend, counts: Counter[str]) -> None:
        self._backend, self._counts = backend, counts

    async def complete(self, request: Request) -> Completion:
        completion = await self._backend.complete(request)
        self._counts["calls"] += 1
        self._counts["failed"] += bool(completion.error)
        self._counts["prompt_tokens"] += completion.prompt_tokens
        self._counts["completion_tokens"] += completion.completion_tokens
        self._counts |= self._backend.from_store
        return completion


def make_backend(config: Config, store: Path) -> OpenAIBackend | BatchBackend:
    """What answers requests: a server, a model in this process, a file, or nothing."""
    if config.inverter == "mask" and not config.llm.solve:
        return _NoModel()
    if config.llm.backend == "recorded":
        return RecordedBackend(config.llm, store.parent / "missing.jsonl")
    opened = Store(store)
    if config.llm.backend == "transformers":
        return TransformersBackend(config.llm, opened)
    return OpenAIBackend(config.llm, opened)


def make_equality(config: Config) -> Equality:
    """What compares answers, within the bounds of the config."""
    return Equality(config.checks.math_seconds, config.checks.max_answer_chars)


class Verify(_R1kStep, Step):
    """Checks every draft and writes the batch's pairs to a shard of the run folder."""

    job: str
    _job: Any = PrivateAttr()
    _counts: Any = PrivateAttr()
    _equal: Any = PrivateAttr(None)
    _threads: Any = PrivateAttr(None)

    @property
    def inputs(self) -> list[str]:
        """What `Invert` puts out."""
        return ["row", "source", "draft"]

    @property
    def outputs(self) -> list[str]:
        """`verdict`, so that distilabel's own table can be counted against what was read."""
        return ["verdict"]

    def load(self) -> None:
        """Start the processes that compare answers."""
        super().load()
        self._equal = make_equality(self._job.config)
        # Threads only wait here for the processes that compare, which are the work.
        self._threads = ThreadPoolExecutor(_VERIFY_THREADS)

    def unload(self) -> None:
        """Stop them."""
        if self._equal:
            self._equal.close()
        super().unload()

    def process(self, inputs: StepInput) -> "StepOutput":
        """One batch of drafts to one shard of pairs."""
        verdicts: list[dict[str, Any]] = []
        try:
            pairs = list(self._threads.map(self._check, inputs))
            shard = self._job.run / "pairs" / f"{inputs[0]['row']:012d}.parquet"
            table = pa.Table.from_pylist([p.model_dump() for p in pairs], schema=PAIRS)
            pq.write_table(table, shard.with_suffix(".part"), compression="zstd")
            shard.with_suffix(".part").replace(shard)
            self._counts.update(p.verdict for p in pairs)
            self.report()
            verdicts = [
                {"row": row["row"], "verdict": pair.verdict}
                for row, pair in zip(inputs, pairs, strict=True)
            ]
        except BaseException as e:
            self.fail(e)
        yield verdicts

    def _check(self, row: dict[str, Any]) -> Pair:
        source = Source.model_validate_json(row["source"])
        fields = orjson.loads(row["draft"])
        draft = Draft(**{**fields, "attempts": [Attempt(**a) for a in fields["attempts"]]})
        if not source.problem:
            return unusable(source, self._job.origin, self._job.config, f"source: {source.error}")
        try:
            return make_pair(source, draft, self._job.origin, self._job.config, self._equal)
        except UserError:
            raise
        except Exception as e:  # a defect of a check must not take the batch with it
            why = f"internal error in a check: {type(e).__name__}: {e}"[:500]
            return unusable(source, self._job.origin, self._job.config, why)


def run_pipeline(job: Job) -> int:
    """Run the pipeline over all rows of the source; the number of rows that came through.

    Raises:
        RuntimeError: distilabel lost rows.
        UserError: there is no Ray cluster to be had.
    """
    # A Ray actor may be on another machine; Ray ends the actors of a driver that is gone.
    owner = None if job.ray else os.getpid()
    shared = {"job": job.model_copy(update={"owner": owner}).model_dump_json()}
    size = job.config.batch_size
    with Pipeline(
        name="r1k-generate", cache_dir=job.run / "distilabel", enable_metadata=False
    ) as pipeline:
        reading = ReadSource(name="read", batch_size=size, **shared)
        inverting = Invert(name="invert", input_batch_size=size, **shared)
        verifying = Verify(name="verify", input_batch_size=size, **shared)
        reading >> inverting >> verifying
    if job.ray:
        with ray_cluster():
            distiset = pipeline.ray().run(use_cache=False)
    else:
        distiset = pipeline.run(use_cache=False)
    table = distiset["default"]["train"]
    rows = sorted(
        row for row, v in zip(table["row"], table["verdict"], strict=True) if v is not None
    )
    sent = orjson.loads((job.run / "progress" / "read.json").read_bytes())["rows"]
    if rows != list(range(sent)):
        raise RuntimeError(f"rows were lost on the way: {sent} were read, {len(rows)} came through")
    return len(rows)
