"""The lighteval tasks, run by lighteval's own command."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch
from transformers import AutoModelForCausalLM, GenerationConfig

from r1k.evaluation.answers import answer_of
from r1k.evaluation.results import means, read_runs
from tests.evaluation.test_direction import make
from tests.hub_server import commit_of, hub
from tests.models import serve
from tests.test_generate import ROOT, r1k

TINY = "models/r1k-tiny"
DATA = ROOT.parent / "shared" / "data"


def lighteval(
    backend: str, *words: object, code: int = 0, cwd: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run `lighteval`."""
    command = [Path(sys.executable).with_name("lighteval"), *backend.split(), *map(str, words)]
    done = subprocess.run(
        command,
        cwd=cwd,
        env={
            **os.environ,
            "HF_HUB_OFFLINE": "1",
            "COLUMNS": "200",
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # or its start asks the network, three times
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout[-3000:] + done.stderr[-3000:]
    return done


def local(model: object, tasks: str, out: Path, *more: object, **options: Any) -> Any:
    """`lighteval accelerate`, as the README says it."""
    cache = out.parent / f"cache-{len(list(out.parent.iterdir()))}"
    arguments = f"model_name={model},dtype=float32,batch_size=64,cache_dir={cache}"
    return lighteval(
        "accelerate", arguments, tasks, "--custom-tasks", "tasks/r1k.py", "--output-dir", out,
        "--save-details", *more, **options,
    )  # fmt: skip


def table(*folders: Path) -> dict[tuple[str, str, str], float]:
    found = means(read_runs(folders)[0])
    rows = found.select("model", "task", "metric", "mean").iter_rows()
    return {(model, task, metric): mean for model, task, metric, mean in rows}


def test_gold_completions_score_all_there_is(tmp_path: Path) -> None:
    tasks = "r1k|0,r1k_consistency|0,r1k_direction|0,r1k_invert|0,r1k_invert_blocks|0,r1k_ood|0"
    for name, few in (("gold", ()), ("copy", ("--max-samples", "100"))):
        lighteval(
            "custom", name, "benchmarks/sanity.py", tasks, "--custom-tasks",
            "tasks/r1k.py", "--output-dir", tmp_path, "--save-details", *few,
        )  # fmt: skip
    found = table(tmp_path)
    shares = {key: mean for key, mean in found.items() if "margin" not in key[2]}
    gold = {
        key[1:]: mean for key, mean in shares.items() if key[0] == "gold" and "lp" not in key[2]
    }
    assert set(gold.values()) == {1.0}
    assert {task for task, _ in gold} == {
        "r1k:forward", "r1k:reverse", "r1k_consistency", "r1k_direction:forward",
        "r1k_direction:reverse", "r1k_invert", "r1k_invert_blocks", "r1k_ood:forward",
        "r1k_ood:reverse",
    }  # fmt: skip
    assert found["copy", "r1k:forward", "accuracy@n"] < 0.05
    assert found["copy", "r1k_consistency", "consistency"] == 0
    assert 0.1 < found["copy", "r1k_direction:forward", "accuracy"] < 0.9
    shown = r1k("results", tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "r1k:forward: difference to gold" in shown.stdout


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("lighteval") / "scores"
    tasks = "r1k:forward|0,r1k:reverse|0,r1k_direction|0,r1k_tagged:forward|0"
    local(TINY, tasks, out, "--max-samples", "24")
    return out


def test_the_embedded_model(scored: Path) -> None:
    runs, notes = read_runs([scored])
    assert all("only the first 24 questions" in note for note in notes)
    assert {(run.model, run.task) for run in runs} == {
        (TINY, "r1k:forward"), (TINY, "r1k:reverse"), (TINY, "r1k_direction:forward"),
        (TINY, "r1k_direction:reverse"), (f"{TINY} (tagged)", "r1k:forward"),
    }  # fmt: skip
    found = table(scored)
    assert 0 < found[TINY, "r1k:reverse", "accuracy@n"] < 0.5
    assert found[TINY, "r1k:forward", "answered"] > 0.8
    assert found[TINY, "r1k_direction:forward", "accuracy"] > 0.5
    assert found[TINY, "r1k_direction:forward", "margin"] > 0
    irrelevant = found[TINY, "r1k_direction:forward", "lp_irrelevant"]
    assert irrelevant < found[TINY, "r1k_direction:forward", "lp_chosen"] < 0


def test_the_direction_is_above_the_question_as_it_is_trained(scored: Path) -> None:
    (file,) = scored.rglob("details_r1k_tagged:forward*.parquet")
    asked = set(pl.read_parquet(file)["doc"].struct.field("query"))
    (tagged,) = (ROOT / "datasets" / "r1k" / "tagged").glob("test-*.parquet")
    trained = {prompt[0]["content"] for prompt in pl.read_parquet(tagged)["prompt"]}
    assert asked < trained


def test_the_endpoint_backend_says_the_same(scored: Path, tmp_path: Path) -> None:
    with serve(tmp_path / "log", "--dtype", "float32") as url:
        arguments = f"model_name=openai/{TINY},base_url={url},api_key=none"
        lighteval(
            "endpoint litellm", arguments, "r1k:reverse|0", "--custom-tasks",
            ROOT / "tasks" / "r1k.py", "--output-dir", tmp_path / "out", "--save-details",
            "--max-samples", "24", cwd=tmp_path,
        )  # fmt: skip
    # `transformers serve` gives the reasoning in a field of its own, which lighteval leaves out.
    answers = []
    for folder in (scored, tmp_path / "out"):
        (file,) = folder.rglob("details_r1k:reverse*.parquet")
        rows = pl.read_parquet(file, glob=False).select("doc", "model_response").iter_rows()
        answers.append({doc["query"]: answer_of(reply["text"][0]) for doc, reply in rows})
    assert answers[0] == answers[1]
    ours, served = table(scored), table(tmp_path / "out")
    key = ("r1k:reverse", "accuracy@n")
    assert ours[TINY, *key] == served[f"openai/{TINY}", *key] > 0


@contextlib.contextmanager
def prompt_logprobs(folder: Path) -> Iterator[str]:
    """A server that says of a prompt what vLLM's says, computed by the model itself. (vLLM cannot
    be in one environment with the transformers of this project.)"""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            ids = torch.tensor([body["prompt"]])
            with torch.inference_mode():
                scores = model(ids).logits[0].log_softmax(-1)
            each = scores[:-1].gather(-1, ids[0, 1:, None])[:, 0].tolist()
            tokens = zip(body["prompt"][1:], each, strict=True)
            known = [None, *({str(token): {"logprob": lp}} for token, lp in tokens)]
            reply = json.dumps({"choices": [{"text": "", "prompt_logprobs": known}]}).encode()
            self.send_response(200 if self.path == "/v1/completions" else 404)
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing on stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()


def from_server(url: str, out: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    return lighteval(
        "custom", TINY, "tasks/served.py", "r1k_direction:forward|0", "--custom-tasks",
        "tasks/r1k.py", "--output-dir", out, "--save-details", "--max-samples", "24",
        code=code, R1K_BASE_URL=url,
    )  # fmt: skip


def test_margins_from_a_server(scored: Path, tmp_path: Path) -> None:
    with prompt_logprobs(ROOT / TINY) as url:
        from_server(url, tmp_path)
    ours, served = table(scored), table(tmp_path)
    assert len(served) == 7
    for key, value in served.items():
        assert value == pytest.approx(ours[key], abs=1e-3), key


def test_a_server_that_cannot_say(tmp_path: Path) -> None:
    done = from_server("http://127.0.0.1:9/v1", tmp_path, code=2)
    assert "R1K_BASE_URL: http://127.0.0.1:9/v1 does not answer" in done.stderr


def test_weights_that_changed_at_the_same_path(tmp_path: Path) -> None:
    folder, found = tmp_path / "model", []
    for seed in (0, 1):
        make(folder, bos=False, seed=seed)
        local(folder, "r1k_direction:forward|0", tmp_path / "out", "--max-samples", "8")
        found.append(table(tmp_path / "out")[str(folder), "r1k_direction:forward", "margin"])
    assert found[0] != found[1]


def test_several_samples(tmp_path: Path) -> None:
    folder = shutil.copytree(ROOT / TINY, tmp_path / "model")
    config = GenerationConfig.from_pretrained(folder)
    config.update(do_sample=True)
    config.save_pretrained(folder)
    lighteval(
        "accelerate",
        f"model_name={folder},dtype=float32,batch_size=64,cache_dir={tmp_path / 'cache'},"
        "generation_parameters={temperature:0.7,seed:1}",
        "r1k:forward@n=4@k=2|0", "--custom-tasks", "tasks/r1k.py", "--output-dir", tmp_path / "out",
        "--save-details", "--max-samples", "16",
    )  # fmt: skip
    (run,), _ = read_runs([tmp_path / "out"])
    assert run.replies == 4
    values = run.rows.select("accuracy@n", "pass@k").to_dicts()
    assert all(row["pass@k"] >= row["accuracy@n"] for row in values)
    assert {row["accuracy@n"] for row in values} <= {0, 0.25, 0.5, 0.75, 1}


def test_a_task_that_is_not_there(tmp_path: Path) -> None:
    done = local(TINY, "r1k:forwrd|0", tmp_path / "out", code=2)
    assert "did you mean 'r1k:forward'?" in done.stderr
    assert "LOADING MODEL" not in done.stderr + done.stdout


def rows_of(name: str, folder: Path, file: str, fields: tuple[str, ...], count: int) -> Path:
    """Some rows of a real data set, as a dataset folder."""
    folder.mkdir(parents=True)
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()[:count]
    rows = [json.dumps({k: json.loads(line)[k] for k in fields}) for line in lines]
    (folder / file).write_text("\n".join(rows), encoding="utf-8")
    return folder


def test_data_on_the_hub_at_a_revision(tmp_path: Path) -> None:
    data = ROOT / "datasets" / "r1k"
    with hub({"org/r1k": data}) as endpoint:
        lighteval(
            "custom", "gold", "benchmarks/sanity.py", "r1k:forward|0", "--custom-tasks",
            "tasks/r1k.py", "--output-dir", tmp_path / "out", "--save-details",
            HF_ENDPOINT=endpoint, HF_HUB_OFFLINE="0", HF_HOME=str(tmp_path / "home"),
            R1K_DATASET="org/r1k", R1K_REVISION=commit_of(data),
        )  # fmt: skip
    assert table(tmp_path / "out")["gold", "r1k:forward", "accuracy@n"] == 1


GPQA = """\
---
configs:
- config_name: gpqa_diamond
  data_files: gpqa_diamond.jsonl
---
"""


@pytest.mark.skipif(not DATA.exists(), reason="needs ../shared/data")
def test_the_papers_benchmarks(tmp_path: Path) -> None:
    aime = rows_of("aime24.jsonl", tmp_path / "aime", "train.jsonl", ("problem", "answer"), 3)
    fields = ("problem", "solution", "answer", "subject", "level")
    math = rows_of("math500.jsonl", tmp_path / "math", "test.jsonl", fields, 3)
    # GPQA may not be shown in public: rows of its shape.
    wrong = {f"Incorrect Answer {i}": str(2 + i) for i in (1, 2, 3)}
    rows = [{"Question": f"What is {i} - {i - 2}?", "Correct Answer": "2"} | wrong for i in (3, 4)]
    (tmp_path / "gpqa").mkdir()
    (tmp_path / "gpqa" / "README.md").write_text(GPQA)
    (tmp_path / "gpqa" / "gpqa_diamond.jsonl").write_text("\n".join(map(json.dumps, rows)))
    served = {
        "HuggingFaceH4/aime_2024": aime,
        "HuggingFaceH4/MATH-500": math,
        "Idavidrein/gpqa": tmp_path / "gpqa",
    }
    with hub(served) as endpoint:
        lighteval(
            "accelerate",
            f"model_name={TINY},dtype=float32,batch_size=8,cache_dir={tmp_path / 'c'},"
            "generation_parameters={temperature:0,max_new_tokens:32}",
            "tasks/paper.txt", "--output-dir", tmp_path / "out", "--save-details",
            HF_ENDPOINT=endpoint, HF_HUB_OFFLINE="0", HF_HOME=str(tmp_path / "home"),
        )  # fmt: skip
    runs, _ = read_runs([tmp_path / "out"])
    assert {(run.task, len(run.rows)) for run in runs} == {
        ("aime24", 3), ("math_500", 3), ("gpqa:diamond", 2),
    }  # fmt: skip


@pytest.mark.skipif(not DATA.exists(), reason="needs ../shared/data")
def test_gsm8k_backward(tmp_path: Path) -> None:
    lines = (DATA / "gsm8k-backward-600.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    # Many rows have no field for the original's answer: most say it in the reverse question.
    with_it = [row for row in rows if "original_answer" in row][:5]
    stated = [row for row in rows if row not in with_it and "the above question is" in
              row["question"] and "original_answer" not in row][:3]  # fmt: skip
    unknown = [row for row in rows if "the above question is" not in row["question"] and
               "original_answer" not in row][:2]  # fmt: skip
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "test.jsonl").write_text(
        "\n".join(json.dumps(row) for row in with_it + stated + unknown), encoding="utf-8"
    )
    lighteval(
        "accelerate", f"model_name={TINY},dtype=float32,batch_size=64,cache_dir={tmp_path / 'c'}",
        "gsm8k_backward|0", "--custom-tasks", "tasks/gsm8k_backward.py", "--output-dir",
        tmp_path / "out", "--save-details", GSM8K_BACKWARD=str(tmp_path / "data"),
        R1K_MAX_TOKENS="64",
    )  # fmt: skip
    runs, _ = read_runs([tmp_path / "out"])
    assert {(run.task, len(run.rows)) for run in runs} == {
        ("gsm8k_backward:forward", 8),
        ("gsm8k_backward:reverse", 10),
    }
    (details,) = (tmp_path / "out").rglob("details_gsm8k_backward:forward*.parquet")
    golds = pl.read_parquet(details)["doc"].struct.field("choices").list.first().to_list()
    assert len(golds) == 8 and all(float(gold.replace(",", "")) >= 0 for gold in golds)
