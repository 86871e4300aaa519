"""Recipes and their overrides: what is read, and what a mistake is answered with."""

from pathlib import Path

import pytest

from r1k.config import Config, load_config
from r1k.errors import UserError

RECIPES = sorted((Path(__file__).parents[1] / "recipes" / "generate").glob("*.yaml"))


def write(folder: Path, text: str) -> Path:
    path = folder / "recipe.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def fails(path: Path, **overrides: str) -> str:
    with pytest.raises(UserError) as caught:
        load_config(path, {key.replace("__", "."): value for key, value in overrides.items()})
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 400
    return message


@pytest.mark.parametrize("path", RECIPES, ids=lambda p: p.name)
def test_recipes_load(path: Path) -> None:
    config = load_config(path, {})
    # The families' own checks are all required.
    assert bool(config.checks.required) == (config.inverter != "program")


def test_empty_file_is_the_defaults(tmp_path: Path) -> None:
    assert load_config(write(tmp_path, ""), {}) == Config()
    assert load_config(write(tmp_path, "# nothing\n"), {}) == Config()


def test_overrides(tmp_path: Path) -> None:
    path = write(tmp_path, "seed: 3\nllm:\n  solve:\n    model: small\n    samples: 2\n")
    config = load_config(
        path,
        {
            "llm.solve.samples": "8",
            "llm.invert.model": "big",
            "llm.structured": "false",
            "checks.required": "[parsed, round_trip]",
            "source.columns.question": "prompt",
            "source.limit": "null",
        },
    )
    assert config.seed == 3
    assert config.llm.solve
    assert (config.llm.solve.model, config.llm.solve.samples) == ("small", 8)
    assert config.llm.invert
    assert config.llm.invert.model == "big"
    assert config.llm.structured is False
    assert config.checks.required == ["parsed", "round_trip"]
    assert config.source.columns == {"question": "prompt"}
    assert config.source.limit is None


def test_override_of_a_section_set_to_null(tmp_path: Path) -> None:
    path = write(tmp_path, "llm:\n  solve:\n")
    solve = load_config(path, {"llm.solve.model": "m"}).llm.solve
    assert solve
    assert solve.model == "m"


def test_unknown_keys_name_the_nearest(tmp_path: Path) -> None:
    message = fails(write(tmp_path, "llm:\n  solve:\n    model: m\n    sample: 2\n"))
    assert "'llm.solve.sample'" in message
    assert "recipe.yaml" in message
    assert "did you mean 'llm.solve.samples'?" in message
    message = fails(write(tmp_path, ""), checks__requird="[parsed]")
    assert message.startswith("--checks.requird: unknown config key")
    assert "did you mean 'checks.required'?" in message
    message = fails(write(tmp_path, "qqqqqqqqqqqqqqqq: 1"))
    assert "unknown config key" in message
    assert "did you mean" not in message


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("seed: many", ["'seed'", "integer", "'many'"]),
        ("seed: -1", ["'seed'", "greater than or equal to 0", "'-1'"]),
        ("inverter: magic", ["'inverter'", "'mask'", "'llm'", "'magic'"]),
        ("checks: {required: parsed}", ["'checks.required'", "list", "'parsed'"]),
        ("checks: {min_agreement: 0}", ["'checks.min_agreement'", "greater than 0"]),
        ("views: {verdicts: [good]}", ["'views.verdicts.0'", "'accepted'", "'good'"]),
        ("source: {columns: {title: t}}", ["source.columns", "'question'"]),
        ("llm: openai", ["'llm'", "'openai'"]),
        ("llm: {solve: {samples: 2}}", ["'llm.solve.model'", "required"]),
        ("seed: a\nbatch_size: 0", ["'seed'", "1 more like it"]),
    ],
)
def test_wrong_values(tmp_path: Path, text: str, parts: list[str]) -> None:
    message = fails(write(tmp_path, text))
    for part in ["recipe.yaml", *parts]:
        assert part in message


def test_wrong_overrides(tmp_path: Path) -> None:
    path = write(tmp_path, "seed: 1")
    assert fails(path, llm__concurrency="lots").startswith("--llm.concurrency: ")
    assert "has no keys of its own" in fails(path, seed__value="1")
    assert "quote it" in fails(path, card__name="[1, 2")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("seed: 1\nllm:\n  solve: {model: m\nviews: 2\n", "line 4"),
        ("seed: 1\n\tinverter: mask\n", "line 2"),
        ("a: b: c", "line 1"),
    ],
)
def test_bad_yaml_names_the_line(tmp_path: Path, text: str, where: str) -> None:
    message = fails(write(tmp_path, text))
    assert "not valid YAML" in message
    assert where in message


def test_files_that_are_no_config(tmp_path: Path) -> None:
    assert "no such config file" in fails(tmp_path / "none.yaml")
    assert "mapping" in fails(write(tmp_path, "- 1\n- 2\n"))
    assert "mapping" in fails(write(tmp_path, "hello"))
    assert "cannot be read" in fails(tmp_path)
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"card: {name: \xe9}")
    assert "UTF-8" in fails(latin)


@pytest.mark.parametrize(
    "text", ["1: 2", "null: 1", "llm: {1: 2}", "? [a]\n: 1", "!!python/name:os.system x: 1"]
)
def test_keys_that_are_no_text(tmp_path: Path, text: str) -> None:
    assert "recipe.yaml" in fails(write(tmp_path, text))


def test_another_model_is_not_given_the_revision_of_the_recipes_model(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("llm: {solve: {model: a, revision: abc}}")
    same = load_config(path, {}).llm.solve
    other = load_config(path, {"llm.solve.model": "b"}).llm.solve
    pinned = load_config(path, {"llm.solve.revision": "def", "llm.solve.model": "b"}).llm.solve
    assert same and other and pinned
    assert (same.revision, other.revision, pinned.revision) == ("abc", None, "def")


def test_benchmarks_as_one_word_or_as_a_list(tmp_path: Path) -> None:
    path = write(tmp_path, "seed: 1")
    assert load_config(path, {}).checks.against is None
    for text in ("math500=a.jsonl,aime24", "[math500=a.jsonl, aime24]"):
        checks = load_config(path, {"checks.against": text}).checks
        assert checks.against == ["math500=a.jsonl", "aime24"]
    assert load_config(path, {"checks.against": "[]"}).checks.against == []
