"""`r1k annotate push` and `status` with the real server, and people who answer by its API."""

import json
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from r1k.annotation.push import MAX_CHARS, Wanted, push
from r1k.annotation.rest import Argilla as Client
from r1k.annotation.rest import connect, find_rounds
from r1k.annotation.status import show_status
from r1k.cli import main
from r1k.errors import UserError
from r1k.schema import Pair
from tests.annotated import Person, write_folder
from tests.argilla import Argilla
from tests.pairs import make_pair

Push = Callable[..., str]


@pytest.fixture
def send(argilla: Argilla, capsys: pytest.CaptureFixture[str]) -> Push:
    """Push a folder to the server; what is printed."""

    def sent(folder: Path, *users: str, name: str | None = None, **wanted: object) -> str:
        assert push(folder, argilla.home, None, name, Wanted([*users], **wanted)) == 0  # type: ignore[arg-type]
        return capsys.readouterr().out

    return sent


def pairs(n: int, first: int = 0) -> list[Pair]:
    return [make_pair(first + i) for i in range(n)]


def records(argilla: Argilla, name: str, number: int = 1) -> dict[str, dict[str, object]]:
    client = connect(argilla.home, None)
    part = next(r for r in find_rounds(client, name) if r.number == number)
    return {record["external_id"]: record for record in client.records(part.id)}


def counted(printed: str) -> dict[str, int]:
    """The counts of pairs, by the first word of what became of them; they must add up."""
    lines = printed.splitlines()
    head = next(i for i, line in enumerate(lines) if " pairs of " in line)
    found: dict[str, int] = {}
    for line in lines[head + 1 :]:
        if not line.startswith("  "):
            break
        number, _, what = line.strip().partition("  ")
        found[what] = int(number.replace(",", ""))
    assert sum(found.values()) == int(lines[head].split()[0].replace(",", ""))
    return found


def test_push_then_push_again(argilla: Argilla, send: Push, tmp_path: Path) -> None:
    rejected = {"verdict": "rejected", "reasons": ["round_trip"]}
    folder = write_folder(
        tmp_path / "Twice 1",
        train=pairs(20),
        test=pairs(5, 200),
        rejected=[make_pair(300, **rejected), make_pair(301, **rejected, reverse=None)],
    )
    printed = send(folder, "ann", "bob")
    assert counted(printed) == {
        "sent to twice-1-round-1": 25,
        "left out: they were rejected by the checks (--rejected sends them)": 1,
        "left out: they have no reverse problem": 1,
    }
    passwords = argilla.home / "annotators.json"
    for wanted in (argilla.url, str(passwords), "ann (new), bob (new)", "r1k annotate status"):
        assert wanted in printed
    kept = json.loads(passwords.read_text())
    assert stat.S_IMODE(passwords.stat().st_mode) == 0o600
    assert kept["ann"]["password"] not in printed
    there = records(argilla, "twice-1")
    assert len(there) == 25 and all(not r["responses"] for r in there.values())
    shown = there["pair-000007"]
    assert shown["fields"]["reverse_answer"] == "7"  # type: ignore[index]
    assert shown["metadata"]["split"] == "train"  # type: ignore[index]
    assert not shown.get("suggestions")

    again = send(folder, "ann", "bob")
    assert counted(again)["there already"] == 25
    assert "(new)" not in again and json.loads(passwords.read_text()) == kept
    assert records(argilla, "twice-1") == there

    assert "cat1 (new)" in send(folder, "cat1")
    more = counted(send(folder, "ann", rejected=True))
    assert more["sent to twice-1-round-1"] == 1 and more["there already"] == 25
    for name in ("ann", "bob"):
        assert Person(argilla, name).datasets() == ["twice-1-round-1"]


def test_a_person_signs_in_with_the_password_of_the_file(
    argilla: Argilla, send: Push, tmp_path: Path
) -> None:
    send(write_folder(tmp_path / "sign-in", train=pairs(2)), "ann", "bob")
    password = json.loads((argilla.home / "annotators.json").read_text())["ann"]["password"]
    with argilla.client() as client:
        given = {"username": "ann", "password": password}
        assert client.post("token", data=given).status_code == 201
        assert client.post("token", data=given | {"password": "x" * 8}).status_code == 401


