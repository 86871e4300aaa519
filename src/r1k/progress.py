"""Progress of a run: a live line in a terminal, a plain line every ten seconds elsewhere."""

import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, Self

import orjson
from rich.console import Console
from rich.live import Live
from rich.text import Text

from r1k.config import Prices

PLAIN_SECONDS = 10.0


class Ticker:
    """Shows a line: live in a terminal; elsewhere now and then, and at the end."""

    def __init__(self) -> None:
        self._last_plain = time.monotonic()
        self._live = Live(console=Console(stderr=True), refresh_per_second=4, transient=True)
        self._terminal = sys.stderr.isatty()

    def __enter__(self) -> Self:
        if self._terminal:
            self._live.start()
        return self

    def __exit__(self, *_: Any) -> None:
        if self._terminal:
            self._live.stop()

    def tick(self, line: str, *, final: bool = False) -> None:
        """Show where the run is."""
        if self._terminal:
            self._live.update(Text(line))
        elif final or time.monotonic() - self._last_plain >= PLAIN_SECONDS:
            self._last_plain = time.monotonic()
            print(line, file=sys.stderr, flush=True)


class Progress(Ticker):
    """Reads what the steps leave in the run folder and shows it.

    `total` is the number of source rows, None while it is not known. What came from the store
    is counted apart, so that rates and costs are those of this run alone.
    """

    def __init__(self, run: Path, prices: Prices | None, total: int | None = None) -> None:
        super().__init__()
        self._folder = run / "progress"
        self.total = total
        self._prices = prices
        self._started = time.monotonic()

    def steps(self) -> dict[str, Counter[str]]:
        """The last report of each step that has made one."""
        found = {}
        for path in self._folder.glob("*.json"):
            found[path.stem] = Counter(orjson.loads(path.read_bytes()))
        return found

    def show(self, *, final: bool = False) -> None:
        """Show where the run is; in a log file only every ten seconds, and at the end."""
        self.tick(self.line(), final=final)

    def line(self) -> str:
        """One line: rows, rates, calls, verdicts, cost, time left."""
        steps = self.steps()
        read, made, checked = (steps.get(s, Counter()) for s in ("read", "invert", "verify"))
        elapsed = max(time.monotonic() - self._started, 1e-3)
        done = checked["accepted"] + checked["unverified"] + checked["rejected"]
        total = self.total or (read["rows"] if read["done"] else None)
        # Rows that wait for a large batch to end are made, but not checked yet.
        made_rows = max(made["rows"], done)
        parts = [
            f"{made_rows:,}{f'/{total:,}' if total else ''} rows",
            f"{made_rows / elapsed:.1f} rows/s",
        ]
        if made["calls"]:
            fresh = made["completion_tokens"] - made["stored_tokens"]
            parts.append(
                f"{made['calls']:,} calls ({made['stored']:,} from the store,"
                f" {made['failed']:,} failed)"
            )
            parts.append(f"{fresh / elapsed:,.0f} tokens/s")
        parts.append(
            f"{checked['accepted']:,} accepted, {checked['unverified']:,} unverified, "
            f"{checked['rejected']:,} rejected"
        )
        if self._prices:
            parts.append(f"${cost(made, self._prices):,.2f}")
        if total and 0 < made_rows < total:
            parts.append(f"{clock((total - made_rows) / made_rows * elapsed)} left")
        else:
            parts.append(clock(elapsed))
        return " | ".join(parts)


def cost(counts: Counter[str], prices: Prices) -> float:
    """Dollars for the tokens of this run; completions from the store cost nothing again."""
    sent = counts["prompt_tokens"] - counts["stored_prompt_tokens"]
    made = counts["completion_tokens"] - counts["stored_tokens"]
    return (sent * prices.input + made * prices.output) / 1e6


def clock(seconds: float) -> str:
    """Seconds as 1:02:03 or 2:03."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"
