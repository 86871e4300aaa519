"""`r1k generate` with a real, if random, model: behind a real server, and in process.

The model writes noise, so no pair is accepted; what is tested is that every row is answered by it,
accounted for, and rejected for what the model wrote and not for an error on the way.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from tests.models import make_model, serve
from tests.problems import write_problems
from tests.test_generate import all_pairs, generate

ROWS = 6


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model with room for the prompts."""
    return make_model(tmp_path_factory.mktemp("model"), context=4096)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve(tmp_path_factory.mktemp("server") / "log") as url:
        yield url


def check(out: Path) -> None:
    """Every row was answered by the model, and rejected for what it wrote."""
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["counts"]["source_rows"] == ROWS
    assert manifest["tokens"]["completion_tokens"] > 0
    # A folder of this machine must not reach a dataset that will be published.
    text = (out / "manifest.json").read_text() + (out / "README.md").read_text()
    text += "".join(p.provenance.model_dump_json() for p in all_pairs(out))
    assert str(out.parents[1]) not in text
    for pair in all_pairs(out):
        assert pair.verdict == "rejected"
        assert pair.provenance.prompt_tokens > 0
        assert "tries" not in str(pair.checks) and "error" not in str(pair.reasons)


def test_a_transformers_server(server: str, model: Path, tmp_path: Path) -> None:
    source = write_problems(tmp_path / "problems.jsonl", ROWS)
    generate(
        source,
        "mask",
        tmp_path / "data",
        llm__base_url=server,
        llm__solve__model=model,
        llm__solve__samples=2,
        llm__solve__max_tokens=24,
        llm__concurrency=2,
    )
    check(tmp_path / "data")


def test_a_model_in_process(model: Path, tmp_path: Path) -> None:
    source = write_problems(tmp_path / "problems.jsonl", ROWS)
    options = {
        "llm__invert__model": model,
        "llm__invert__max_tokens": 24,
        "llm__solve__model": model,
        "llm__solve__max_tokens": 24,
    }
    generate(source, "transformers", tmp_path / "data", **options)
    check(tmp_path / "data")


def test_other_weights_at_the_same_path_are_another_model(tmp_path: Path) -> None:
    source = write_problems(tmp_path / "problems.jsonl", ROWS)
    model = make_model(tmp_path / "model", context=4096)
    options = {"llm__invert__model": model, "llm__invert__max_tokens": 24, "inverter": "llm"}

    def run() -> tuple[str | None, int]:
        """The revision of the model in the pairs, and the bytes of the kept completions."""
        generate(source, "transformers", tmp_path / "data", **options)
        (revision,) = {pair.provenance.model_revision for pair in all_pairs(tmp_path / "data")}
        kept = (tmp_path / "data.work" / "completions").iterdir()
        return revision, sum(file.stat().st_size for file in kept)

    first, kept = run()
    assert run() == (first, kept)
    weights = load_file(model / "model.safetensors")
    save_file({name: -weight for name, weight in weights.items()}, model / "model.safetensors")
    second, more = run()
    assert first != second and more > kept
