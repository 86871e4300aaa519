"""Ten people judging at once: how long they wait, and what is lost when the server is killed.

    python -m benchmarks.argilla               # about 10 minutes
    python -m benchmarks.argilla --pairs 200 --kills 3

Twice the same: `r1k annotate serve` with an empty folder, `r1k annotate push` of 2,000 pairs for
ten people, five to judge each. Each of the ten is a thread that does what Argilla's page does: sign
in with name and password, ask for the next ten pairs that wait for this person, submit an answer to
each, one request after the other without a pause, until nothing is left. The second time the server
is killed with SIGKILL at random moments, and started again; whoever finds no server tries again.

Then the owner reads everything back: each answer that the server acknowledged must be there, as it
was sent, and no other.
"""

import argparse
import contextlib
import json
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from benchmarks.machine import describe
from r1k.annotation.rest import connect, find_rounds

DATASET = Path(__file__).parents[1] / "datasets" / "r1k"
ANNOTATE = (sys.executable, "-m", "r1k.cli", "annotate")
PEOPLE, OVERLAP = 10, 5
LABELS = ("faithful", "paraphrase", "not_determined", "contradicts", "other")
_AWAY_SECONDS = 60


@dataclass
class Person:
    """What one person did and saw. `sent` maps a record to its acknowledged answer; `unknown` holds
    those whose acknowledgement was lost with the server."""

    sent: dict[str, dict[str, Any]] = field(default_factory=dict)
    unknown: dict[str, dict[str, Any]] = field(default_factory=dict)
    pages: list[float] = field(default_factory=list)
    submits: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)


class Server:
    """`r1k annotate serve`, which can be killed and started again."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.kills = 0
        self.start("0")
        self.port = self.url.rpartition(":")[2]

    def start(self, port: str) -> None:
        """Start it, and wait until it answers."""
        self._process = subprocess.Popen(
            [*ANNOTATE, "serve", "--home", str(self.home), "--port", port],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        if not self._process.stdout.readline():
            sys.exit("the server did not start")
        self.url = json.loads((self.home / "credentials.json").read_bytes())["url"]

    def kill(self) -> None:
        """SIGKILL to the process that has the database, and to the one that started it."""
        children = subprocess.run(
            ["pgrep", "-P", str(self._process.pid)], capture_output=True, text=True, check=False
        )
        for pid in [*children.stdout.split(), str(self._process.pid)]:
            with contextlib.suppress(ProcessLookupError):
                subprocess.run(["kill", "-9", pid], check=False)
        self._process.wait()
        self.kills += 1
        self.start(self.port)

    def stop(self) -> int:
        """End it as Ctrl-C does; its exit code."""
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(30)


class Client:
    """One person's browser, as far as Argilla's API goes."""

    def __init__(self, server: Server, name: str, password: str, person: Person) -> None:
        self._person = person
        self._http = httpx.Client(base_url=f"{server.url}/api/v1", timeout=60, trust_env=False)
        answer = self._http.post("/token", data={"username": name, "password": password})
        self._http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def request(
        self, method: str, path: str, body: Any = None, **query: Any
    ) -> httpx.Response | None:
        """The server's answer; None where it went away before it gave one."""
        try:
            return self._http.request(method, path, json=body, params=query)
        except httpx.TransportError:
            time.sleep(0.2)
            return None

    def page(self, dataset: str) -> list[dict[str, Any]]:
        """The next ten records that wait for this person."""
        # Pairs that neither this person nor enough others have answered.
        waiting = [
            {
                "type": "terms",
                "scope": {"entity": entity, "property": "status"},
                "values": ["pending"],
            }
            for entity in ("response", "record")
        ]
        body = {"query": {}, "filters": {"type": "and", "and": waiting}}
        deadline = time.monotonic() + _AWAY_SECONDS
        while time.monotonic() < deadline:
            started = time.perf_counter()
            answer = self.request(
                "POST",
                f"/me/datasets/{dataset}/records/search",
                body,
                include="responses",
                limit=10,
            )
            if answer is not None and answer.is_success:
                self._person.pages.append(time.perf_counter() - started)
                return [item["record"] for item in answer.json()["items"]]
            if answer is not None:
                self._person.errors[f"page {answer.status_code}"] += 1
        sys.exit("the server stayed away")

    def submit(self, record: str, values: dict[str, Any]) -> None:
        """Submit an answer, again where the server went away."""
        body = {"status": "submitted", "values": {k: {"value": v} for k, v in values.items()}}
        deadline = time.monotonic() + _AWAY_SECONDS
        person, tried = self._person, False
        while time.monotonic() < deadline:
            started = time.perf_counter()
            answer = self.request("POST", f"/records/{record}/responses", body)
            if answer is None:
                person.unknown[record], tried = values, True
            elif answer.is_success or (tried and answer.status_code == 409):
                person.submits.append(time.perf_counter() - started)
                person.sent[record] = values
                person.unknown.pop(record, None)
                return
            else:
                person.errors[f"submit {answer.status_code}"] += 1
                return
        sys.exit("the server stayed away")


