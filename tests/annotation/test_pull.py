"""`r1k annotate pull`: nothing that people said is lost, and what it comes to is in the dataset."""

import json
import shutil
import stat
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml
from datasets import load_dataset

from r1k.annotation.pseudonyms import FILE, Pseudonyms
from r1k.annotation.pull import take_in
from r1k.annotation.responses import Fetched
from r1k.cli import main
from r1k.config import CardConfig, Config
from r1k.errors import UserError
from r1k.hub import write
from r1k.hub.card import CONFIGS, VALIDATION_CONFIGS
from r1k.hub.extend import read_dataset
from r1k.hub.write import Tag, write_dataset
from r1k.schema import LabelRow, ResponseRow, sha256
from r1k.views.build import SCHEMAS
from tests.annotation.people import fetched, said
from tests.killed import killed_after
from tests.pairs import batch, make_pair

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)> [a](javascript:b) \u202e\x1b[31m é"
CONFIG = Config(card=CardConfig(name="Apples"))
REJECTED = make_pair(900, verdict="rejected", reasons=["round_trip"])


def write_pairs(out: Path, **changes: Any) -> Path:
    """12 pairs to train on, 4 to test (one unverified), one rejected."""
    pairs: list[tuple[Tag, pa.RecordBatch]] = [
        ("train", batch([make_pair(i, **(changes if i == 3 else {})) for i in range(12)])),
        ("test", batch([*map(make_pair, (100, 101, 102)), make_pair(103, verdict="unverified")])),
        ("rejected", batch([REJECTED])),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(write, "probe_views", lambda *_: {})  # slow, and not the matter here
        write_dataset(out, iter(pairs), CONFIG, {"source": {"name": "apples"}})
    return out


def answers() -> Fetched:
    """Two people judge everything, and differ in places; a third has only begun."""
    people = ("bob", "ann")
    responses = [said(make_pair(i), user, minute=i) for i in range(5) for user in people]
    responses += [said(make_pair(5), user, "paraphrase", comment=HOSTILE) for user in people]
    wrong = {"corrected_answer": "77", "comment": "It is 77."}
    responses += [said(make_pair(6), user, right="no", **wrong) for user in people]
    mended = {"corrected_question": "Ann ends with 10 apples and bought 3. And before?"}
    responses += [said(make_pair(7), "bob", **mended), said(make_pair(7), "ann")]
    responses += [said(make_pair(8), "bob", "other"), said(make_pair(8), "ann")]
    responses += [said(make_pair(9), "bob", status="discarded", faithful=None, right=None)]
    responses += [said(make_pair(9), "cat", status="draft", right=None, minute=30)]
    for i in (100, 103):
        responses += [said(make_pair(i), user, split="test") for user in people]
    responses += [said(REJECTED, user, split="rejected") for user in people]
    return fetched(responses)


def take(dataset: Path, out: Path, people: Path, said: Fetched | None = None) -> dict[str, Any]:
    facts, _ = take_in(
        read_dataset(dataset), out, said or answers(), {1: 2, 2: 1}, Pseudonyms(people), "apples"
    )
    return facts


@pytest.fixture(scope="module")
def pulled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the dataset, and what people said of it in `out`."""
    folder = tmp_path_factory.mktemp("pulled")
    take(write_pairs(folder / "apples"), folder / "out", folder / "home")
    return folder


def load(out: Path, config: str, cache: Path) -> Any:
    return load_dataset(str(out), config, cache_dir=str(cache))


def contents(out: Path) -> dict[str, bytes]:
    return {str(p.relative_to(out)): p.read_bytes() for p in out.rglob("*") if p.is_file()}


def test_every_response_is_a_row(pulled: Path, tmp_path: Path) -> None:
    rows = [
        ResponseRow.model_validate(r) for r in load(pulled / "out", "validation", tmp_path)["train"]
    ]
    assert len(rows) == len(answers().responses) == 26
    found = {(r.pair_id, r.annotator): r for r in rows}
    # bob said something first.
    draft = found[make_pair(9).pair_id, "annotator-3"]
    assert (draft.status, draft.faithful, draft.answer_right) == ("draft", "faithful", None)
    bob = found[make_pair(9).pair_id, "annotator-1"]
    assert (bob.status, bob.faithful) == ("discarded", None)
    hostile = found[make_pair(5).pair_id, "annotator-2"]
    assert hostile.comment == HOSTILE and hostile.quality == 4
    assert hostile.inserted_at == "2026-01-01T10:00:00+00:00"
    assert not any(r.pair_changed for r in rows)
    assert {r.split for r in rows} == {"train", "test", "rejected"}


def test_labels(pulled: Path, tmp_path: Path) -> None:
    table = load(pulled / "out", "labels", tmp_path)["train"]
    labels = {row["pair_id"]: LabelRow.model_validate(row) for row in table}
    assert len(labels) == 13
    decided = {i: labels[make_pair(i).pair_id] for i in range(10)}
    assert [decided[i].decision for i in (0, 5, 6, 7, 8, 9)] == [
        "validated", "rejected", "validated", "validated", "undecided", "undecided",
    ]  # fmt: skip
    assert decided[5].reasons == ["paraphrase"] and decided[5].faithful_share == 1
    assert (decided[6].corrected, decided[6].corrected_answer) == (["answer"], "77")
    assert decided[7].corrected == ["question"]
    assert (decided[8].faithful, decided[8].third_opinion) == (None, True)
    assert (decided[9].annotators, decided[9].third_opinion) == (0, False)
    assert labels[REJECTED.pair_id].decision == "validated"
    assert {row.faithful_dawid_skene for row in labels.values()} == {None}


def test_validated_views(pulled: Path, tmp_path: Path) -> None:
    train = {i: make_pair(i) for i in (0, 1, 2, 3, 4, 6, 7)}
    for view in SCHEMAS:
        data = load(pulled / "out", f"validated_{view}", tmp_path)
        assert {s: set(data[s]["pair_id"]) for s in data} == {
            "train": {pair.pair_id for pair in train.values()},
            # Unverified, and validated by people: what it lacked.
            "test": {make_pair(100).pair_id, make_pair(103).pair_id},
        }
        marked = {row["pair_id"] for row in data["train"] if row["corrected"]}
        assert marked == {make_pair(6).pair_id, make_pair(7).pair_id}
        plain = load(pulled / "out", view, tmp_path)
        assert set(data["train"].column_names) == {*plain["train"].column_names, "corrected"}
    rows = {r["pair_id"]: r for r in load(pulled / "out", "validated_reverse", tmp_path)["train"]}
    answer = rows[make_pair(6).pair_id]
    assert answer["completion"][0]["content"] == "The answer is \\boxed{77}."
    assert (answer["answer"], answer["traced"]) == ("77", False)
    forward = load(pulled / "out", "validated_forward", tmp_path)["train"]
    assert {r["pair_id"] for r in forward if not r["traced"]} == {make_pair(6).pair_id}
    question = rows[make_pair(7).pair_id]
    assert question["prompt"][0]["content"].endswith("And before?") and question["traced"]
    same = load(pulled / "out", "reverse", tmp_path)["train"]
    for row in same:
        if row["pair_id"] in rows and not rows[row["pair_id"]]["corrected"]:
            assert row | {"corrected": False} == rows[row["pair_id"]]


def test_card_and_manifest(pulled: Path) -> None:
    out = pulled / "out"
    before, manifest = (
        json.loads((f / "manifest.json").read_text()) for f in (pulled / "apples", out)
    )
    assert manifest["files"].items() > before["files"].items()
    for name, facts in manifest["files"].items():
        assert sha256((out / name).read_bytes()) == facts["sha256"]
    validation = manifest["validation"]
    for name, digest in validation["pages"].items():
        assert sha256((out / name).read_bytes()) == digest
    assert set(contents(out)) == {
        "README.md", "manifest.json", "plots/traces.png", *validation["pages"], *manifest["files"],
    }  # fmt: skip
    rows = dict.fromkeys((*CONFIGS, *VALIDATION_CONFIGS), 0)
    for name, facts in manifest["files"].items():
        rows[name.partition("/")[0]] += facts["rows"]
    said_ = validation["responses"]
    assert rows["validation"] == said_["submitted"] + said_["discarded"] + said_["draft"] == 26
    assert rows["labels"] == validation["pairs"] == sum(validation["decisions"].values()) == 13
    assert (
        rows["validated_mixed"] == 2 * sum(v["pairs"] for v in validation["views"].values()) == 18
    )
    assert validation["not_in_views"] == 1 and validation["pairs_waiting"] == 0
    assert validation["decisions"] == {"validated": 10, "rejected": 1, "undecided": 2}
    card = (out / "README.md").read_text()
    configs = yaml.safe_load(card.split("---\n")[1])["configs"]
    assert [c["config_name"] for c in configs] == [*CONFIGS, *VALIDATION_CONFIGS]
    for config in configs:
        assert all((out / p).is_file() for s in config["data_files"] for p in s["path"])
    for text in (
        "[validation.html](validation.html)", "| **validated** |  | 10 | 76.9 % |",
        'load_dataset("PATH_OR_HUB_ID", "validated_preference")', "`pair_changed`",
    ):  # fmt: skip
        assert text in card
    # All else in the card is as it was.
    kept = [line for line in (pulled / "apples/README.md").read_text().split("\n") if line]
    assert set(kept) <= set(card.split("\n"))


def test_agreement_json(pulled: Path) -> None:
    found = json.loads((pulled / "out/agreement.json").read_text())
    faithful = found["questions"]["faithful"]
    assert (faithful["units"], faithful["responses"], faithful["level"]) == (12, 24, "nominal")
    # In one draw of twelve pairs in nine, all answers are equal.
    assert 0.5 < faithful["alpha"] < 1 and "no interval" in faithful["interval_note"]
    assert {(c["a"], c["b"]): c["count"] for c in faithful["confusion"]} == {
        ("faithful", "faithful"): 10, ("faithful", "other"): 1, ("paraphrase", "paraphrase"): 1,
    }  # fmt: skip
    assert found["questions"]["quality"]["alpha_note"] == "undefined (all answers equal)"
    [parsed] = found["checks"]  # the other one was not run
    assert (parsed["check"], parsed["pass_yes"], parsed["pass_no"]) == ("parsed", 10, 1)


def test_the_page_shows_and_does_nothing(pulled: Path) -> None:
    page = (pulled / "out/validation.html").read_text()
    assert (
        "<script" not in page and "<img" not in page and "\u202e" not in page and "\x1b" not in page
    )
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page and "é" in page
    assert "default-src &#x27;none&#x27;" in page or "default-src 'none'" in page
    assert "annotator-1" in page and "id of" not in page and "ann" not in page.split()
    for text in ("<b>13</b>", "undefined (all answers equal)", "asks for the forward answer again"):
        assert text in page


def test_same_responses_same_bytes(pulled: Path, tmp_path: Path) -> None:
    """Whatever order they come in, and into whatever folder: new, pulled before, the dataset."""
    shuffled = answers()
    shuffled = Fetched(shuffled.responses[::-1], shuffled.records, shuffled.usernames)
    shuffled.responses.sort(key=lambda r: r.inserted_at)
    want = contents(pulled / "out")
    dataset = write_pairs(tmp_path / "apples")
    for out in ("out", "out", "apples", "apples"):
        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
        (home / FILE).write_bytes((pulled / "home" / FILE).read_bytes())
        take(dataset, tmp_path / out, home, shuffled)
        assert contents(tmp_path / out) == want
    assert sorted(p.name for p in tmp_path.iterdir()) == ["apples", "home", "out"]


def test_pseudonyms(tmp_path: Path) -> None:
    names = Pseudonyms(tmp_path / "home")
    users = {"1": "ann", "2": "bob"}
    assert names.name(["2", "1"], users) == {"2": "annotator-1", "1": "annotator-2"}
    names.save()
    assert stat.S_IMODE((tmp_path / "home" / FILE).stat().st_mode) == 0o600
    again = Pseudonyms(tmp_path / "home")
    # bob was removed and made anew; a user who is gone has a name of their own.
    found = again.name(["1", "3", "4"], {"1": "ann", "3": "bob"})
    assert [found[i] for i in "134"] == ["annotator-2", "annotator-1", "annotator-3"]
    (tmp_path / "home" / FILE).write_text("[]")
    with pytest.raises(UserError, match="names of annotators"):
        Pseudonyms(tmp_path / "home")


def test_more_responses_replace_the_tables(tmp_path: Path) -> None:
    out = tmp_path / "out"
    dataset = write_pairs(tmp_path / "apples")
    take(dataset, out, tmp_path / "home")
    first = set(contents(out))
    now = answers()
    more = said(make_pair(8), "dan", round=2, minute=50)  # the third opinion
    changed_mind = said(make_pair(0), "bob", "other", round=2, minute=51)
    facts = take(dataset, out, tmp_path / "home", fetched([*now.responses, more, changed_mind]))
    assert facts["decisions"] == {"validated": 10, "rejected": 1, "undecided": 2}
    labels = {r["pair_id"]: r for r in load(out, "labels", tmp_path / "c")["train"]}
    assert labels[make_pair(8).pair_id]["decision"] == "validated"
    assert labels[make_pair(8).pair_id]["annotators"] == 3
    assert labels[make_pair(0).pair_id]["reasons"] == ["faithful_tied"]  # bob's last word
    rows = load(out, "validation", tmp_path / "c")["train"]
    assert len(rows) == 28 and rows[27]["annotator"] == "annotator-4"
    old = {name for name in first if name.startswith("validation/")}
    assert old and not old & set(contents(out))


def test_pairs_that_changed(tmp_path: Path) -> None:
    dataset = write_pairs(tmp_path / "apples", given="0", reverse=make_pair(77).reverse)
    more = [said(make_pair(500), "ann", split="train")]  # a pair that is no longer there
    facts = take(dataset, tmp_path / "out", tmp_path / "home",
                 fetched([*answers().responses, *more]))  # fmt: skip
    assert facts["responses"]["changed"] == 3 and facts["pairs_gone"] == 1
    rows = load(tmp_path / "out", "validation", tmp_path / "c")["train"]
    changed = {r["pair_id"] for r in rows if r["pair_changed"]}
    assert len(rows) == 27 and changed == {make_pair(3).pair_id, make_pair(500).pair_id}
    labels = {r["pair_id"]: r for r in load(tmp_path / "out", "labels", tmp_path / "c")["train"]}
    assert labels[make_pair(3).pair_id]["decision"] == "undecided"
    assert make_pair(500).pair_id not in labels
    reverse = load(tmp_path / "out", "validated_reverse", tmp_path / "c")["train"]
    assert make_pair(3).pair_id not in reverse["pair_id"]
    assert (
        "3 responses are to pairs that have changed"
        in (tmp_path / "out/validation.html").read_text()
    )


def test_who_is_deleted_is_not_forgotten(tmp_path: Path) -> None:
    """Argilla deletes a person's responses with the person: what was pulled before stays."""
    dataset, out, home = write_pairs(tmp_path / "apples"), tmp_path / "out", tmp_path / "home"
    take(dataset, out, home)
    before = load(out, "labels", tmp_path / "c")["train"].to_list()
    all_ = answers()
    left = [r for r in all_.responses if r.user_id != "id of bob"]
    taken_back = left.pop(0)  # ann thought better of one, and is still there
    now = fetched(left, records=all_.records, users=["id of ann"])
    facts, back = take_in(read_dataset(dataset), out, now, {1: 2}, Pseudonyms(home), "apples")
    assert (facts["responses"]["kept"], back) == (13, 1)
    labels = load(out, "labels", tmp_path / "c")["train"].to_list()
    changed = [a["pair_id"] for a, b in zip(before, labels, strict=True) if a != b]
    assert changed == [taken_back.pair_id]
    # Into a new folder goes what Argilla has.
    facts = take(dataset, tmp_path / "new", home, now)
    assert facts["responses"]["kept"] == 0 and facts["annotators"] == 2


def test_a_later_generate_leaves_what_people_said(tmp_path: Path) -> None:
    dataset = write_pairs(tmp_path / "apples")
    card = (dataset / "README.md").read_bytes()
    take(dataset, dataset, tmp_path / "home")
    tables = {
        n for n in contents(dataset) if n.startswith(("validation/", "labels/", "validated_"))
    }
    write_pairs(dataset)
    assert (dataset / "README.md").read_bytes() == card
    assert tables <= set(contents(dataset))
    facts = take(dataset, dataset, tmp_path / "home", fetched(answers().responses[:4]))
    assert facts["pairs"] == 2
    left = {n for n in contents(dataset) if n.startswith(("validation/", "labels/", "validated_"))}
    assert left == {n for n in json.loads((dataset / "manifest.json").read_text())["files"]
                    if n.partition("/")[0] in VALIDATION_CONFIGS}  # fmt: skip


def test_killed_at_any_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """OUT loads as before or as after; running again mends it."""
    dataset, out, home = write_pairs(tmp_path / "apples"), tmp_path / "out", tmp_path / "home"
    few = fetched(answers().responses[:8])
    take(dataset, out, home, few)
    old = contents(out)
    take(dataset, tmp_path / "other", home)
    new = contents(tmp_path / "other")
    seen = set()
    for steps in range(0, 70, 7):
        with killed_after(steps, tmp_path, monkeypatch) as finished:
            take(dataset, out, home)
        card = (out / "README.md").read_bytes()
        assert card in (old["README.md"], new["README.md"])
        seen.add(card)
        for config in yaml.safe_load(card.split(b"---\n")[1])["configs"]:
            for split in config["data_files"]:
                assert all((out / path).is_file() for path in split["path"])
        if finished == [True]:
            break
    assert finished == [True] and len(seen) == 2
    assert contents(out) == new


def r1k(*words: object) -> int:
    """Run the command line as typed; its exit code."""
    with pytest.raises(SystemExit) as end:
        main([str(word) for word in words])
    assert isinstance(end.value.code, int)
    return end.value.code


class Person:
    """An annotator, with what a browser would send."""

    def __init__(self, argilla: Any, name: str) -> None:
        with argilla.client() as owner:
            [user] = [u for u in owner.get("/users").json()["items"] if u["username"] == name]
        self.id, self.client = user["id"], argilla.client(user["api_key"])

    def submit(self, record: str, status: str = "submitted", **answers: Any) -> None:
        values = {"faithful": "faithful", "answer_right": "yes", "quality": 5} | answers
        body = {"status": status, "values": {k: {"value": v} for k, v in values.items()}}
        self.client.post(f"/records/{record}/responses", json=body).raise_for_status()


def records_of(argilla: Any, dataset: str) -> dict[str, str]:
    """Ids in Argilla by pair."""
    with argilla.client() as owner:
        found = owner.get("/me/datasets").json()["items"]
        [uuid] = [d["id"] for d in found if d["name"] == dataset]
        items = owner.get(f"/datasets/{uuid}/records", params={"limit": 1000}).json()["items"]
    return {item["external_id"]: item["id"] for item in items}


def test_with_a_real_argilla(argilla: Any, tmp_path: Path, capsys: Any, monkeypatch: Any) -> None:
    """Push, two people, pull; a third opinion, pull; a person deleted and a pair changed, pull."""
    dataset, out = write_pairs(tmp_path / "pulltest"), tmp_path / "out"
    (tmp_path / "home").mkdir()  # other tests have people of their own
    shutil.copy(argilla.home / "credentials.json", tmp_path / "home")
    home = ("--home", tmp_path / "home")
    assert r1k("annotate", "pull", dataset, "-o", out, *home) == 2
    assert "r1k annotate push" in capsys.readouterr().err and not out.exists()
    people = ("--users", "pull-ann", "pull-bob")
    assert r1k("annotate", "push", dataset, *people, "--overlap", 2, *home) == 0
    assert r1k("annotate", "pull", dataset, "-o", out, *home) == 2
    assert "nobody has answered" in capsys.readouterr().err and not out.exists()

    ann, bob = Person(argilla, "pull-ann"), Person(argilla, "pull-bob")
    records = records_of(argilla, "pulltest-round-1")
    assert len(records) == 16
    at = {i: records[make_pair(i).pair_id] for i in (0, 1, 2, 3, 100)}
    for i in (0, 3, 100):
        ann.submit(at[i])
        bob.submit(at[i])
    ann.submit(at[1], comment=HOSTILE)
    bob.submit(at[1], faithful="paraphrase")
    bob.submit(at[2], status="draft")
    assert r1k("annotate", "pull", dataset, "-o", out, *home) == 0
    printed = capsys.readouterr().out
    assert "5 pairs answered by 2 people, 11 not yet" in printed
    assert f"1 pairs need a third opinion: r1k annotate push {out} --round 2" in printed
    assert "validated        3" in printed and "undefined (all answers equal)" in printed
    first = contents(out)
    assert r1k("annotate", "pull", dataset, "-o", out, *home) == 0
    assert contents(out) == first
    # By its address, as somebody else's server.
    monkeypatch.setenv("ARGILLA_API_KEY", argilla.api_key)
    server = ("--url", argilla.url, "--home", tmp_path / "elsewhere")
    assert r1k("annotate", "pull", dataset, "-o", tmp_path / "by-url", *server) == 0
    assert contents(tmp_path / "by-url") == first
    assert (tmp_path / f"elsewhere/servers/127.0.0.1-{argilla.port}" / FILE).is_file()
    capsys.readouterr()
    rows = load(out, "validation", tmp_path / "c")["train"].to_list()
    assert len(rows) == 9
    [draft] = [r for r in rows if r["status"] == "draft"]
    assert (draft["pair_id"], draft["annotator"]) == (make_pair(2).pair_id, "annotator-2")
    assert all(r["inserted_at"] <= r["updated_at"] and "+00:00" in r["updated_at"] for r in rows)
    [comment] = [r["comment"] for r in rows if r["comment"]]
    assert comment == HOSTILE
    everything = b"".join(data for name, data in first.items() if not name.startswith("plots"))
    for secret in ("pull-ann", "pull-bob", ann.id, argilla.api_key):
        assert secret.encode() not in everything

    # The third opinion.
    assert r1k("annotate", "push", out, "--round", 2, "--users", "pull-cat", *home) == 0
    third = records_of(argilla, "pulltest-round-2")
    assert list(third) == [make_pair(1).pair_id]
    Person(argilla, "pull-cat").submit(third[make_pair(1).pair_id], faithful="paraphrase")
    assert r1k("annotate", "pull", out, "-o", out, *home) == 0  # in place
    labels = {r["pair_id"]: r for r in load(out, "labels", tmp_path / "c")["train"]}
    decided = labels[make_pair(1).pair_id]
    assert (decided["decision"], decided["reasons"], decided["annotators"]) == (
        "rejected", ["paraphrase"], 3,
    )  # fmt: skip
    assert "third opinion:" not in capsys.readouterr().out

    # bob is deleted, and his responses with him; pair 3 becomes another.
    with argilla.client() as owner:
        owner.delete(f"/users/{bob.id}").raise_for_status()
    write_pairs(dataset, reverse=make_pair(77).reverse)
    assert r1k("annotate", "pull", dataset, "-o", out, "--name", "pulltest", *home) == 0
    printed = capsys.readouterr().out
    assert "2 responses are to pairs that changed" in printed
    assert "5 responses are no longer in Argilla" in printed
    after = load(out, "validation", tmp_path / "c")["train"].to_list()
    for row in after:
        assert row.pop("pair_changed") == (row["pair_id"] == make_pair(3).pair_id)
    old = [{k: v for k, v in row.items() if k != "pair_changed"} for row in rows]
    assert [row for row in after if row["round"] == 1] == old


def test_bad_input(argilla: Any, tmp_path: Path, capsys: Any, monkeypatch: Any) -> None:
    """One line each, exit code 2, nothing written."""
    dataset, out = write_pairs(tmp_path / "bad"), tmp_path / "out"
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.tex").write_text("mine")
    (tmp_path / "empty").mkdir()
    home = ("--home", argilla.home)
    monkeypatch.delenv("ARGILLA_API_KEY", raising=False)
    for words, line in (
        ((tmp_path / "none", "-o", out, *home), "not a dataset of r1k"),
        ((tmp_path / "empty", "-o", out, *home), "not a dataset of r1k"),
        ((dataset, "-o", foreign, *home), "did not write"),
        ((dataset, "-o", out, "--home", tmp_path / "nobody"), "start one with r1k annotate serve"),
        ((dataset, "-o", out, "--url", "http://127.0.0.1:9"), "ARGILLA_API_KEY"),
        ((dataset, "-o", out, *home), "has no pairs of a dataset 'bad'"),
    ):
        assert r1k("annotate", "pull", *words) == 2
        said_ = capsys.readouterr().err
        assert line in said_ and said_.count("\n") == 1
    monkeypatch.setenv("ARGILLA_API_KEY", "wrong")
    assert r1k("annotate", "pull", dataset, "-o", out, "--url", argilla.url) == 2
    assert "refuses the API key" in capsys.readouterr().err
    assert not out.exists() and contents(foreign) == {"thesis.tex": b"mine"}
    with pytest.raises(UserError, match="none of the pairs"):
        take(dataset, out, tmp_path / "home", fetched([said(make_pair(500), "ann")]))
    file = next((dataset / "pairs").glob("train-*"))
    file.unlink()
    assert r1k("annotate", "pull", dataset, "-o", out, *home) == 2
    assert "is missing" in capsys.readouterr().err
