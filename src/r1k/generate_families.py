"""`r1k generate families`: pairs of the problem families, each proven, cut into splits.

A *candidate* is a family, a difficulty and a seed. All candidates of a split are made and proven
by worker processes, which keep only the verdict and some hashes; this process then sets aside what
repeats an earlier question, or gives a pair of another split away, and asks for as many more.
When every family and difficulty has its share, the pairs are made once more (which is cheap) and
written. So memory holds a few numbers a pair, and a run that was killed carries on: what was
proven is in the work folder.

The held-out splits come first. A later pair that shares 13 words in a row with one of theirs, or
its parameters, is rejected: nothing of the test is in the training data. So is a pair that gives
one of another dataset away (`families.apart`).
"""

import heapq
import multiprocessing
import os
import shutil
import time
from array import array
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import islice, repeat
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import xxhash

from r1k.config import Config
from r1k.curation.overlap import grams
from r1k.errors import UserError, nearest
from r1k.families import FAMILIES, Twins, make, parameters
from r1k.hub.write import SPLITS, Tag, write_dataset
from r1k.inversion.parent import start_worker
from r1k.progress import Ticker, clock
from r1k.schema import Check, Pair, Problem, Provenance, arrow_schema, canonical, sha256
from r1k.verification import exact
from r1k.verification.checks import verdict

REPEATED, HELD_OUT = ("repeated", 1), ("held_out", 1)
_SEEDS = 10**11  # seeds of one split, and splits of one config seed, lie this far apart
_CHUNK = 500
_REASONS = (
    "", "faulty", "repeated", "shares 13 words in a row with", "has the parameters of"
)  # fmt: skip
_TRIES = 300  # candidates in a row without a new pair: there are no more

Hashes = npt.NDArray[np.uint64]
T = TypeVar("T")


class Candidate(NamedTuple):
    """A pair to be made."""

    family: str
    difficulty: int
    seed: int


@dataclass
class _Split:
    """What is known of a split: its candidates in order, and why each was rejected.

    A candidate is the number of its cell (family and difficulty), its own number in that cell,
    and an index of `_REASONS`: a few bytes, for there may be millions.
    """

    name: Tag
    quota: Counter[tuple[str, int]]
    cells: "array[int]" = field(default_factory=lambda: array("H"))
    numbers: "array[int]" = field(default_factory=lambda: array("q"))
    reasons: "array[int]" = field(default_factory=lambda: array("B"))

    def __len__(self) -> int:
        return len(self.cells)

    def add(self, cell: int, number: int, reason: str) -> None:
        """Remember the next candidate."""
        self.cells.append(cell)
        self.numbers.append(number)
        self.reasons.append(_REASONS.index(reason))

    def chunks(self, offset: int) -> Iterator[tuple[list[Candidate], list[str]]]:
        """All candidates, and why each was rejected, a few at a time."""
        cells = list(self.quota)
        for start in range(0, len(self), _CHUNK):
            part = slice(start, start + _CHUNK)
            yield (
                [
                    Candidate(*cells[cell], offset + number)
                    for cell, number in zip(self.cells[part], self.numbers[part], strict=True)
                ],
                [_REASONS[reason] for reason in self.reasons[part]],
            )