def judge(client: Client, person: Person, dataset: str, seed: int) -> None:
    """Answer until nothing waits for this person any more."""
    rng = random.Random(seed)
    while page := client.page(dataset):
        for record in page:
            if record["id"] not in person.sent:
                values = {
                    "faithful": rng.choice(LABELS),
                    "answer_right": rng.choice(["yes", "no", "unsure"]),
                    "quality": rng.randint(1, 5),
                    "comment": f"{seed}: {rng.random()}",
                }
                client.submit(record["id"], values)


def read_back(home: Path, dataset: str) -> dict[tuple[str, str], dict[str, Any]]:
    """All submitted answers by person and record, as the owner reads them."""
    argilla = connect(home, None)
    names = {user["id"]: user["username"] for user in argilla.get("users")["items"]}
    return {
        (names[response["user_id"]], record["id"]): {
            name: value["value"] for name, value in response["values"].items()
        }
        for record in argilla.records(dataset)
        for response in record["responses"]
        if response["status"] == "submitted"
    }


def run(pairs: int, kills: int, seed: int) -> bool:
    """One go; prints what it measured, and whether nothing was lost."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "home")
        server = Server(home)
        names = [f"person-{i}" for i in range(PEOPLE)]
        push = [*ANNOTATE, "push", str(DATASET), "--home", str(home)]
        pushed = subprocess.run(
            [*push, "--users", *names, "--overlap", str(OVERLAP), "--pairs", str(pairs)],
            capture_output=True,
            text=True,
            check=False,
        )
        if pushed.returncode:
            sys.exit(pushed.stderr)
        dataset = find_rounds(connect(home, None), "r1k")[0].id
        known = json.loads((home / "annotators.json").read_bytes())
        people = {name: Person() for name in names}
        clients = [Client(server, n, known[n]["password"], people[n]) for n in names]
        threads = [
            threading.Thread(target=judge, args=(client, people[name], dataset, i))
            for i, (name, client) in enumerate(zip(names, clients, strict=True))
        ]
        started = time.monotonic()
        for thread in threads:
            thread.start()
        rng = random.Random(seed)
        wanted = pairs * OVERLAP
        # At random shares of the work, so that all of them fall into it.
        moments = sorted(rng.uniform(0.02, 0.95) * wanted for _ in range(kills))
        while any(thread.is_alive() for thread in threads):
            time.sleep(0.05)
            if moments and sum(len(p.sent) for p in people.values()) >= moments[0]:
                time.sleep(rng.uniform(0, 0.3))  # not at the same place of a request each time
                server.kill()
                moments.pop(0)
        seconds = time.monotonic() - started
        found = read_back(home, dataset)
        sent = {(n, r): v for n, p in people.items() for r, v in p.sent.items()}
        lost = [key for key, values in sent.items() if found.get(key) != values]
        unknown = {(n, r) for n, p in people.items() for r in p.unknown}
        invented = found.keys() - sent.keys() - unknown
        records = Counter(record for _, record in found)
        code = server.stop()
        database = sqlite3.connect(home / "argilla.db")
        whole = database.execute("PRAGMA integrity_check").fetchone()[0]
        database.close()
    short = pairs - sum(n >= OVERLAP for n in records.values())
    errors = sum((p.errors for p in people.values()), Counter())
    pages, submits = (
        np.concatenate([getattr(p, name) for p in people.values()]) for name in ("pages", "submits")
    )
    print(f"{pairs:,} pairs, {PEOPLE} people, {server.kills} kills: {seconds:.0f} s")
    print(f"  answers acknowledged          {len(sent):,} ({len(sent) / seconds:.0f} a second)")
    print(f"  acknowledged and not there    {len(lost)}")
    print(f"  there and never sent          {len(invented)}")
    print(f"  pairs with fewer than {OVERLAP}       {short}")
    print(f"  errors                        {dict(errors) or 0}")
    print(f"  database                      {whole}; server ended with {code}")
    for name, times in (("next ten pairs", pages), ("submit", submits)):
        median, high = np.percentile(times, [50, 95])
        print(
            f"  {name:<30}{median:.3f} s median, {high:.3f} s 95th percentile, {max(times):.3f} s"
        )
    return not (lost or invented or errors or short or whole != "ok")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--pairs", type=int, default=2_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(describe("httpx"), flush=True)
    results = [run(options.pairs, kills, options.seed) for kills in (0, options.kills)]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