def test_everybody_begins_with_the_same_fair_sample(
    argilla: Argilla, send: Push, tmp_path: Path
) -> None:
    folder = write_folder(tmp_path / "sample", train=pairs(40))
    assert counted(send(folder, "ann", "bob", pairs=10)) == {
        "sent to sample-round-1": 10,
        "left out: they are more than --pairs 10": 30,
    }
    first = [r["external_id"] for r in Person(argilla, "ann").pending("sample-round-1")]
    assert first == [r["external_id"] for r in Person(argilla, "bob").pending("sample-round-1")]
    assert max(first) > "pair-000020" and first != sorted(first)
    assert counted(send(folder, "ann", pairs=15))["sent to sample-round-1"] == 5
    assert set(first) < records(argilla, "sample").keys()
    assert counted(send(folder, "ann", pairs=5))["there already"] == 15


def test_answers_are_never_touched_and_changed_pairs_are_told(
    argilla: Argilla, send: Push, tmp_path: Path
) -> None:
    folder = write_folder(tmp_path / "changed", train=pairs(6))
    send(folder, "ann", "bob")
    ann, bob = Person(argilla, "ann"), Person(argilla, "bob")
    waiting = {r["external_id"]: r for r in ann.pending("changed-round-1")}
    ann.answer(waiting["pair-000000"], quality=2, comment="so so")
    bob.answer(waiting["pair-000000"], faithful="other")
    bob.answer(waiting["pair-000001"], status="draft")
    before = records(argilla, "changed")

    new = []
    for i, pair in enumerate(pairs(6)):
        assert pair.reverse
        better = pair.reverse.model_copy(update={"trace": "Better."})
        new.append(pair.model_copy(update={"reverse": better}) if i < 3 else pair)
    write_folder(folder, train=[*new, make_pair(9)])
    assert counted(send(folder, "ann", "bob")) == {
        "sent to changed-round-1": 1,
        "there already": 3,
        "there already, updated: what is shown changed, and nobody had answered": 1,
        "there already, left as they are: the pair changed, but people have answered": 2,
    }
    after = records(argilla, "changed")
    for pair_id in ("pair-000000", "pair-000001"):
        assert after[pair_id] == before[pair_id]
    assert after["pair-000002"]["fields"]["reverse_trace"] == "Better."  # type: ignore[index]
    assert after["pair-000002"]["metadata"] != before["pair-000002"]["metadata"]

    write_folder(folder, train=new[:2])
    assert "5 pairs in changed-round-1 are no longer in" in send(folder, "ann")
    assert records(argilla, "changed") == after


def test_killed_and_run_again(argilla: Argilla, send: Push, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "killed", train=pairs(150))
    command = [sys.executable, "-m", "r1k.cli", "annotate", "push", str(folder), "--users", "ann"]
    run = subprocess.Popen(
        [*command, "bob", "--home", str(argilla.home)], stdout=subprocess.DEVNULL
    )
    client = connect(argilla.home, None)
    while not (found := find_rounds(client, "killed")) or not _count(client, found[0].id):
        assert run.poll() is None
        time.sleep(0.02)
    run.send_signal(signal.SIGKILL)
    run.wait()
    before = _count(client, found[0].id)
    assert 0 < before < 150
    done = counted(send(folder, "ann", "bob"))
    assert done["there already"] >= before
    assert done["sent to killed-round-1"] == 150 - done["there already"]
    assert len(records(argilla, "killed")) == 150


def _count(client: Client, dataset_id: str) -> int:
    return int(client.get(f"datasets/{dataset_id}/records", limit=1)["total"])


def test_a_round_whose_making_was_interrupted_is_made_anew(
    argilla: Argilla, send: Push, tmp_path: Path
) -> None:
    client = connect(argilla.home, None)
    workspace = client.post("workspaces", {"name": "halfway"})["id"]
    metadata = {"r1k": {"dataset": "halfway", "round": 1}}
    body = {"name": "halfway-round-1", "workspace_id": workspace, "metadata": metadata}
    client.post("datasets", body)
    folder = write_folder(tmp_path / "halfway", train=pairs(2))
    assert counted(send(folder, "ann", "bob")) == {"sent to halfway-round-1": 2}
    assert len(find_rounds(client, "halfway")) == 1


def test_what_does_not_fit_what_is_there_is_refused_and_nothing_changes(
    argilla: Argilla, send: Push, tmp_path: Path
) -> None:
    folder = write_folder(tmp_path / "refused", train=pairs(3))
    client = connect(argilla.home, None)
    send(folder, "ann", "bob", name="before")
    users = client.get("users")
    with pytest.raises(UserError, match="each pair needs as many people"):
        send(folder, "ann", overlap=2)
    send(folder, "ann", "bob")
    before = records(argilla, "refused")
    with pytest.raises(UserError, match="asks 2 people for each pair, not 3"):
        send(folder, "ann", "bob", "new", overlap=3)
    with pytest.raises(UserError, match="--users 'A n'"):
        send(folder, "A n")
    with pytest.raises(UserError, match="sees what others answer"):
        send(folder, "owner")
    with pytest.raises(UserError, match="--splits nope"):
        send(folder, "ann", splits=["nope"])
    other = write_folder(tmp_path / "other" / "refused", train=pairs(3, 500))
    with pytest.raises(UserError, match="push it under another --name"):
        send(other, "ann")
    assert client.get("users") == users
    assert records(argilla, "refused") == before