def generate_families(config: Config, out: Path, work: Path) -> dict[str, Any]:
    """Make the pairs that `config.families` asks for, and write the dataset folder `out`.

    `work` holds what was proven until the dataset is written; the caller keeps others out of it.
    Returns the manifest.

    Raises:
        UserError: unknown families, or more pairs asked for than there are.
    """
    splits = plan(config)
    others = [_read_manifest(folder) for folder in config.families.apart]
    settings = [config.model_dump(mode="json"), _versions(), exact.VERSION, others]
    key = sha256(canonical(settings))[:16]
    proven = work / f"proven-{key}"
    proven.mkdir(exist_ok=True)
    workers = os.cpu_count() or 1
    with (
        ProcessPoolExecutor(
            workers, multiprocessing.get_context("spawn"), start_worker, (os.getpid(),)
        ) as pool,
        Ticker() as ticker,
    ):
        try:
            run = _Run(config.seed, proven, pool, 2 * workers, ticker, splits)
            run.keep_apart(config.families.apart)
            for split in splits:
                run.fill(split)
            run.ticker.tick(run.line("proven"), final=True)
            facts: dict[str, Any] = {
                "source": {
                    "name": "the problem families of r1k",
                    "rows": sum(map(len, splits)),
                    "families": ", ".join(f"{name} {v}" for name, v in _versions().items()),
                },
            }
            if others:
                names = [folder.resolve().name for folder in config.families.apart]
                apart = [f"{name} {key[:16]}" for name, key in zip(names, others, strict=True)]
                facts["source"]["apart_from"] = ", ".join(apart)
            manifest = write_dataset(out, run.pairs(), config, facts)
        except BaseException as e:
            if isinstance(e, UserError):  # carrying on would come to the same end
                shutil.rmtree(proven)
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    shutil.rmtree(proven)
    return manifest


def plan(config: Config) -> list[_Split]:
    """The splits to fill, held-out ones first, with the share of each family and difficulty.

    Raises:
        UserError: an unknown family, one that is both trained and held out, or nothing to make.
    """
    wanted = config.families
    for key, names in (("names", wanted.names), ("held_out", wanted.held_out)):
        for name in names:
            if name not in FAMILIES:
                raise UserError(
                    f"families.{key}: no family {name!r}{nearest(name, FAMILIES)}; `r1k families`"
                    " lists them"
                )
    both = sorted(set(wanted.names) & set(wanted.held_out))
    if both:
        raise UserError(f"families: {both[0]!r} is in names and in held_out; remove it from one")
    if wanted.test_ood and not wanted.held_out:
        raise UserError("families.test_ood needs families of its own: name some in held_out")
    seen = wanted.names or [name for name in FAMILIES if name not in wanted.held_out]
    sizes = {split: getattr(wanted, split) for split in reversed(SPLITS)}
    if not any(sizes.values()):
        raise UserError("families: train, validation, test and test_ood are all 0; set one")
    splits = []
    for split, size in sizes.items():
        names = wanted.held_out if split == "test_ood" else seen
        if size and not names:
            raise UserError(f"families: all are held out, and nothing is left for {split}")
        cells = [
            (name, d) for d in sorted(set(wanted.difficulties)) for name in dict.fromkeys(names)
        ]
        splits.append(_Split(split, _quota(size, cells)))
    return splits


