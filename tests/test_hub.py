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


def test_the_papers_benchmarks_are_compared_with_as_far_as_they_can_be_had(tmp_path: Path) -> None:
    source, home, out = tmp_path / "rows.jsonl", tmp_path / "home", tmp_path / "data"
    good = {"question": "Ana has 4 boxes of 12 eggs each. How many eggs has she?", "answer": "48"}
    source.write_text(json.dumps(good) + "\n")
    math, gpqa = tmp_path / "math", tmp_path / "gpqa"
    for folder, file in ((math, "test.jsonl"), (gpqa, "gpqa_diamond.jsonl")):
        folder.mkdir()
        (folder / file).write_text(json.dumps({"problem": good["question"]}) + "\n")
    served = {"HuggingFaceH4/MATH-500": math, "Idavidrein/gpqa": gpqa}
    words = ["-m", "r1k.cli", "generate", source, "--config", RECIPES / "mask.yaml", "-o", out]
    with hub(served, gated=["Idavidrein/gpqa"]) as endpoint:
        done = run(words, endpoint, home)
        assert done.returncode == 0, done.stderr
        named = run([*words, "--checks.against", "math500,gpqa"], endpoint, tmp_path / "home")
    assert_one_line(named, "gpqa: gated on the Hub; accept its terms")
    notice = done.stderr.splitlines()[0]
    assert "gpqa (gated on the Hub" in notice and "aime24 (no such dataset on the Hub" in notice
    assert "--checks.against aime24=PATH,gpqa=PATH" in notice
    found = json.loads((out / "manifest.json").read_text())["benchmarks"]
    [checked] = found["checked"]
    assert (checked["name"], checked["rows"]) == ("math500", 1)
    assert checked["revision"] == commit_of(math)
    assert sorted(found["not_checked"]) == ["aime24", "gpqa"]
    [pair] = all_pairs(out)
    assert pair.reasons == ["uncontaminated"]
    card = (out / "README.md").read_text().replace("\\", "")
    assert f"| HuggingFaceH4/MATH-500 | {commit_of(math)} | 1 |" in card
    assert "**Not checked against aime24" in card

    # What was read once is there without a network.
    script = (
        "from pathlib import Path\n"
        "from r1k.source.benchmarks import read_paper_benchmarks\n"
        "found = read_paper_benchmarks(Path('recipes/curate/benchmarks.yaml'))\n"
        "print(len(found.texts), found.sources[0]['revision'], sorted(found.unread))\n"
    )
    again = run(["-c", script], "http://127.0.0.1:9", home)
    assert again.stdout.strip() == f"1 {commit_of(math)} ['aime24', 'gpqa']", again.stderr