def test_a_round_with_other_questions_is_refused(
    argilla: Argilla, send: Push, tmp_path: Path
) -> None:
    client = connect(argilla.home, None)
    workspace = client.post("workspaces", {"name": "otherwise"})["id"]
    metadata = {"r1k": {"dataset": "otherwise", "round": 1}}
    body = {"name": "otherwise-round-1", "workspace_id": workspace, "metadata": metadata}
    path = f"datasets/{client.post('datasets', body)['id']}"
    text = {"type": "text", "use_markdown": True}
    client.post(f"{path}/fields", {"name": "a", "title": "a", "required": True, "settings": text})
    asked = {"name": "b", "title": "b", "required": True, "settings": text}
    client.post(f"{path}/questions", asked)
    client.put(f"{path}/publish", None)
    folder = write_folder(tmp_path / "otherwise", train=pairs(2))
    with pytest.raises(UserError, match="has other fields than this version of r1k"):
        send(folder, "ann", "bob", overlap=1)
    assert client.get(f"{path}/records")["total"] == 0


def test_a_dataset_of_somebody_else_is_refused(
    argilla: Argilla, send: Push, tmp_path: Path
) -> None:
    client = connect(argilla.home, None)
    workspace = client.post("workspaces", {"name": "theirs"})["id"]
    client.post("datasets", {"name": "theirs-round-1", "workspace_id": workspace})
    folder = write_folder(tmp_path / "theirs", train=pairs(2))
    with pytest.raises(UserError, match="that r1k did not make"):
        send(folder, "ann", "bob")
    with pytest.raises(UserError, match="no dataset 'theirs'"):
        show_status("theirs", argilla.home, None)


def test_a_record_too_long_is_left_out_and_told(
    argilla: Argilla, send: Push, tmp_path: Path
) -> None:
    pair = make_pair(1)
    assert pair.reverse
    long = pair.reverse.model_copy(update={"trace": "x" * MAX_CHARS})
    trace = pair.reverse.model_copy(update={"trace": r"so \(x_1 < 2\), " * 2_300})
    two = make_pair(2, reverse=trace)
    folder = write_folder(tmp_path / "long", train=[pair.model_copy(update={"reverse": long}), two])
    printed = send(folder, "ann", "bob")
    assert "pair pair-000001: more than 300,000 characters" in printed
    assert counted(printed) == {
        "sent to long-round-1": 1,
        "left out: they have more than 300,000 characters": 1,
    }
    assert records(argilla, "long").keys() == {"pair-000002"}


def test_a_later_round_goes_to_people_who_have_not_judged(
    argilla: Argilla, send: Push, tmp_path: Path
) -> None:
    folder = write_folder(tmp_path / "again", train=pairs(6))
    with pytest.raises(UserError, match="has no labels"):
        send(folder, "cat10", number=2)
    send(folder, "ann10", "bob10", "cat10")
    waiting = Person(argilla, "ann10").pending("again-round-1")
    for i, record in enumerate(waiting):
        for name in ("ann10", "bob10") if i else ("ann10", "cat10"):
            Person(argilla, name).answer(record)
    pulled = write_folder(tmp_path / "pulled", train=pairs(6))
    _add_labels(pulled, {r["external_id"]: i < 3 for i, r in enumerate(waiting)})
    with pytest.raises(UserError, match="no earlier round"):
        send(pulled, "cat10", number=2)
    with pytest.raises(UserError, match=r"no pairs to send.*judged by ann10 before"):
        send(pulled, "ann10", number=2, name="again")
    printed = send(pulled, "cat10", "dan10", number=2, name="again")
    assert counted(printed) == {
        "sent to again-round-2": 2,
        "left out: they need no further opinion": 3,
        "left out: they were judged by cat10 before": 1,
    }
    assert "until 1 of the people" in printed
    assert records(argilla, "again", 2).keys() == {r["external_id"] for r in waiting[1:3]}
    assert Person(argilla, "ann10").datasets() == ["again-round-1"]
    assert Person(argilla, "dan10").datasets() == ["again-round-2"]
    with pytest.raises(UserError, match="bob10: has judged 2 pairs of this round"):
        send(pulled, "bob10", number=2, name="again")
    assert counted(send(pulled, "dan10", number=3, name="again"))["sent to again-round-3"] == 3


