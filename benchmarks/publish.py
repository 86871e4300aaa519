"""`r1k publish all` killed at random points, then run again: is anything lost, or half there?

    python -m benchmarks.publish               # 20 rounds, 8 minutes
    python -m benchmarks.publish --rounds 3

Each round publishes datasets/r1k and models/* to an empty Hub for tests (tests/hub_write_server.py,
over HTTP, with the real client), which fails up to three requests (500, or a cut line, before or
after the work is done), kills the command with SIGKILL as a request chosen at random arrives, and
runs it to its end. Then

- at the kill, no version could be loaded by its tag from a repository that was not complete;
- in the end every repository holds the bytes of its folder under the tag, in one commit of r1k;
- no large file was sent again that had arrived before the kill.

First it is run undisturbed, and once more, which must write nothing.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.machine import describe
from tests.hub_write_server import TOKEN, Fault, Hub, writable_hub

ROOT = Path(__file__).parents[1]
FOLDERS = {"datasets/org/r1k": "datasets/r1k"} | {
    f"models/org/{path.name}": f"models/{path.name}" for path in sorted(ROOT.glob("models/*"))
}
FAULTS: list[int | str] = [500, "cut", "late"]
WORDS = [sys.executable, "-m", "r1k.cli", "publish", "all", "--org", "org", "--tag", "v1.0.0"]


def start(hub: Hub, home: Path) -> subprocess.Popen[str]:
    """The command, on its way."""
    environment = {
        **os.environ, "HF_ENDPOINT": hub.endpoint, "HF_TOKEN": TOKEN, "HF_HOME": str(home),
        "HF_HUB_DISABLE_XET": "1",
    }  # fmt: skip
    return subprocess.Popen(
        WORDS, cwd=ROOT, env=environment, text=True, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )  # fmt: skip


def finish(run: subprocess.Popen[str]) -> None:
    """Wait for the end; ends the program if the command fails."""
    _, err = run.communicate()
    if run.returncode:
        sys.exit(f"exit code {run.returncode}\n{err}")


def complete(hub: Hub, repo: str, revision: str) -> bool:
    """Whether a repository holds all files of its folder, but for the card, which differs."""
    files = hub.files(repo, revision)
    folder = ROOT / FOLDERS[repo]
    paths = [p for p in folder.rglob("*") if p.is_file() and p.name != "README.md"]
    same = all(files.get(p.relative_to(folder).as_posix()) == p.read_bytes() for p in paths)
    return same and "README.md" in files


def disturbed(folder: Path, at: int, seed: int) -> list[str]:
    """One round, killed at the request of number `at`; what went wrong."""
    rng = random.Random(seed)
    wrong = []
    with writable_hub(folder / "hub") as hub:
        for method, path in (("POST", "/api/"), ("PUT", "/lfs/"), ("GET", "/api/")):
            if rng.random() < 0.8:
                hub.faults.append(Fault(method, path, rng.choice(FAULTS)))
        run = start(hub, folder / "home")
        while run.poll() is None and len(hub.requests) < at:
            time.sleep(0.002)
        run.kill()
        run.communicate()
        for repo in FOLDERS:
            state = hub.state(repo)
            if state and state["tags"] and not complete(hub, repo, "v1.0.0"):
                wrong.append(f"{repo}: half a version had its tag")
        arrived = {path.name for path in (hub.folder / "objects").glob("*")}
        hub.requests.clear()
        finish(start(hub, folder / "home"))
        sent = [path.removeprefix("/lfs/") for method, path in hub.requests if method == "PUT"]
        wrong += [f"{name}: sent again" for name in arrived.intersection(sent)]
        for repo in FOLDERS:
            state = hub.state(repo)
            titles = [c["title"] for c in state["commits"].values()] if state else []
            if sum(title.startswith("Published by r1k") for title in titles) != 1:
                wrong.append(f"{repo}: commits {titles}")
            elif not complete(hub, repo, "v1.0.0") or not complete(hub, repo, "main"):
                wrong.append(f"{repo}: other bytes than the folder's")
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(describe())
    with tempfile.TemporaryDirectory() as folder, writable_hub(Path(folder) / "hub") as hub:
        begun = time.monotonic()
        finish(start(hub, Path(folder) / "home"))
        requests = len(hub.requests)
        print(f"undisturbed: {requests} requests, {time.monotonic() - begun:.0f} s")
        hub.requests.clear()
        finish(start(hub, Path(folder) / "home"))
        again = [method for method, _ in hub.requests if method != "GET"]
        print(f"run again: {len(hub.requests)} requests, {len(again)} of them write")
    rng = random.Random(options.seed)
    failed = len(again) > 0
    for number in range(options.rounds):
        at = rng.randint(1, requests)
        with tempfile.TemporaryDirectory() as folder:
            wrong = disturbed(Path(folder), at, options.seed + number)
        print(f"{number + 1:>3}  killed at request {at:>3}  {'; '.join(wrong) or 'whole'}",
              flush=True)  # fmt: skip
        failed |= bool(wrong)
    sys.exit(int(failed))


if __name__ == "__main__":
    main()
