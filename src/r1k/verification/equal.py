r"""Are two answers equal? Exact arithmetic where both are plain numbers, math-verify for the rest.

Answers come from models and may be hostile: `10^{10^{10}}`, a megabyte of `\frac`, a thousand
braces. math-verify bounds its own work with signals, which fail off the main thread and do not
stop C code; here it runs in worker processes that are killed when their time is up, and that
cannot take more than a fixed amount of memory.
"""

import multiprocessing as mp
import os
import re
import resource
from collections.abc import Callable
from concurrent.futures import CancelledError, TimeoutError
from concurrent.futures.process import BrokenProcessPool
from fractions import Fraction
from functools import lru_cache
from threading import Lock
from typing import Any, TypeVar

from pebble import ProcessExpired, ProcessPool

from r1k.source.givens import SCIENTIFIC, parse_plain, parse_word

VERSION = 1
T = TypeVar("T")
Outcome = str  # "equal", "different", or why it is not known: "longer than 1 s", ...
_WORKER_BYTES = 4 << 30
_MAX_DEPTH = 40
_POOLS = 3  # pools to try one comparison in

_UNIT = re.compile(
    r"(?:\\(?:text|mathrm|textrm|operatorname)\{\s*([^{}]*)\}|[A-Za-z%°.$€£/\s]|\^\{?[-−]?\d\}?)*"
)
_UNIT_LETTERS = frozenset("ACFGHJKLMNTVWdghlms")
_NUMBER = re.compile(
    rf"([-−+]?)\s*(\\[dt]?frac\s*\{{\d+\}}\s*\{{\d+\}}|{SCIENTIFIC}|\d+\s*/\s*\d+"
    r"|(?:\d{1,3}(?:(?:,|\{,\}|,\\!|\\,)\d{3})+|\d+)?(?:\.\d+)?)(\.?)"
)
_SPACING = re.compile(
    r"\\(?:left|right|displaystyle|[,;:!> ]|q?quad|bigl?|bigr?|Bigl?|Bigr?|limits)(?![A-Za-z])"
    r"|~|\s+"
)
_PROSE = re.compile(r"(?<![\\A-Za-z])(?:[A-Za-z]{2,20}[ ,]{1,3}){2}[A-Za-z]{2,20}\b")
_WORDS = re.compile(r"[^\W\d_][^\W\d_ '’-]*(?:[ '’-]+[^\W\d_]+)*[.!]?", re.UNICODE)


@lru_cache(maxsize=4096)  # several checks read the same few answers of a pair
def plain_number(answer: str) -> tuple[Fraction, str] | None:
    r"""`(value, unit)` of an answer that is a number with at most a unit in words; else None.

    A number may be written as a word ("twelve"), then without a unit.

    >>> plain_number("$10{,}000"), plain_number("25 seconds"), plain_number(r"\frac{1}{2}")
    ((Fraction(10000, 1), ''), (Fraction(25, 1), 'seconds'), (Fraction(1, 2), ''))
    """
    text = answer.strip()
    if len(text) > 200:
        return None
    text = text.strip("$ ").removeprefix("\\$").removeprefix("\\(").removesuffix("\\)").strip()
    m = _NUMBER.match(text)
    if not m or not m.group(2):
        word = parse_word(text)
        return None if word is None else (word, "")
    rest = text[m.end() :].strip().replace("\\%", "%")
    rest = rest.replace("^{\\circ}", "°").replace("^\\circ", "°")
    rest = re.sub(r"^(?:\\[,;: ]|~)+", "", rest)
    if not _UNIT.fullmatch(rest):
        return None
    value = parse_plain(re.sub(r"\s", "", m.group(2)))
    unit = re.sub(r"\\[a-z]+\{\s*|\}|[.$\s]+", " ", rest).strip()
    if value is None or not _is_unit(unit):
        return None
    return (-value if m.group(1) in ("-", "−") else value), unit.lower()


def _is_unit(text: str) -> bool:
    """Not so are the rest of $10^3$, of 3/x, of 2x and of xy: formulas, not numbers with units."""
    letters = re.findall(r"[A-Za-z]+", text)
    only_letters = bool(letters) and max(map(len, letters)) == 1
    return text[:1] not in ("^", "/") and (not only_letters or _UNIT_LETTERS.issuperset(letters))


@lru_cache(maxsize=4096)
def normalise(text: str) -> str:
    """An answer without the differences of typesetting that never change its meaning."""
    text = text.strip().strip("$").replace("\\dfrac", "\\frac").replace("\\tfrac", "\\frac")
    text = text.replace("^{\\prime}", "'").replace("^\\prime", "'").replace("−", "-")
    text = re.sub(r"\\(?:text|mathrm|textbf|mathbf|textrm|mathit)\{([^{}]*)\}", r"\1", text)
    text = _SPACING.sub("", text)
    text = re.sub(r"([_^])\{(\w)\}", r"\1\2", text)
    return text.rstrip(".").casefold()


