"""The dataset folder: it loads, a rebuild replaces it, and nothing else is ever lost."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml
from datasets import Features, load_dataset

from r1k.config import Config, ViewsConfig
from r1k.errors import UserError
from r1k.hub import write
from r1k.hub.card import CONFIGS
from r1k.hub.write import Tag, check_out, write_dataset
from r1k.schema import Pair, arrow_schema
from tests.killed import killed_after
from tests.pairs import batch, make_pair

Tagged = tuple[Tag, pa.RecordBatch]


def stream(n: int = 60, first: int = 0, **changes: Any) -> Iterator[Tagged]:
    """n pairs for train, and 10, 5 and 3 for the other tags."""
    made = [make_pair(first + i, **changes) for i in range(n)]
    yield "train", batch(made[: n // 2])
    yield "validation", batch([make_pair(1_000 + i) for i in range(10)])
    bad = {"verdict": "rejected", "reasons": ["round_trip"], "reverse": None}
    yield "rejected", batch([make_pair(2_000 + i, **bad) for i in range(3)])
    yield "train", batch(made[n // 2 :])
    yield "test", batch([make_pair(3_000 + i, verdict="unverified") for i in range(5)])


def load(out: Path, config: str, cache: Path, **options: Any) -> Any:
    return load_dataset(str(out), config, cache_dir=str(cache), **options)


def contents(out: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()
    }


def test_every_config_loads(tmp_path: Path) -> None:
    out = tmp_path / "out"
    facts = {"source": {"name": "apples", "rows": 78}, "run": {"seconds": 1.5}}
    manifest = write_dataset(out, stream(), Config(), facts)
    assert manifest == json.loads((out / "manifest.json").read_text())
    assert manifest["counts"]["accepted"] == 70 and manifest["counts"]["unverified"] == 5
    expected = {
        "pairs": {"train": 60, "validation": 10, "test": 5},
        "forward": {"train": 60, "validation": 10},
        "reverse": {"train": 60, "validation": 10},
        "mixed": {"train": 120, "validation": 20},
        "tagged": {"train": 120, "validation": 20},
        "preference": {"train": 120, "validation": 20},
        "preference_tagged": {"train": 120, "validation": 20},
        "unpaired": {"train": 240, "validation": 40},
        "rejected": {"train": 3},
    }
    for config, rows in expected.items():
        data = load(out, config, tmp_path / "cache")
        assert {split: data[split].num_rows for split in data} == rows
    pairs = load(out, "pairs", tmp_path / "cache")
    rejected = load(out, "rejected", tmp_path / "cache")
    schema = Features.from_arrow_schema(arrow_schema(Pair))
    assert pairs["train"].features == rejected["train"].features == schema
    for row in [*pairs["train"], *pairs["test"], *rejected["train"]]:
        Pair.model_validate(row)
    assert pairs["train"][7] == make_pair(7).model_dump()
    where: dict[str, set[str]] = {}
    for config in ("pairs", "forward", "reverse", "mixed", "preference"):
        for split, table in load(out, config, tmp_path / "cache").items():
            for pair_id in table["pair_id"]:
                where.setdefault(pair_id, set()).add(split)
    assert all(len(splits) == 1 for splits in where.values())


def test_a_rebuild_shows_the_new_rows(tmp_path: Path) -> None:
    out, cache = tmp_path / "out", tmp_path / "cache"
    write_dataset(out, stream(), Config(), {})
    old = load(out, "forward", cache)["train"][0]["answer"]
    (out / "NOTES.md").write_text("mine")
    (out / "pairs" / "mine.parquet").write_text("mine")
    manifest = write_dataset(out, stream(first=50), Config(), {})
    assert (old, load(out, "forward", cache)["train"][0]["answer"]) == ("3", "53")
    kept = {"NOTES.md", "pairs/mine.parquet", "README.md", "manifest.json", "plots/traces.png"}
    assert set(contents(out)) == kept | set(manifest["files"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "out"]


def test_same_bytes(tmp_path: Path) -> None:
    write_dataset(tmp_path / "a", stream(), Config(), {"run": {"seconds": 1}})
    write_dataset(tmp_path / "b", stream(), Config(), {"run": {"seconds": 2}})
    a, b = contents(tmp_path / "a"), contents(tmp_path / "b")
    one, two = json.loads(a.pop("manifest.json")), json.loads(b.pop("manifest.json"))
    assert (one.pop("run"), two.pop("run")) == ({"seconds": 1}, {"seconds": 2})
    assert one == two and a == b


@pytest.mark.parametrize("tag", ["train", "rejected"])
def test_empty_tables(tmp_path: Path, tag: Tag) -> None:
    """Without rejected rows, and without accepted ones.

    datasets 5.2 loads a table without rows only when streaming; otherwise it says that there is
    no data (huggingface/datasets, pull request 8401). Either is fine, another error is not.
    """
    out = tmp_path / "out"
    pair = make_pair(0) if tag == "train" else make_pair(0, verdict="rejected", reasons=["x"])
    write_dataset(out, iter([(tag, batch([pair]))]), Config(), {})
    empty = {"rejected"} if tag == "train" else set(CONFIGS) - {"rejected"}
    for config in CONFIGS:
        rows = list(load(out, config, tmp_path / "c", streaming=True)["train"])
        assert (rows == []) == (config in empty)
        try:
            assert (load(out, config, tmp_path / "c")["train"].num_rows == 0) == (config in empty)
        except ValueError as e:
            assert config in empty and "corresponds to no data" in str(e)
    assert "Empty in this build" in (out / "README.md").read_text()


def test_no_pairs_at_all(tmp_path: Path) -> None:
    manifest = write_dataset(tmp_path / "out", iter([]), Config(), {})
    assert manifest["counts"]["source_rows"] == 0
    assert len(manifest["files"]) == len(CONFIGS)


def test_views_may_hold_unverified_pairs(tmp_path: Path) -> None:
    config = Config(views=ViewsConfig(verdicts=["accepted", "unverified"]))
    write_dataset(tmp_path / "out", stream(), config, {})
    assert load(tmp_path / "out", "mixed", tmp_path / "c")["test"].num_rows == 10


def test_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="is a file"):
        check_out(tmp_path / "file")
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    check_out(foreign)
    (foreign / "manifest.json").write_text('{"made_by": "another"}')
    with pytest.raises(UserError, match="did not write"):
        write_dataset(foreign, stream(), Config(), {})
    assert list(contents(foreign)) == ["manifest.json"]
    wrong: list[tuple[Any, Any]] = [
        ("train", make_pair(0, verdict="rejected")),
        ("rejected", make_pair(0)),
        ("dev", make_pair(0)),
    ]
    for tag, pair in wrong:
        with pytest.raises(ValueError, match="tagged"):
            write_dataset(tmp_path / "out", iter([(tag, batch([pair]))]), Config(), {})
    with pytest.raises(RuntimeError, match="rows were lost"):
        write_dataset(tmp_path / "out", stream(), Config(), {"source": {"rows": 99}})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "foreign"]


def test_a_failed_build_leaves_the_old_dataset(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_dataset(out, stream(), Config(), {})
    before = contents(out)

    def broken() -> Iterator[Tagged]:
        yield from stream(first=7)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_dataset(out, broken(), Config(), {})
    assert contents(out) == before
    stale = tmp_path / ".out.r1k-999999999"  # of a process that was killed
    stale.mkdir()
    write_dataset(out, stream(), Config(), {})
    assert contents(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_killed_at_any_step_of_the_swap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "probe_views", lambda *_: {})  # slow, and not the matter here
    out = tmp_path / "out"
    write_dataset(out, stream(), Config(), {})
    old = (out / "README.md").read_bytes()
    write_dataset(tmp_path / "other", stream(first=9), Config(), {})
    new = (tmp_path / "other" / "README.md").read_bytes()
    seen = set()
    for steps in range(40):
        with killed_after(steps, tmp_path, monkeypatch) as finished:
            write_dataset(out, stream(first=9), Config(), {})
        card = (out / "README.md").read_bytes()
        assert card in (old, new)
        seen.add(card)
        for config in yaml.safe_load(card.split(b"---\n")[1])["configs"]:
            for split in config["data_files"]:
                assert all((out / path).is_file() for path in split["path"])
        if finished == [True]:
            break
        write_dataset(out, stream(), Config(), {})  # and the next build mends it
        files = json.loads((out / "manifest.json").read_text())["files"]
        assert set(contents(out)) == {"README.md", "manifest.json", "plots/traces.png", *files}
    assert finished == [True] and seen == {old, new}