def _quota(size: int, cells: list[tuple[str, int]]) -> Counter[tuple[str, int]]:
    """As many for each cell as for the others; the remainder is spread over all of them."""
    count = max(1, len(cells))
    ends = [size * (i + 1) // count for i in range(count)]
    return Counter(
        {
            cell: end - (ends[i - 1] if i else 0)
            for i, (cell, end) in enumerate(zip(cells, ends, strict=False))
        }
    )


def _read_manifest(folder: Path) -> str:
    """What tells a dataset folder from others and from its own earlier state.

    Raises:
        UserError: it is not a dataset of r1k.
    """
    try:
        return sha256((folder / "manifest.json").read_bytes())
    except OSError as e:
        raise UserError(
            f"families.apart: {folder}: no dataset folder of r1k ({e.strerror}: manifest.json)"
        ) from None


def _versions() -> dict[str, int]:
    return {name: family.VERSION for name, family in FAMILIES.items()}


class _Run:
    """The state of a run: what earlier pairs were, and what is being shown."""

    def __init__(
        self, seed: int, folder: Path, pool: ProcessPoolExecutor, window: int, ticker: Ticker,
        splits: list[_Split],
    ) -> None:  # fmt: skip
        self.seed, self.folder, self.pool, self.window = seed, folder, pool, window
        self.ticker, self.splits = ticker, splits
        self.started = time.monotonic()
        self.goal = sum(split.quota.total() for split in splits)
        self.done = 0
        self.fresh = 0
        self.questions = _Seen()
        self.parameters: Hashes = np.empty(0, np.uint64)
        self.grams = folder / "grams.npy"
        np.save(self.grams, np.empty(0, np.uint64))

    def line(self, what: str) -> str:
        """One line: pairs, rate, time left."""
        elapsed = max(time.monotonic() - self.started, 1e-3)
        rate = self.fresh / elapsed
        left = (
            clock((self.goal - self.done) / rate) + " left"
            if rate and self.done < self.goal
            else clock(elapsed)
        )
        return f"{self.done:,}/{self.goal:,} pairs {what} | {rate:,.0f} pairs/s | {left}"

    def fill(self, split: _Split) -> None:
        """Find as many good pairs as the split needs, in rounds."""
        cells = list(split.quota)
        lacking = [split.quota[cell] for cell in cells]
        tried = [0] * len(cells)
        vain = [0] * len(cells)
        while any(lacking):
            # Numbers first: the families alternate, in the dataset too.
            ranges = (
                zip(range(tried[i], tried[i] + count), repeat(i)) for i, count in enumerate(lacking)
            )
            batch = heapq.merge(*list(ranges))
            tried = [sum(counts) for counts in zip(tried, lacking, strict=True)]
            for chunk, found in self.judged(split, batch):
                for (number, i), reason in zip(chunk, self.choose(found), strict=True):
                    split.add(i, number, reason)
                    lacking[i] -= not reason
                    vain[i] = vain[i] + 1 if reason else 0
                    if vain[i] >= _TRIES:
                        (name, difficulty), wanted = cells[i], split.quota[cells[i]]
                        raise UserError(
                            f"families: {name} at difficulty {difficulty} has no more pairs that"
                            f" differ ({wanted - lacking[i]} of {wanted} for {split.name}); ask for"
                            " fewer, or for more families"
                        )
        if split.name != "train":
            self.hold_out(split)

    def judged(
        self, split: _Split, batch: Iterable[tuple[int, int]]
    ) -> Iterator[tuple[list[tuple[int, int]], dict[str, Any]]]:
        """Chunks of candidates (numbers, and numbers of their cells) with what `judge` found, now
        or in a run that was killed."""
        cells, offset = list(split.quota), self.offset(split)
        asked: deque[tuple[list[tuple[int, int]], Path]] = deque()

        def jobs() -> Iterator[tuple[Any, ...]]:
            at, numbers = len(split), iter(batch)
            while chunk := list(islice(numbers, _CHUNK)):
                file = self.folder / f"{split.name}-{at:09d}.npz"
                at += len(chunk)
                asked.append((chunk, file))
                yield [Candidate(*cells[i], offset + n) for n, i in chunk], self.grams, file

        for fresh in self.each(judge, jobs()):
            chunk, file = asked.popleft()
            with np.load(file) as found:
                yield chunk, dict(found)
            self.done += len(chunk)
            self.fresh += len(chunk) * fresh
            self.goal = max(self.goal, self.done)
            self.ticker.tick(self.line("proven"))

    def choose(self, found: dict[str, Any]) -> list[str]:
        """Why each candidate of a chunk is rejected, or ""."""
        reasons = []
        shared = np.isin(found["parameters"], self.parameters)
        columns = (found["faulty"], found["overlaps"], shared, found["forward"], found["reverse"])
        for faulty, overlaps, same, forward, reverse in zip(
            *(c.tolist() for c in columns), strict=True
        ):
            if faulty:
                reasons.append("faulty")
            elif overlaps or same:
                reasons.append(
                    "shares 13 words in a row with" if overlaps else "has the parameters of"
                )
            elif forward in self.questions or reverse in self.questions:
                reasons.append("repeated")
            else:
                self.questions.add(forward)
                self.questions.add(reverse)
                reasons.append("")
        self.questions.settle()
        return reasons

    def hold_out(self, split: _Split) -> None:
        """Remember what later splits must not share with the pairs of this one."""
        jobs = (
            ([c for c, reason in zip(chunk, reasons, strict=True) if not reason],)
            for chunk, reasons in split.chunks(self.offset(split))
        )
        self.avoid(self.each(fingerprints, jobs))

    def offset(self, split: _Split) -> int:
        """The seed of candidate 0 of each cell."""
        return (self.seed * 10 + SPLITS.index(split.name)) * _SEEDS

    def keep_apart(self, folders: list[Path]) -> None:
        """Remember what no split must share with the pairs of other datasets."""
        files = [(file,) for folder in folders for file in sorted(folder.glob("pairs/*.parquet"))]
        self.avoid(self.each(fingerprints_of_file, files))

    def avoid(self, found: Iterable[tuple[Hashes, Hashes]]) -> None:
        """Remember parameters and runs of 13 words."""
        found = list(found)
        self.parameters = np.unique(np.concatenate([self.parameters, *(p for p, _ in found)]))
        known = np.load(self.grams)
        np.save(self.grams, np.unique(np.concatenate([known, *(g for _, g in found)])))

    def pairs(self) -> Iterator[tuple[Tag, pa.RecordBatch]]:
        """All pairs, train first, as `write_dataset` takes them."""
        self.started, self.fresh, self.done = time.monotonic(), 0, 0
        self.goal = sum(map(len, self.splits))
        names: deque[Tag] = deque()

        def jobs() -> Iterator[tuple[Any, ...]]:
            row = 0
            for split in reversed(self.splits):
                for chunk, reasons in split.chunks(self.offset(split)):
                    names.append(split.name)
                    yield chunk, reasons, row
                    row += len(chunk)

        for batch in self.each(build, jobs()):
            split_name = names.popleft()
            rejected = pc.equal(batch["verdict"], "rejected")
            yield split_name, batch.filter(pc.invert(rejected))
            yield "rejected", batch.filter(rejected)
            self.done += batch.num_rows
            self.fresh += batch.num_rows
            self.ticker.tick(self.line("written"))

    def each(self, function: Callable[..., T], jobs: Iterable[tuple[Any, ...]]) -> Iterator[T]:
        """Results in the order of the jobs, with only a few jobs ahead."""
        ahead: deque[Future[T]] = deque()
        for job in jobs:
            ahead.append(self.pool.submit(function, *job))
            if len(ahead) >= self.window:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


class _Seen:
    """A growing set of 64-bit numbers in 8 bytes each: sorted runs, joined now and then."""

    def __init__(self) -> None:
        self._settled: Hashes = np.empty(0, np.uint64)
        self._new: set[int] = set()

    def __contains__(self, number: int) -> bool:
        if number in self._new:
            return True
        at = int(np.searchsorted(self._settled, np.uint64(number)))
        return at < len(self._settled) and int(self._settled[at]) == number

    def add(self, number: int) -> None:
        self._new.add(number)

    def settle(self) -> None:
        """Join what is new where it is much."""
        if len(self._new) > max(100_000, len(self._settled) // 8):
            new = np.fromiter(self._new, np.uint64, len(self._new))
            self._settled = np.sort(np.concatenate([self._settled, new]))
            self._new.clear()


def judge(candidates: list[Candidate], held_out: Path, file: Path) -> bool:
    """Make and prove candidates; write a row of findings for each to `file` (if it is not there).

    Findings: `faulty`, `overlaps` (shares 13 words with a pair of the sorted hashes in
    `held_out`), and 64-bit hashes of the `parameters` and of both questions.
    """
    if file.exists():
        return False
    held = np.load(held_out)
    columns: dict[str, list[Any]] = {
        "faulty": [], "overlaps": [], "parameters": [], "forward": [], "reverse": []
    }  # fmt: skip
    for candidate in candidates:
        pair = make(candidate.family, candidate.difficulty, candidate.seed)
        columns["faulty"].append(any(exact.prove(pair).values()))
        columns["overlaps"].append(_meet(grams(pair.texts()), held))
        columns["parameters"].append(_parameters_hash(pair.family, parameters(pair)))
        columns["forward"].append(xxhash.xxh3_64_intdigest(pair.forward.question))
        columns["reverse"].append(xxhash.xxh3_64_intdigest(pair.reverse.question))
    flags = {name: np.array(columns[name], bool) for name in ("faulty", "overlaps")}
    hashes = {
        name: np.array(columns[name], np.uint64) for name in ("parameters", "forward", "reverse")
    }
    part = file.with_suffix(f".{os.getpid()}.part")
    with part.open("wb") as output:
        np.savez(output, allow_pickle=False, **flags, **hashes)
    part.replace(file)
    return True


def _meet(numbers: Hashes, held: Hashes) -> bool:
    """Whether any of the numbers is in the sorted array; np.isin would sort it for every pair."""
    if not len(held):
        return False
    at = np.searchsorted(held, numbers)
    return bool((held[np.minimum(at, len(held) - 1)] == numbers).any())


def fingerprints(candidates: list[Candidate]) -> tuple[Hashes, Hashes]:
    """The hashes of the parameters, and of all runs of 13 words, of accepted pairs."""
    pairs = [make(c.family, c.difficulty, c.seed) for c in candidates]
    known = [_parameters_hash(pair.family, parameters(pair)) for pair in pairs]
    return np.array(known, np.uint64), grams(text for pair in pairs for text in pair.texts())


def fingerprints_of_file(pairs: Path) -> tuple[Hashes, Hashes]:
    """The same of a parquet file of pairs, of whatever source."""
    known, texts = [], []
    for batch in pq.ParquetFile(pairs).iter_batches():
        for row in batch.to_pylist():
            known.append(_parameters_hash(row["family"], row["parameters"]))
            problems = (row["forward"], row["reverse"] or {})
            texts += [p.get(field) or "" for p in problems for field in ("question", "trace")]
    return np.array(known, np.uint64), grams(filter(None, texts))


def _parameters_hash(family: str | None, parameters: str | None) -> int:
    return xxhash.xxh3_64_intdigest(f"{family} {parameters}")


def build(candidates: list[Candidate], reasons: list[str], first: int) -> pa.RecordBatch:
    """Candidates as rows of `arrow_schema(Pair)`; `first` is the number of the first row."""
    rows = [
        make_row(make(c.family, c.difficulty, c.seed), reason, first + i).model_dump()
        for i, (c, reason) in enumerate(zip(candidates, reasons, strict=True))
    ]
    return pa.RecordBatch.from_pylist(rows, schema=arrow_schema(Pair))


def make_row(pair: Twins, reason: str, row: int) -> Pair:
    """A made pair as a row, with its checks; `reason` is why it was rejected ("": it was not)."""
    name, difficulty, seed = pair.family, pair.difficulty, pair.seed
    passed = dict.fromkeys(exact.IDS, "")
    found = exact.prove(pair) if reason == "faulty" else passed
    checks = exact.as_checks(found)
    repeats = "one of its questions is equal to one of an earlier pair"
    gives_away = reason and reason not in ("faulty", "repeated")
    for (check_id, version), wrong in (
        (HELD_OUT, f"{reason} a pair that is held out" if gives_away else ""),
        (REPEATED, repeats if reason == "repeated" else ""),
    ):
        checks.append(
            Check(
                id=check_id,
                version=version,
                outcome="fail" if wrong else "pass",
                required=True,
                evidence=wrong,
            )
        )
    judgement, failed = verdict(checks)
    given = pair.reverse.answer
    return Pair(
        pair_id=sha256(canonical([pair.forward.question, pair.reverse.question]))[:16],
        verdict=judgement,
        reasons=failed,
        forward=Problem(
            question=pair.forward.question,
            trace=pair.forward.solution.trace,
            answer=pair.forward.answer,
            answer_from="program",
            program=pair.forward.solution.program,
        ),
        reverse=Problem(
            question=pair.reverse.question,
            trace=pair.reverse.solution.trace,
            answer=given,
            answer_from="program",
            reference=given,
            program=pair.reverse.solution.program,
        ),
        given=given,
        family=name,
        difficulty=difficulty,
        parameters=parameters(pair),
        checks=checks,
        provenance=Provenance(
            source="families",
            source_row=row,
            source_id=f"{name}-{difficulty}-{seed}",
            source_sha256=sha256(pair.forward.question),
            inverter="program",
            inverter_version=FAMILIES[name].VERSION,
            seed=seed,
        ),
    )
