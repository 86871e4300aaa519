"""Reading from and loading from the Hub, over HTTP with the real clients."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hub_server import commit_of, hub
from tests.test_generate import CONFIGS, EXAMPLES, RECIPES, ROOT, all_pairs, assert_one_line


def run(words: list[object], endpoint: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run Python with that Hub and an empty cache."""
    return subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HF_ENDPOINT": endpoint, "HF_HOME": str(home)},
    )


@pytest.fixture(scope="module")
def forward(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples as a dataset repository."""
    folder = tmp_path_factory.mktemp("repository")
    (folder / "train.jsonl").write_bytes(EXAMPLES.read_bytes())
    return folder


def test_a_dataset_of_the_hub_goes_in_and_one_for_the_hub_comes_out(
    forward: Path, tmp_path: Path
) -> None:
    out = tmp_path / "data"
    words = ["-m", "r1k.cli", "generate", "org/forward", "--config", RECIPES / "demo.yaml"]
    with hub({"org/forward": forward, "org/r1k": out}) as endpoint:
        done = run([*words, "-o", out], endpoint, tmp_path / "home")
        assert done.returncode == 0, done.stderr
        for pair in all_pairs(out):
            assert pair.provenance.source == "org/forward"
            assert pair.provenance.source_revision == commit_of(forward)
        source = json.loads((out / "manifest.json").read_text())["source"]
        assert source["rows"] == len(EXAMPLES.read_text().splitlines())
        assert source["revision"] == commit_of(forward)

        # As anybody would load it once it is published.
        script = (
            "import sys, datasets\n"
            "for name in sys.argv[1:]:\n"
            "    print(name, sum(map(len, datasets.load_dataset('org/r1k', name).values())))\n"
        )
        loaded = run(["-c", script, *CONFIGS], endpoint, tmp_path / "other-home")
        assert loaded.returncode == 0, loaded.stderr
    rows = dict(line.split() for line in loaded.stdout.splitlines())
    assert int(rows["pairs"]) == int(rows["forward"]) == int(rows["reverse"]) > 50
    assert int(rows["mixed"]) == int(rows["preference"]) == 2 * int(rows["pairs"])
    assert int(rows["pairs"]) + int(rows["rejected"]) == source["rows"]


@pytest.mark.parametrize(
    ("name", "flags", "says"),
    [
        ("org/nothing", [], r"org/nothing"),
        ("org/forward", ["--source.revision=v9"], r"v9"),
        ("org/forward", ["--source.split=test"], r"test.*train"),
    ],
)
def test_what_the_hub_does_not_have_is_one_clear_line(
    forward: Path, tmp_path: Path, name: str, flags: list[str], says: str
) -> None:
    words = ["-m", "r1k.cli", "generate", name, "--config", RECIPES / "mask.yaml"]
    with hub({"org/forward": forward}) as endpoint:
        done = run([*words, "-o", tmp_path / "data", *flags], endpoint, tmp_path / "home")
    assert_one_line(done, says)
