"""The manifest: counts that add up, and nothing in it that should not be published."""

import pytest

from r1k.config import Config, LLMConfig
from r1k.hub.manifest import Tally, make_manifest
from tests.pairs import batch, make_pair


def tally() -> Tally:
    counted = Tally()
    counted.add(batch([make_pair(0), make_pair(1, checks=[])]))
    counted.add(batch([
        make_pair(2, verdict="rejected", reasons=["parsed", "length"], reverse=None),
        make_pair(3, verdict="rejected", reasons=["length"]),
    ]))  # fmt: skip
    counted.add(batch([]))
    return counted


def test_counts() -> None:
    assert tally().counts() == {
        "source_rows": 4, "accepted": 2, "unverified": 0, "rejected": 2,
        "reasons": {"accepted": {}, "unverified": {}, "rejected": {"length": 2, "parsed": 1}},
    }  # fmt: skip
    assert tally().outcomes() == [
        {"id": "parsed", "version": 1, "required": True, "pass": 3, "fail": 0, "not_run": 0},
        {"id": "round_trip", "version": 2, "required": False, "pass": 0, "fail": 0, "not_run": 3},
    ]


def test_rows_that_do_not_add_up() -> None:
    make_manifest(Config(), {"source": {"rows": 4}}, tally(), {}, {}, {}, {})
    with pytest.raises(RuntimeError, match="rows were lost"):
        make_manifest(Config(), {"source": {"rows": 5}}, tally(), {}, {}, {}, {})


def test_no_password_is_published() -> None:
    config = Config(llm=LLMConfig(base_url="http://me:secret@host:8000/v1"))
    manifest = make_manifest(config, {"prompts": {"solve": "…"}}, tally(), {}, {}, {}, {})
    assert manifest["config"]["llm"]["base_url"] == "http://host:8000/v1"
    assert len(manifest["prompts"]["solve"]["sha256"]) == 64
