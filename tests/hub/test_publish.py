"""Publishing, over HTTP with the real clients: whole, again, against others, and under faults."""

import json
import os
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import huggingface_hub
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from r1k.cli import main
from r1k.config import CardConfig, Config
from r1k.hub.card import citation
from r1k.hub.leaks import Leaks
from r1k.hub.manifest import dump
from r1k.hub.write import write_dataset
from r1k.schema import sha256
from tests.hub_write_server import TOKEN, Fault, Hub, writable_hub
from tests.pairs import batch, make_pair

ROOT = Path(__file__).parents[2]
CONFIG = Config(card=CardConfig(license="apache-2.0"))
READING = ("GET", "HEAD")
MODEL_CARD = """---
license: apache-2.0
language: [en]
---

# tiny

Trained as [the recipe](../../recipes/tiny.yaml) says, on what [r1k](../../datasets/r1k/README.md)
is; see [CITATION.cff](../../CITATION.cff).

    pipeline("text-generation", "models/tiny")
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a small dataset and a small model, not really one."""
    root = tmp_path_factory.mktemp("project")
    pairs = [("train", batch([make_pair(i) for i in range(20)]))]
    write_dataset(root / "datasets/r1k", iter(pairs), CONFIG, {"source": {"name": "apples"}})  # type: ignore[arg-type]
    model = root / "models/tiny"
    model.mkdir(parents=True)
    (model / "config.json").write_text('{"model_type": "qwen3"}')
    (model / "README.md").write_text(MODEL_CARD)
    (model / "training_args.bin").write_bytes(b"a pickle")
    header = b'{"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}'
    (model / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + b"1234")
    (root / "recipes").mkdir()
    (root / "recipes/tiny.yaml").write_text("seed: 1\n")
    shutil.copy(ROOT / "CITATION.cff", root)
    return root


@pytest.fixture
def project(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, to work in."""
    shutil.copytree(made, tmp_path / "project")
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A Hub. huggingface_hub reads its settings as it is imported: they are set in its place."""
    with writable_hub(tmp_path / "hub") as hub:
        template = hub.endpoint + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", hub.endpoint)
        monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        yield hub


def publish(*words: object) -> int:
    """The exit code of `r1k publish`."""
    with pytest.raises(SystemExit) as end:
        main(["publish", *map(str, words), "--home", "no-annotators"])
    return end.value.code if isinstance(end.value.code, int) else 1


def bytes_of(folder: Path) -> dict[str, bytes]:
    """All files of a folder but its card, which reads otherwise on the Hub."""
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file() and p.name not in ("README.md", "training_args.bin")
    }


def our_commits(hub: Hub, repo: str) -> int:
    state = hub.state(repo)
    assert state
    return sum(c["title"].startswith("Published by r1k") for c in state["commits"].values())


def assert_published(hub: Hub, project: Path) -> None:
    """Both repositories hold what the folders hold, under the tag."""
    data = hub.files("datasets/org/r1k", "v1.0.0")
    assert data.items() >= bytes_of(project / "datasets/r1k").items()
    model = hub.files("models/org/tiny", "v1.0.0")
    assert model.items() >= bytes_of(project / "models/tiny").items()
    for repo in ("datasets/org/r1k", "models/org/tiny"):
        assert our_commits(hub, repo) == 1


def test_all_is_published_and_a_second_run_uploads_nothing(project: Path, hub: Hub) -> None:
    assert publish("all", "--org", "org", "--tag", "v1.0.0") == 0
    assert_published(hub, project)
    data, model = hub.files("datasets/org/r1k"), hub.files("models/org/tiny")
    assert b'load_dataset("org/r1k", "reverse")' in data["README.md"]
    card = model["README.md"].decode()
    assert "[the recipe](recipes/tiny.yaml)" in card and '"org/tiny")' in card
    assert f"[r1k]({hub.endpoint}/datasets/org/r1k)" in card
    assert set(model) == {
        "README.md", "config.json", "model.safetensors", "recipes/tiny.yaml", "CITATION.cff",
    }  # fmt: skip
    (collection,) = hub.read("collections.json", {}).values()
    assert [i["id"] for i in collection["items"]] == ["org/r1k", "org/tiny"]
    # The last thing that is done.
    assert [path for method, path in hub.requests if method not in READING][-1].startswith(
        "/api/models/org/tiny/tag/"
    )
    hub.requests.clear()
    assert publish("all", "--org", "org", "--tag", "v1.0.0") == 0
    assert {method for method, _ in hub.requests} == {"GET"}