def _add_labels(folder: Path, third_opinion: dict[str, bool]) -> None:
    """The columns of `labels` that push reads, as `r1k annotate pull` writes them."""
    (folder / "labels").mkdir()
    table = pa.table({"pair_id": [*third_opinion], "third_opinion": [*third_opinion.values()]})
    pq.write_table(table, folder / "labels" / "train-0.parquet")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["labels/train-0.parquet"] = {"split": "train", "rows": table.num_rows}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_status(
    argilla: Argilla, send: Push, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_folder(tmp_path / "progress", train=pairs(10))
    send(folder, "ann11", "bob11", "cat11")
    ann, bob = Person(argilla, "ann11"), Person(argilla, "bob11")
    waiting = ann.pending("progress-round-1")
    for record in waiting[:4]:
        ann.answer(record)
    ann.answer(waiting[4], status="discarded")
    ann.answer(waiting[5], status="draft")
    for record in waiting[:2]:
        bob.answer(record)
    for asked in (str(folder), "progress"):
        show_status(asked, argilla.home, None)
        assert capsys.readouterr().out.splitlines() == [
            "progress-round-1: 10 pairs, 2 people for each",
            "person  submitted  discarded  draft  left",
            "ann11           4          1      1     5",
            "bob11           2          0      0     8",
            "cat11           0          0      0     8",
            "2 pairs complete (20%), 2 with 1 (20%), 6 with none (60%)",
        ]
    with argilla.client() as client:
        client.delete(f"users/{bob.id}")
    show_status("progress", argilla.home, None)
    shown = capsys.readouterr().out
    assert "bob11 (deleted)" in shown and "0 pairs complete (0%), 4 with 1 (40%)" in shown
    assert "bob11 (new)" in send(folder, "bob11")


def test_what_is_wrong_with_the_server_is_said_in_a_line(
    argilla: Argilla,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = write_folder(tmp_path / "wrong", train=pairs(1))

    def run(*words: str, key: str | None = None) -> str:
        monkeypatch.delenv("ARGILLA_API_KEY", raising=False)
        if key:
            monkeypatch.setenv("ARGILLA_API_KEY", key)
        with pytest.raises(SystemExit) as end:
            main(["annotate", *words])
        said = capsys.readouterr().err
        assert end.value.code == 2 and said.count("\n") == 1, said
        return said

    send = ["push", str(folder), "--users", "ann", "bob"]
    assert "no Argilla was started here" in run(*send, "--home", str(tmp_path / "nowhere"))
    assert "ARGILLA_API_KEY" in run(*send, "--url", argilla.url)
    wrong = run("status", "wrong", "--url", argilla.url, key="not-the-key")
    assert "refuses the API key" in wrong and "not-the-key" not in wrong
    away = run("status", "wrong", "--url", "http://127.0.0.1:9", key="x")
    assert "no Argilla answers at http://127.0.0.1:9" in away
    assert "'ftp://x'" in run("status", "wrong", "--url", "ftp://x", key="x")
    home = ["--home", str(argilla.home)]
    assert "not a dataset of r1k" in run("push", str(tmp_path), "--users", "ann", *home)
    with argilla.client() as client:
        users = client.get("users").json()["items"]
    annotator = next(user["api_key"] for user in users if user["role"] == "annotator")
    assert "not an owner's" in run("status", "wrong", "--url", argilla.url, key=annotator)
    (tmp_path / "credentials.json").write_text("[]")
    assert "no credentials that r1k wrote" in run("status", "wrong", "--home", str(tmp_path))


def test_another_server_by_its_address(
    argilla: Argilla, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARGILLA_API_KEY", argilla.api_key)
    folder = write_folder(tmp_path / "by-address", train=pairs(1))
    home = tmp_path / "home"
    wanted = Wanted(["ann", "eve13"], overlap=1)
    assert push(folder, home, argilla.url, None, wanted) == 0
    file = home / "servers" / f"127.0.0.1-{argilla.port}" / "annotators.json"
    kept = json.loads(file.read_text())
    assert kept["eve13"]["password"] and not kept["ann"]["password"]  # made from elsewhere
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert show_status("by-address", home, argilla.url) == 0


@pytest.mark.parametrize("action", [[], ["serve"], ["push"], ["status"], ["pull"]])
def test_help_has_an_example(action: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["annotate", *action, "--help"])
    words = " ".join(["annotate", *action])
    assert re.search(rf"examples?:\n  r1k {words}", capsys.readouterr().out)
