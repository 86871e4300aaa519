"""`r1k generate` as a user types it, against a real server."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import load_dataset

from benchmarks.resume import data_files, disturbed
from r1k.schema import Pair
from tests.problems import write_problems
from tests.server import Served, serve

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples" / "forward.jsonl"
RECIPES = ROOT / "recipes" / "generate"
CONFIGS = (
    "pairs", "forward", "reverse", "mixed", "tagged", "preference",
    "preference_tagged", "unpaired", "rejected",
)  # fmt: skip
SERVER = ("--module", "tests/problems.py:reply")


def r1k(*words: object, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the command line, without a network and with nothing in the Hub's cache."""
    return subprocess.run(
        [sys.executable, "-m", "r1k.cli", *map(str, words)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": os.devnull},
    )


def generate(source: object, recipe: str, out: Path, **options: object) -> dict:
    """Run `r1k generate` to its end; the manifest."""
    flags = [f"--{key.replace('__', '.')}={value}" for key, value in options.items()]
    done = r1k("generate", source, "--config", RECIPES / f"{recipe}.yaml", "-o", out, *flags)
    assert done.returncode == 0, done.stderr
    return json.loads((out / "manifest.json").read_text())


def talk_to(server: Served, **more: object) -> dict[str, object]:
    """The options that make a recipe use the test server."""
    return {
        "llm__base_url": server.base_url,
        "llm__invert__model": "writer",
        "llm__solve__model": "solver",
        "llm__solve__samples": 2,
        "llm__backoff": 0.02,
        "checks__against": "[]",
        **more,
    }


def all_pairs(out: Path) -> list[Pair]:
    """Every row of the dataset, rejected or not, in source order."""
    files = [*out.glob("pairs/*.parquet"), *out.glob("rejected/*.parquet")]
    rows = [row for file in files for row in pq.read_table(file).to_pylist()]
    pairs = [Pair.model_validate(row) for row in rows]
    return sorted(pairs, key=lambda p: p.provenance.source_row)


@pytest.fixture(scope="module")
def masked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples through `mask`, without a solver."""
    out = tmp_path_factory.mktemp("masked") / "data"
    generate(EXAMPLES, "mask", out)
    return out


@pytest.fixture(scope="module")
def modelled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Served]]:
    """1,500 problems through `llm`, against a server without faults."""
    folder = tmp_path_factory.mktemp("modelled")
    source = write_problems(folder / "problems.jsonl", 1_500)
    os.environ["R1K_PROBLEMS"] = str(source)
    with serve(*SERVER, "--log-bodies") as server:
        out = folder / "data"
        generate(source, "openai", out, **talk_to(server, splits__test=0.1))
        yield out, server


def test_every_row_of_the_source_is_there_once(masked: Path) -> None:
    manifest = json.loads((masked / "manifest.json").read_text())
    counts = manifest["counts"]
    assert counts["source_rows"] == len(EXAMPLES.read_text().splitlines())
    assert counts["accepted"] + counts["unverified"] + counts["rejected"] == counts["source_rows"]
    rows = [p.provenance.source_row for p in all_pairs(masked)]
    assert rows == list(range(counts["source_rows"]))
    ids = [p.pair_id for p in all_pairs(masked)]
    assert len(set(ids)) == len(ids)


def test_benchmarks_that_cannot_be_had_are_named_and_fail_no_pair(masked: Path) -> None:
    manifest = json.loads((masked / "manifest.json").read_text())
    assert manifest["config"]["checks"]["against"] is None
    assert manifest["benchmarks"]["checked"] == []
    why = "the Hub cannot be reached, and its cache does not hold it"
    assert manifest["benchmarks"]["not_checked"] == dict.fromkeys(
        ("aime24", "gpqa", "math500"), why
    )
    said = f"ot checked against aime24, gpqa, math500 ({why})"
    assert f"**N{said}.**" in (masked / "README.md").read_text().replace("\\", "")
    assert "uncontaminated" not in {c["id"] for c in manifest["checks"]}
    assert f"n{said}" in r1k("show", masked).stdout


def test_without_a_solver_nothing_is_accepted_and_every_pair_says_why(masked: Path) -> None:
    pairs = all_pairs(masked)
    assert {p.verdict for p in pairs} == {"unverified", "rejected"}
    for pair in pairs:
        assert pair.reasons
        if pair.verdict == "unverified":
            assert pair.reasons == ["round_trip"]
            assert pair.reverse and pair.reverse.trace is None and pair.provenance.solver is None


def test_the_examples_meant_to_fail_do(masked: Path) -> None:
    kinds = [
        json.loads(json.loads(x)["metadata"])["kind"] for x in EXAMPLES.read_text().splitlines()
    ]
    reasons = {kind: [] for kind in kinds}
    for pair in all_pairs(masked):
        kind = kinds[pair.provenance.source_row]
        reasons[kind].append(pair.reasons[0] if pair.verdict == "rejected" else "")
    for kind in ("proof", "no_number", "wrong_attempt", "labels_only", "near_duplicate"):
        assert all(reasons[kind]), (kind, reasons[kind])
    assert not any(reasons["sound"]), reasons["sound"]


def test_the_demo_has_an_answer_to_every_reverse_question(tmp_path: Path) -> None:
    out = tmp_path / "data"
    counts = generate(EXAMPLES, "demo", out)["counts"]
    assert counts["accepted"] > 50 and counts["unverified"] == 0
    assert counts["reasons"]["rejected"]["round_trip"] == 2
    assert not (tmp_path / "data.work" / "missing.jsonl").exists()
    shown = r1k("show", out, "--pairs", 2).stdout
    assert shown.count("--- pair") == 2 and "(accepted)" in shown
    assert "layout alone tells the direction" in shown


@pytest.mark.parametrize("config", CONFIGS)
def test_load_dataset(masked: Path, config: str) -> None:
    loaded = load_dataset(str(masked), config)
    assert all(len(split) for split in loaded.values())
    if config == "rejected":
        assert set(loaded) == {"train"}


def test_both_problems_of_a_pair_are_in_one_split(masked: Path) -> None:
    where = {}
    for config in ("pairs", "forward", "reverse", "mixed", "preference"):
        for split, rows in load_dataset(str(masked), config).items():
            for pair_id in rows["pair_id"]:
                assert where.setdefault(pair_id, split) == split


def test_with_a_model_pairs_are_accepted_with_a_trace_that_is_right(
    modelled: tuple[Path, Served],
) -> None:
    out, _ = modelled
    pairs = all_pairs(out)
    assert [p.provenance.source_row for p in pairs] == list(range(1_500))
    accepted = [p for p in pairs if p.verdict == "accepted"]
    assert len(accepted) > 1_100
    for pair in accepted:
        assert pair.reverse and pair.reverse.trace and pair.given
        assert pair.reverse.answer == pair.reverse.reference == pair.given
        assert pair.reverse.trace.endswith(f"makes {pair.given}.")
        assert pair.provenance.samples == 2 and pair.provenance.samples_right >= 1
        assert pair.provenance.model == "writer" and pair.provenance.solver == "solver"
    why = {reason for p in pairs if p.verdict == "rejected" for reason in p.reasons}
    assert "parsed: the inverting reply holds no JSON object" in why
    assert "parsed: the inverting call was cut at max_tokens" in why
    assert "round_trip" in why


def test_a_rejected_inversion_is_tried_again(modelled: tuple[Path, Served], tmp_path: Path) -> None:
    options = talk_to(modelled[1], source__limit=300, llm__invert__temperature=0.7)
    source = modelled[0].parent / "problems.jsonl"
    one = generate(source, "openai", tmp_path / "one", **options)
    more = generate(source, "openai", tmp_path / "more", llm__invert__samples=4, **options)
    rejected = [manifest["counts"]["rejected"] for manifest in (one, more)]
    assert rejected[1] < rejected[0] / 2
    tokens = [manifest["tokens"]["completion_tokens"] for manifest in (one, more)]
    assert tokens[0] < tokens[1] < 2 * tokens[0]


def test_layout_tells_neither_direction_nor_preference(modelled: tuple[Path, Served]) -> None:
    out, _ = modelled
    probe = json.loads((out / "manifest.json").read_text())["layout_probe"]
    for what in ("direction", "preference"):
        assert 0.47 <= probe[what]["accuracy"] <= 0.53, probe


def test_running_again_asks_for_nothing_and_writes_the_same(modelled: tuple[Path, Served]) -> None:
    out, server = modelled
    before, asked = data_files(out), len(server.log())
    source = out.parent / "problems.jsonl"
    generate(source, "openai", out, **talk_to(server, splits__test=0.1))
    assert data_files(out) == before
    assert len(server.log()) == asked


def test_a_killed_run_under_faults_carries_on_to_the_same_bytes(tmp_path: Path) -> None:
    source = write_problems(tmp_path / "problems.jsonl", 80)
    os.environ["R1K_PROBLEMS"] = str(source)
    calm = tmp_path / "calm" / "data"
    options = {"llm__concurrency": 16, "splits__test": 0.2, "batch_size": 64}
    with serve(*SERVER) as server:
        generate(source, "openai", calm, **talk_to(server, **options))
        n_calls = len(server.log())
    for seed in (3, 5):
        found = disturbed(
            source, tmp_path / f"round{seed}" / "data", data_files(calm), seed, n_calls
        )
        assert found.kills >= 1
        assert found.ok(), found


def test_a_server_that_stays_broken_costs_only_the_rows_it_breaks(tmp_path: Path) -> None:
    source = write_problems(tmp_path / "problems.jsonl", 20)
    os.environ["R1K_PROBLEMS"] = str(source)
    with serve(*SERVER, "--fault-rate", "1", "--faults", "500") as server:
        options = talk_to(server, llm__retries=1)
        manifest = generate(source, "openai", tmp_path / "data", **options)
    assert manifest["counts"]["rejected"] == manifest["counts"]["source_rows"] == 20
    (reason,) = manifest["counts"]["reasons"]["rejected"]
    assert "500" in reason


def test_recorded_completions(tmp_path: Path) -> None:
    source = write_problems(tmp_path / "problems.jsonl", 6)
    solutions = tmp_path / "solutions.jsonl"
    solutions.write_text("")
    out = tmp_path / "data"
    options = {
        "llm__backend": "recorded",
        "llm__recorded": solutions,
        "llm__solve__model": "elsewhere",
    }
    assert generate(source, "mask", out, **options)["counts"]["unverified"] == 6
    missing = (tmp_path / "data.work" / "missing.jsonl").read_text().splitlines()
    assert len(missing) == 6
    given = {p.reverse.question: p.given for p in all_pairs(out) if p.reverse}
    with solutions.open("w") as file:
        for line in missing:
            prompt = json.loads(line)["prompt"]
            answer = next(a for question, a in given.items() if prompt.startswith(question))
            row = {"prompt": prompt, "reasoning": "Backwards.", "text": f"\\boxed{{{answer}}}"}
            file.write(json.dumps(row) + "\n")
    assert generate(source, "mask", out, **options)["counts"]["accepted"] == 6
    # A path of this machine must not reach a dataset that will be published.
    assert str(tmp_path) not in (out / "manifest.json").read_text()


def test_a_local_ray_cluster_writes_the_same(tmp_path: Path, masked: Path) -> None:
    out = tmp_path / "data"
    done = r1k("generate", EXAMPLES, "--config", RECIPES / "mask.yaml", "-o", out, "--ray")
    assert done.returncode == 0, done.stderr
    assert data_files(out) == data_files(masked)


@pytest.mark.parametrize("words", [["generate", "--config", RECIPES / "mask.yaml"], ["curate"]])
def test_a_ray_cluster_that_is_not_there(
    words: list[str | Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
    done = r1k(*words, EXAMPLES, "-o", tmp_path / "data", "--ray")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("r1k: --ray: no cluster answers at RAY_ADDRESS=127.0.0.1:1: ")


def test_ctrl_c_stops_everything_and_says_how_to_go_on(tmp_path: Path) -> None:
    source = write_problems(tmp_path / "problems.jsonl", 50)
    os.environ["R1K_PROBLEMS"] = str(source)
    with serve(*SERVER, "--latency", "30") as server:
        flags = [f"--{k.replace('__', '.')}={v}" for k, v in talk_to(server).items()]
        words = ["generate", source, "--config", RECIPES / "openai.yaml", "-o", tmp_path / "data"]
        process = subprocess.Popen(
            [sys.executable, "-m", "r1k.cli", *map(str, words), *flags],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        while not server.log():
            time.sleep(0.1)
        workers = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.splitlines()[-1] == (
        "r1k: stopped; finished completions are kept, the same command carries on"
    )
    assert "Traceback" not in errors
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert not alive


def jsonl(folder: Path, *rows: object) -> Path:
    """A JSON Lines file."""
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def bad_source(kind: str, folder: Path) -> Path:
    """A source that cannot be used."""
    path = folder / "rows.jsonl"
    if kind == "missing":
        return folder / "nothing.jsonl"
    if kind == "empty":
        path.write_bytes(b"")
    elif kind == "no question":
        jsonl(folder, {"questoin": "How many?", "answer": "3"})
    elif kind == "latin-1":
        path.write_bytes('{"question": "Wie groß ist 1 + 1?", "answer": "2"}\n'.encode("latin-1"))
    elif kind == "truncated":
        path = folder / "rows.parquet"
        pq.write_table(pa.table({"question": ["a"] * 99, "answer": ["1"] * 99}), path)
        path.write_bytes(path.read_bytes()[:-40])
    elif kind == "numbers":
        path = folder / "rows.parquet"
        pq.write_table(pa.table({"question": [1, 2], "answer": ["1", "2"]}), path)
    return path


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("missing", r"nothing\.jsonl.*no such file"),
        ("empty", r"rows\.jsonl.*(no rows|empty)"),
        ("no question", r"question.*questoin"),
        ("latin-1", r"rows\.jsonl.*line 1.*UTF-8"),
        ("truncated", r"rows\.parquet.*"),
        ("numbers", r"question.*int64"),
    ],
)
def test_a_bad_source_is_one_clear_line(tmp_path: Path, kind: str, says: str) -> None:
    words = ["generate", bad_source(kind, tmp_path), "--config", RECIPES / "mask.yaml"]
    done = r1k(*words, "-o", tmp_path / "data")
    assert_one_line(done, says)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--llm.concurency=3"], r"llm\.concurency.*did you mean 'llm\.concurrency'"),
        (["--seed=tomorrow"], r"--seed.*tomorrow"),
        (["--checks.required=[parsed, round_trips]"], r"no check 'round_trips'.*round_trip"),
        (["--inverter=llm"], r"llm\.invert\.model"),
        (["--source.columns={question: prompt}"], r"prompt"),
        (
            ["--llm.solve.model=m", "--llm.base_url=http://127.0.0.1:9"],
            r"cannot reach.*127\.0\.0\.1:9",
        ),
        (["--seed"], r"--seed: a value is missing"),
        (["seed=3"], r"unknown argument 'seed=3'"),
        (["--views.verdicts=[rejected]"], r"rejected"),
        (["--llm.solve.model=m", "--llm.backend=recorded"], r"llm\.recorded"),
        (
            ["--inverter=llm", "--llm.invert.model=m", "--llm.invert.samples=4"],
            r"llm\.invert\.samples: at temperature 0 .* set llm\.invert\.temperature",
        ),
    ],
)
def test_a_bad_option_is_one_clear_line(tmp_path: Path, flags: list[str], says: str) -> None:
    words = ["generate", EXAMPLES, "--config", RECIPES / "mask.yaml", "-o", tmp_path / "data"]
    assert_one_line(r1k(*words, *flags), says)


def assert_one_line(done: subprocess.CompletedProcess[str], says: str) -> None:
    """Exit code 2 and one line on stderr, behind what a run says of benchmarks at its start."""
    assert done.returncode == 2, (done.returncode, done.stderr)
    said = done.stderr.strip().splitlines()
    (line,) = [line for line in said if not line.startswith("r1k: not checked against ")]
    assert line.startswith("r1k: ")
    assert re.search(says, line), line


def test_rows_that_are_merely_bad_are_rejected_and_the_rest_go_on(tmp_path: Path) -> None:
    good = {"question": "Ana has 4 boxes of 12 eggs each. How many eggs has she?", "answer": "48"}
    path = jsonl(
        tmp_path,
        {"id": "a", **good},
        {"id": "b", "question": None, "answer": "1"},
        {"id": "c", "question": 7, "answer": "1"},
        {"id": "a", "question": "Bo has 3 bags of 15 figs. How many figs?", "answer": "45"},
        {"id": "d", "question": "x" * 5_000_000, "answer": "1"},
        {"id": "e", "question": "Prove that 7 is prime.", "answer": ""},
    )
    with path.open("a") as file:
        file.write('{"id": "f", "question": \n')
    manifest = generate(path, "mask", tmp_path / "data")
    assert manifest["counts"]["source_rows"] == 7
    assert manifest["counts"]["unverified"] == 1
    reasons = " ".join(r for p in all_pairs(tmp_path / "data") for r in p.reasons)
    for expected in ("duplicate id 'a'", "max_row_bytes", "not valid JSON"):
        assert expected in reasons, reasons


def test_a_folder_of_others_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "thesis.txt").write_text("mine")
    words = ["generate", EXAMPLES, "--config", RECIPES / "mask.yaml", "-o", tmp_path / "data"]
    assert_one_line(r1k(*words), r"holds files that r1k did not write")
    assert [p.name for p in (tmp_path / "data").iterdir()] == ["thesis.txt"]


def test_a_full_disk_is_one_clear_line(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(small)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a small file system")
    try:
        source = write_problems(tmp_path / "problems.jsonl", 3_000, trace_words=400)
        words = ["generate", source, "--config", RECIPES / "mask.yaml", "-o", small / "data"]
        assert_one_line(r1k(*words), r"[Nn]o space left")
    finally:
        subprocess.run(["umount", str(small)], check=False)


def test_two_runs_do_not_share_a_work_folder(tmp_path: Path) -> None:
    source = write_problems(tmp_path / "problems.jsonl", 5)
    os.environ["R1K_PROBLEMS"] = str(source)
    with serve(*SERVER, "--latency", "30") as server:
        flags = [f"--{k.replace('__', '.')}={v}" for k, v in talk_to(server).items()]
        words = ["generate", source, "--config", RECIPES / "openai.yaml", "-o", tmp_path / "data"]
        first = subprocess.Popen(
            [sys.executable, "-m", "r1k.cli", *map(str, words), *flags],
            cwd=ROOT,
            stderr=subprocess.DEVNULL,
        )
        try:
            while not server.log():
                time.sleep(0.1)
            assert_one_line(r1k(*words, *flags), r"another run is using this folder")
        finally:
            first.terminate()
            first.wait()