def quick(a: str, b: str) -> Outcome | None:
    """Equality without math-verify; None where neither arithmetic nor text decides."""
    if normalise(a) == normalise(b):
        return "equal" if normalise(a) else "different"
    x, y = plain_number(a), plain_number(b)
    if x and y:
        if ("%" in x[1]) != ("%" in y[1]) and x[0] != y[0]:
            return None  # 50% and 0.5
        same_unit = x[1] == y[1] or not x[1] or not y[1]
        if x[0] == y[0]:
            # 5 km against 5 miles: the same number, but not the same answer.
            return "equal" if same_unit or _plural(x[1]) == _plural(y[1]) else None
        return "different" if same_unit or _plural(x[1]) == _plural(y[1]) else None
    if _WORDS.fullmatch(a.strip()) and _WORDS.fullmatch(b.strip()) and min(len(a), len(b)) > 2:
        return "different"  # two texts without a formula, already compared
    if _is_prose(a) or _is_prose(b):
        return "different"  # math-verify would search a sentence for formulas, and may find some
    return None


def _is_prose(text: str) -> bool:
    """Whether three words of a language stand in a row: a statement, not a formula or a name."""
    return bool(_PROSE.search(text))


def _plural(unit: str) -> str:
    return unit.rstrip("s")


def _depth(text: str) -> int:
    depth = deepest = 0
    for c in text:
        if c in "{[(":
            depth += 1
            deepest = max(deepest, depth)
        elif c in "}])":
            depth -= 1
    return deepest


class _Broken(Exception):
    """The pool takes no more work."""


class Equality:
    """Compares answers, many at once and from any thread; use as a context manager.

    `seconds` bounds one comparison. A comparison that takes longer, or more than 4 GiB, is "not
    equal" to those who ask for a bool, and says why to those who ask for the outcome. Results are
    remembered, for the same two answers are compared by several checks.
    """

    def __init__(self, seconds: float = 1.0, max_chars: int = 2_000, workers: int | None = None):
        self._seconds = seconds
        self._max_chars = max_chars
        self._workers = workers or min(4, os.cpu_count() or 1)
        self._renewing = Lock()
        self._pool = self._new_pool()
        self.outcome: Callable[[str, str], Outcome] = lru_cache(maxsize=65_536)(self._outcome)

    def _new_pool(self) -> ProcessPool:
        context = mp.get_context("forkserver")
        # A worker that was killed is replaced by a fork of a process that has imported
        # math-verify already: 10 ms instead of the 1.5 s that the import takes.
        context.set_forkserver_preload(["r1k.verification.math_worker", "r1k.verification.exact"])
        return ProcessPool(
            max_workers=self._workers,
            context=context,
            initializer=_limit_worker,
            initargs=(os.getpid(),),
        )

    def __enter__(self) -> "Equality":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop the workers."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    def __call__(self, a: str, b: str) -> bool:
        """Whether `a` is shown to equal the reference `b` within the time limit."""
        return self.outcome(a, b) == "equal"

    def _outcome(self, a: str, b: str) -> Outcome:
        if max(len(a), len(b)) > self._max_chars:
            return f"longer than {self._max_chars} characters"
        known = quick(a, b)
        if known:
            return known
        if max(_depth(a), _depth(b)) > _MAX_DEPTH:
            return f"nested deeper than {_MAX_DEPTH} levels"
        from r1k.verification.math_worker import compare

        same, why = self.run(compare, a, b)
        return why or ("equal" if same else "different")

    def run(self, function: Callable[..., T], *args: Any) -> tuple[T | None, str]:
        """What `function`, of a module, returns in a worker; or None, and why it is not known."""
        for _ in range(_POOLS):
            pool = self._pool
            try:
                return self._run(pool, function, args)
            except _Broken:
                self._renew(pool)
        return None, "not decided: the workers were killed"

    def _run(
        self, pool: ProcessPool, function: Callable[..., T], args: tuple[Any, ...]
    ) -> tuple[T | None, str]:
        try:
            future = pool.schedule(function, args=args, timeout=self._seconds)
        except RuntimeError:
            raise _Broken from None
        try:
            return future.result(), ""
        except TimeoutError:
            return None, f"not decided in {self._seconds:g} s"
        except (ProcessExpired, MemoryError, RecursionError):
            return None, "not decided: the comparison ran out of memory"
        except (BrokenProcessPool, CancelledError):
            raise _Broken from None
        except Exception as e:
            # Whatever math-verify and sympy, or a family, stumble over in what a model made up.
            return None, f"not decided: {type(e).__name__} in {function.__module__}"

    def _renew(self, pool: ProcessPool) -> None:
        """Replace a pool that gave up because a worker was killed while it had nothing to do."""
        with self._renewing:
            if self._pool is pool:
                self.close()
                self._pool = self._new_pool()


def _limit_worker(parent: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_WORKER_BYTES, _WORKER_BYTES))
    from r1k.inversion.parent import die_with_parent

    die_with_parent(parent)