def test_a_dry_run_touches_nothing(
    project: Path, hub: Hub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setenv("HF_TOKEN_PATH", "nothing")
    assert publish("all", "--org", "org", "--tag", "v1.0.0", "--dry-run") == 0
    assert {method for method, _ in hub.requests} == {"GET"}
    shown = capsys.readouterr().out
    manifest = json.loads((project / "datasets/r1k/manifest.json").read_text())
    for name, facts in manifest["files"].items():
        assert f"{facts['sha256']}  {name}" in shown
    assert "dataset org/r1k (new, public)" in shown and "tag v1.0.0" in shown
    assert '+load_dataset("org/r1k", "reverse")' in shown
    assert "left out: models/tiny/training_args.bin" in shown

    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")
    assert publish("all", "--org", "org", "--dry-run") == 0
    out, err = capsys.readouterr()
    assert "what lies on the Hub is not known" in out and "cannot be reached" in err


def test_what_others_changed_is_shown_and_not_overwritten(
    project: Path, hub: Hub, capsys: pytest.CaptureFixture[str]
) -> None:
    assert publish("dataset", "--org", "org") == 0
    repo = "datasets/org/r1k"
    card = hub.files(repo)["README.md"]
    hub.edit(repo, "README.md", card.replace(b"# r1k pairs", b"# Our pairs"))
    hub.edit(repo, "notes/ours.txt", b"added on the web\n")
    capsys.readouterr()
    before = hub.state(repo)
    assert publish("dataset", "--org", "org", "--tag", "v1.0.0") == 2
    out, err = capsys.readouterr()
    assert "-# Our pairs from apples" in out and "+# r1k pairs from apples" in out
    assert "README.md" in err and "--force" in err and len(err.splitlines()) == 1
    assert hub.state(repo) == before

    assert publish("dataset", "--org", "org", "--force") == 0
    files = hub.files(repo)
    assert files["README.md"] == card and "notes/ours.txt" in files
    # Another dataset in its place: what r1k put there goes, what others did stays.
    shutil.rmtree(project / "datasets/r1k")
    pairs = [("train", batch([make_pair(i) for i in range(20, 40)]))]
    write_dataset(project / "datasets/r1k", iter(pairs), CONFIG, {"source": {"name": "apples"}})  # type: ignore[arg-type]
    assert publish("dataset", "--org", "org") == 0
    expected = {*bytes_of(project / "datasets/r1k"), "README.md", "notes/ours.txt"}
    assert set(hub.files(repo)) == expected


def test_passing_faults_are_passed_over(project: Path, hub: Hub) -> None:
    hub.faults += [
        Fault("GET", "/tree/", 429),
        Fault("POST", "/api/repos/create", 500),
        Fault("PUT", "/lfs/", "cut"),
        Fault("POST", "/api/datasets/org/r1k/commit/", 500),
        Fault("POST", "/api/models/org/tiny/commit/", "late"),  # done, and nobody was told
        Fault("POST", "/items", "late"),
        Fault("POST", "/tag/", "late"),
    ]
    assert publish("all", "--org", "org", "--tag", "v1.0.0") == 0
    assert not any(fault.times for fault in hub.faults)
    assert_published(hub, project)


def test_after_a_lasting_fault_the_same_command_carries_on(
    project: Path, hub: Hub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    hub.faults.append(Fault("POST", "/commit/", 503, times=99))
    assert publish("all", "--org", "org", "--tag", "v1.0.0") == 2
    assert "the same command carries on" in capsys.readouterr().err
    state = hub.state("datasets/org/r1k")
    assert state and len(state["commits"]) == 1 and not state["tags"]
    hub.faults.clear()
    hub.requests.clear()
    assert publish("all", "--org", "org", "--tag", "v1.0.0") == 0
    assert_published(hub, project)
    # The tables were there already; only the model's weights were not.
    assert [m for m, _ in hub.requests].count("PUT") == 1


@pytest.mark.parametrize(
    ("words", "token", "says"),
    [
        (["--org", "org"], "hf_" + "x" * 34, "token"),
        (["--org", "others"], TOKEN, "may not write"),
        (["--org", "org"], None, "hf auth login"),
        (["--org", "a/b"], TOKEN, "name"),
        (["--org", "org", "--results", "nothing"], TOKEN, "r1k results -o"),
    ],
)
def test_a_refusal_is_one_line_without_the_token(
    project: Path, hub: Hub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    words: list[str], token: str | None, says: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(huggingface_hub.constants, "HF_TOKEN_PATH", str(project / "no-token"))
    monkeypatch.delenv("HF_TOKEN")
    if token:
        monkeypatch.setenv("HF_TOKEN", token)
    assert publish("model", *words) == 2
    out, err = capsys.readouterr()
    assert says in err and len(err.splitlines()) == 1
    assert not token or token not in out + err
    assert not [path for method, path in hub.requests if "/commit/" in path]


def test_a_version_is_never_moved(
    project: Path, hub: Hub, capsys: pytest.CaptureFixture[str]
) -> None:
    assert publish("model", "--org", "org", "--tag", "v1.0.0") == 0
    first = hub.files("models/org/tiny", "v1.0.0")
    with (project / "models/tiny/README.md").open("a") as file:
        file.write("\nMore.\n")
    assert publish("model", "--org", "org", "--tag", "v1.0.0") == 2
    assert "v1.0.0 is there already" in capsys.readouterr().err
    assert our_commits(hub, "models/org/tiny") == 1
    assert publish("model", "--org", "org", "--tag", "v1.0.1") == 0
    assert hub.files("models/org/tiny", "v1.0.0") == first
    assert hub.files("models/org/tiny", "v1.0.1") != first


def test_private_stays_private(project: Path, hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    assert publish("model", "--org", "org", "--private") == 0
    state = hub.state("models/org/tiny")
    assert state and state["private"]
    assert publish("model", "--org", "another") == 0
    assert publish("model", "--org", "another", "--private") == 2
    assert "is public already" in capsys.readouterr().err


def table_with(project: Path, text: str) -> None:
    """The manifest's own table, with another text in it and all hashes right again."""
    folder = project / "datasets/r1k"
    manifest = json.loads((folder / "manifest.json").read_text())
    name = next(n for n in manifest["files"] if n.startswith("forward/"))
    rows = pq.read_table(folder / name).to_pylist()
    rows[3]["prompt"][0]["content"] += text
    pq.write_table(pa.Table.from_pylist(rows, pq.read_schema(folder / name)), folder / name)
    manifest["files"][name]["sha256"] = sha256((folder / name).read_bytes())
    (folder / "manifest.json").write_text(dump(manifest))


def card_with(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(project: Path) -> None:
        card = project / name / "README.md"
        text = card.read_text()
        assert old in text
        card.write_text(text.replace(old, new, 1))

    return change


def other_rows(project: Path) -> None:
    folder = project / "datasets/r1k"
    manifest = json.loads((folder / "manifest.json").read_text())
    name = next(n for n in manifest["files"] if n.startswith("pairs/"))
    manifest["files"][name]["rows"] += 1
    (folder / "manifest.json").write_text(dump(manifest))


def other_bytes(project: Path) -> None:
    name = next((project / "datasets/r1k/mixed").iterdir())
    name.write_bytes(name.read_bytes() + b"x")


def cut_weights(project: Path) -> None:
    file = project / "models/tiny/model.safetensors"
    file.write_bytes(file.read_bytes()[:-1])


DATA, TINY = "datasets/r1k", "models/tiny"


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (card_with(TINY, "# tiny", "# tiny\n\nhf_" + "a" * 34), f"{TINY}/README.md:8: a token"),
        (card_with(TINY, "# tiny", "ask ann@lab.org"), f"{TINY}/README.md:6: an e-mail address"),
        (card_with(TINY, "# tiny", "in /home/ann/x"), f"{TINY}/README.md:6: a path of a machine"),
        (card_with(TINY, "license: apache-2.0\n", ""), f"{TINY}/README.md:1: no license"),
        (card_with(TINY, "language: [en]", "language: [en"), f"{TINY}/README.md: the YAML"),
        (card_with(TINY, "(../../recipes/tiny.yaml)", "(tiny.yaml)"), "links to tiny.yaml"),
        (cut_weights, f"{TINY}/model.safetensors: is cut off"),
        (card_with(DATA, "language:\n- en\n", ""), f"{DATA}/README.md:1: no language"),
        (card_with(DATA, "- split: train", "- split: test"), "is of split test"),
        (lambda p: table_with(p, " sk-" + "a" * 40), ", column prompt, rows 0 on: an API key"),
        (lambda p: table_with(p, " ask bob@lab.org"), "an e-mail address: bob@lab.org"),
        (other_rows, "rows; manifest.json says 21"),
        (other_bytes, "is not the file of manifest.json"),
    ],
)
def test_what_must_not_leave_does_not(
    project: Path, hub: Hub, capsys: pytest.CaptureFixture[str],
    spoil: Callable[[Path], None], says: str,
) -> None:  # fmt: skip
    spoil(project)
    what = "model" if TINY in says or "tiny" in says else "dataset"
    assert publish(what, "--org", "org") == 2
    err = capsys.readouterr().err
    assert says in err and "nothing was published" in err
    assert "a" * 20 not in err  # of a secret only the beginning is shown
    assert not hub.requests


def test_a_text_that_only_looks_like_a_leak_is_let_pass(
    project: Path, hub: Hub, capsys: pytest.CaptureFixture[str]
) -> None:
    card_with(TINY, "# tiny", "ask ann@lab.org, or bob@example.org")(project)
    assert publish("model", "--org", "org") == 2
    assert "bob" not in capsys.readouterr().err
    assert publish("model", "--org", "org", "--allow", "ann@lab.org") == 0


def test_names_of_annotators_do_not_leave(
    project: Path, hub: Hub, capsys: pytest.CaptureFixture[str]
) -> None:
    home = project / "home"
    home.mkdir()
    people = {"ann-lee": {"password": None, "rounds": []}}
    (home / "annotators.json").write_text(json.dumps(people))
    table_with(project, " says ann-lee")
    with pytest.raises(SystemExit) as end:
        main(["publish", "dataset", "--org", "org", "--home", str(home)])
    assert end.value.code == 2
    assert "the name of an annotator: ann-lee" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org/home/page", "5/mnt/2 and a/b", r"\frac{a}{b}@c", "x@y", "sk-learn",
        "and/or home/page", "hf_hub", "f(x) @ 3.5", "see ../mnt/x",
    ],
)  # fmt: skip
def test_common_texts_are_no_leaks(text: str) -> None:
    assert list(Leaks().in_text(text)) == []


def trained(project: Path) -> Path:
    """What `trl sft --config recipes/mixed.yaml` leaves."""
    folder = project / "out/mixed"
    shutil.copytree(project / "models/tiny", folder)
    recipe = (
        "# trl sft --config recipes/mixed.yaml\n#\n# Hardware: 2 CPU cores.\n"
        "model_name_or_path: models/tiny\ndataset_name: datasets/r1k\ndataset_config: mixed\n"
        "output_dir: out/mixed\n"
    )
    (project / "recipes/mixed.yaml").write_text(recipe)
    (folder / "README.md").write_text("---\ntags: [generated_from_trainer]\n---\n- TRL: 1.16.0\n")
    log = {
        "log_history": [
            {"epoch": 0.5, "step": 1, "loss": 2.5},
            {"epoch": 1, "step": 1, "eval_loss": 1.5},
        ]
    }
    for step, losses in ((1, {}), (10, log)):
        (folder / f"checkpoint-{step}").mkdir()
        (folder / f"checkpoint-{step}/trainer_state.json").write_text(json.dumps(losses))
    return folder


def test_the_card_of_a_model_that_a_recipe_trained(project: Path, hub: Hub) -> None:
    trained(project)
    rows = {
        "model": ["out/mixed", "out/mixed (tagged)", "models/tiny"],
        "task": ["r1k:forward", "r1k_direction_ood:reverse", "r1k:forward"],
        "metric": ["accuracy", "margin", "accuracy"],
        "mean": [0.34, 0.5, 0.1], "low": [0.3, 0.4, 0.1], "high": [0.4, 0.6, 0.1],
        "pairs": [500, 300, 500],
    }  # fmt: skip
    pl.DataFrame(rows).write_parquet(project / "results.parquet")
    words = ["--org", "org", "--results", "results.parquet"]
    assert publish("model", "out/mixed", "models/tiny", *words) == 0
    files = hub.files("models/org/tiny-mixed")
    assert {"recipes/mixed.yaml", "trainer_state.json", "model.safetensors"} <= set(files)
    assert not [name for name in files if "checkpoint" in name or name.endswith(".bin")]
    card = huggingface_hub.ModelCard(files["README.md"].decode())
    assert card.data.base_model == "org/tiny" and card.data.datasets == ["org/r1k"]
    assert card.data.license == "apache-2.0"  # its base's
    accuracy, margin = card.data.eval_results
    assert (accuracy.dataset_type, accuracy.dataset_config, accuracy.dataset_split) == (
        "org/r1k", "mixed", "test",
    )  # fmt: skip
    assert (accuracy.metric_type, accuracy.metric_value) == ("accuracy", 0.34)
    assert (margin.dataset_config, margin.dataset_split) == ("preference", "test_ood")
    for text in ("trl sft --config", "| 1 | 1 | 2.5000 | 1.5000 |", "34.0 (30.0 to 40.0)", "TRL 1"):
        assert text in card.text
    scored = huggingface_hub.ModelCard(hub.files("models/org/tiny")["README.md"].decode())
    assert [result.metric_value for result in scored.data.eval_results] == [0.1]
    assert "[the recipe](recipes/tiny.yaml)" in scored.text


def test_an_adapter_names_its_base_as_it_is_on_the_hub(project: Path, hub: Hub) -> None:
    folder = trained(project)
    (folder / "config.json").rename(folder / "adapter_config.json")
    (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "models/tiny"}')
    assert publish("model", "out/mixed", "--org", "org") == 0
    files = hub.files("models/org/tiny-mixed")
    assert json.loads(files["adapter_config.json"])["base_model_name_or_path"] == "org/tiny"
    assert b"base_model_relation: adapter" in files["README.md"]


def test_citations_agree() -> None:
    """CITATION.cff, and the BibTeX of the cards, which all have from one place."""
    cff = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    (paper,) = cff["references"]
    bibtex = " ".join(citation(cff["version"]).split())
    people = " and ".join(f"{a['family-names']}, {a['given-names']}" for a in paper["authors"])
    for value in (
        f"{{{paper['title']}}}", f"{{{people}}}", f"{{{paper['doi']}}}", f"{{{paper['year']}}}",
        f"{{{paper['collection-title']}}}", f"{{{cff['title']}}}", f"{{{cff['version']}}}",
        f"{{{cff['license']}}}",
    ):  # fmt: skip
        assert value in bibtex
    card = (ROOT / "datasets/r1k/README.md").read_text(encoding="utf-8")
    assert citation(cff["version"]) in card
    for model in (ROOT / "models").iterdir():
        assert "(../../CITATION.cff)" in (model / "README.md").read_text(encoding="utf-8")


_STRANGER = """
import sys, datasets, transformers
rows = datasets.load_dataset("org/r1k", "reverse", revision="v1.0.0", split="train")
local = datasets.load_dataset(sys.argv[1], "reverse", split="train")
assert rows.to_list() == local.to_list() and len(rows) == 20
model = transformers.AutoModelForCausalLM.from_pretrained("org/r1k-tiny", revision="v1.0.0")
tokenizer = transformers.AutoTokenizer.from_pretrained("org/r1k-tiny", revision="v1.0.0")
print(model.num_parameters(), len(tokenizer))
"""


def test_killed_and_run_again_it_is_whole_and_a_stranger_can_load_it(
    project: Path, tmp_path: Path
) -> None:
    shutil.rmtree(project / "models")
    shutil.copytree(ROOT / "models/r1k-tiny", project / "models/r1k-tiny")
    (project / "recipes/models").symlink_to(ROOT / "recipes/models")
    with writable_hub(tmp_path / "hub") as hub:
        environment = {
            **os.environ, "HF_ENDPOINT": hub.endpoint, "HF_HUB_DISABLE_XET": "1",
            "HF_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT / "src"),
        }  # fmt: skip
        words = [sys.executable, "-m", "r1k.cli", "publish", "all", "--org", "org"]
        words += ["--tag", "v1.0.0", "--home", "no-annotators"]
        hub.latency = 0.05
        run = subprocess.Popen(
            words, env={**environment, "HF_TOKEN": TOKEN}, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        while not any("/lfs/" in path for _, path in hub.requests):
            assert run.poll() is None
            time.sleep(0.01)
        run.kill()
        run.wait()
        state = hub.state("datasets/org/r1k")
        assert state and not state["tags"]
        subprocess.run(words, env={**environment, "HF_TOKEN": TOKEN}, check=True)
        for repo in ("datasets/org/r1k", "models/org/r1k-tiny"):
            assert our_commits(hub, repo) == 1
        assert hub.files("models/org/r1k-tiny", "v1.0.0").items() >= (
            bytes_of(project / "models/r1k-tiny").items()
        )
        # Without a token, and with an empty cache.
        stranger = [sys.executable, "-c", _STRANGER, str(project / "datasets/r1k")]
        environment.pop("HF_TOKEN", None)
        environment["HF_HOME"] = str(tmp_path / "other-home")
        done = subprocess.run(
            stranger, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.split()[1] == "2048"
