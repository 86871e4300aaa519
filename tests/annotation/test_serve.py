"""`r1k annotate serve`, run as a user runs it: starts, stops, kills, bad input, protection.

A start takes seconds of a core, so a test that needs one looks at all that it brings.
"""

import base64
import hashlib
import json
import re
import signal
import sqlite3
import stat
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest

from r1k.annotation.serve import ENVIRONMENT, environment
from r1k.errors import UserError
from tests.argilla import Argilla, launch, serve

pytestmark = pytest.mark.usefixtures("argilla_environment")


@pytest.fixture(scope="module")
def kept(argilla_environment: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder that was served until Ctrl-C: ten records, one of them judged once of twice.

    Its first start was killed within the migration.
    """
    home = tmp_path_factory.mktemp("kept") / "home"
    command = launch(home)
    wait_until((home / "argilla.db.new").exists)
    server = psutil.Process(command.pid).children()[0]
    server.kill()
    command.communicate(timeout=30)
    assert command.returncode == 1
    with serve(home) as running, running.client() as client:
        _, records = make_dataset(running, "kept", overlap=2, records=10)
        submit(client, records[3])
        kept = json.loads((home / "credentials.json").read_bytes())
        form = {"username": kept["username"], "password": kept["password"]}
        (home / "token").write_text(client.post("/token", data=form).json()["access_token"])
        server = psutil.Process(running.process.pid).children()[0]
        code = running.stop(signal.SIGINT)
        left = [server.pid] if server.is_running() else []
        (home / "stopped.json").write_text(json.dumps({"code": code, "left": left}))
    return home


def test_says_where_it_is_and_not_the_password(argilla: Argilla) -> None:
    credentials = json.loads((argilla.home / "credentials.json").read_bytes())
    assert set(credentials) == {"url", "username", "password", "api_key"}
    assert argilla.said == (
        f"Argilla is at {credentials['url']}\n"
        f"sign in as {argilla.home}/credentials.json says; Ctrl-C stops it\n"
    )
    with argilla.client() as client:
        me = client.get("/me").json()
    assert (me["username"], me["role"]) == (credentials["username"], "owner")
    form = {"username": credentials["username"], "password": credentials["password"]}
    assert argilla.client().post("/token", data=form).status_code == 201


def test_nobody_else_can_read_what_it_keeps(argilla: Argilla) -> None:
    assert stat.S_IMODE(argilla.home.stat().st_mode) == 0o700
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in argilla.home.iterdir()}
    assert {"argilla.db", "credentials.json", "secret", "server.log", "lock"} <= set(modes)
    assert all(mode & 0o077 == 0 for mode in modes.values()), modes


def test_listens_on_loopback_only(argilla: Argilla) -> None:
    server = psutil.Process(argilla.process.pid).children()[0]
    listening = [c for c in server.net_connections() if c.status == psutil.CONN_LISTEN]
    assert [c.laddr for c in listening] == [("127.0.0.1", argilla.port)]


def test_there_is_no_well_known_user(argilla: Argilla) -> None:
    for name, password in [("argilla", "12345678"), ("argilla", "1234"), ("owner", "12345678")]:
        form = {"username": name, "password": password}
        assert argilla.client().post("/token", data=form).status_code == 401
    assert argilla.client("argilla.apikey").get("/me").status_code == 401
    assert argilla.client("owner.apikey").get("/me").status_code == 401


def test_policy_lets_the_pages_own_scripts_run_and_no_others(argilla: Argilla) -> None:
    with argilla.client() as client:
        for path in ["", "/sign-in", "/dataset/x/annotation-mode", "/api/v1/status", "/nothing"]:
            reply = client.get(argilla.url + path)
            policy = dict(
                part.strip().split(" ", 1)
                for part in reply.headers["content-security-policy"].split(";")
            )
            assert reply.headers["x-frame-options"] == "DENY"
            assert reply.headers["x-content-type-options"] == "nosniff"
            assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
            assert "unsafe" not in policy["script-src"]
            assert all("*" not in v and "http" not in v for v in policy.values())
            inline = re.findall(r"<script>(.*?)</script>", reply.text, re.DOTALL)
            assert len(inline) == (0 if "/api/" in path else 2)
            digests = [hashlib.sha256(script.encode()).digest() for script in inline]
            hashes = {f"'sha256-{base64.b64encode(d).decode()}'" for d in digests}
            assert hashes <= set(policy["script-src"].split())
        assert (
            "access-control-allow-origin"
            not in client.get("/status", headers={"Origin": "http://attack.example"}).headers
        )


def test_a_change_of_the_overlap_reaches_the_records(argilla: Argilla) -> None:
    dataset, records = make_dataset(argilla, "overlap", overlap=2, records=5)
    with argilla.client() as client:
        for record in records[:3]:
            submit(client, record)
        assert progress(client, dataset)["completed"] == 0
        overlap = {"strategy": "overlap", "min_submitted": 1}
        assert client.patch(f"/datasets/{dataset}", json={"distribution": overlap}).is_success
        wait_until(lambda: progress(client, dataset)["completed"] == 3)


def test_an_export_runs_and_says_that_it_failed(argilla: Argilla) -> None:
    """Where there is no Hub to be reached: what counts is that the job ran, in a thread."""
    dataset, _ = make_dataset(argilla, "export", overlap=1, records=2)
    body = {"name": "nobody/nothing", "subset": "default", "split": "train", "private": True}
    with argilla.client() as client:
        reply = client.post(f"/datasets/{dataset}/export", json={**body, "token": "hf_none"})
        job = reply.json()["id"]
        wait_until(lambda: client.get(f"/jobs/{job}").json()["status"] == "failed")
    assert "export_dataset_to_hub_job failed" in (argilla.home / "server.log").read_text()


def test_a_stop_leaves_one_database_file_and_no_process(kept: Path) -> None:
    assert json.loads((kept / "stopped.json").read_bytes()) == {"code": 130, "left": []}
    left = {path.name for path in kept.iterdir()}
    assert left & {"argilla.db-wal", "argilla.db-shm", "tmp"} == set()


def test_a_restart_keeps_all_and_mends_what_was_left_behind(kept: Path) -> None:
    """A database of an earlier Argilla, an overlap that was changed as the server was killed, and
    texts that are not in the index, as after a migration that rebuilt the table of records."""
    before = json.loads((kept / "credentials.json").read_bytes())
    with closing(sqlite3.connect(kept / "argilla.db")) as database, database:
        database.execute("DROP TABLE datasets_users")
        database.execute("UPDATE alembic_version SET version_num = '6ed1b8bf8e08'")
        once = json.dumps({"strategy": "overlap", "min_submitted": 1})
        database.execute("UPDATE datasets SET distribution = ?", [once])
        database.execute("DROP TRIGGER r1k_insert")
        database.execute("DELETE FROM r1k_texts")
    with serve(kept) as running, running.client() as client:
        after = json.loads((kept / "credentials.json").read_bytes())
        assert {**before, "url": ""} == {**after, "url": ""}
        session = running.client()
        session.headers["Authorization"] = "Bearer " + (kept / "token").read_text()
        del session.headers["X-Argilla-Api-Key"]
        assert session.get("/me").json()["username"] == before["username"]
        dataset = session.get("/me/datasets").json()["items"][0]["id"]
        found = progress(client, dataset)
        assert (found["total"], found["completed"], found["pending"]) == (10, 1, 9)
        assert found["users"] == [{"username": "owner"}]  # what that migration fills in
        body = {"query": {"text": {"q": "problem 7"}}}
        found = client.post(f"/datasets/{dataset}/records/search", json=body).json()
        assert found["total"] == 1
        # kill -9 of the command, at once after the server has acknowledged:
        submit(client, found["items"][0]["record"])
        server = psutil.Process(running.process.pid).children()[0]
        running.process.kill()
        server.wait(10)
    with serve(kept) as running, running.client() as client:
        assert progress(client, dataset)["completed"] == 2
        # and of the server:
        assert client.post("/workspaces", json={"name": "before-kill"}).is_success
        psutil.Process(running.process.pid).children()[0].kill()
        assert running.process.wait(30) == 1
        assert "ended by itself" in running.errors()
    (kept / "credentials.json").unlink()
    with serve(kept) as running, running.client() as client:
        assert "before-kill" in {w["name"] for w in client.get("/me/workspaces").json()["items"]}
        anew = json.loads((kept / "credentials.json").read_bytes())
        assert anew["password"] != before["password"]
        assert client.get("/me").json()["username"] == "owner"
        form = {"username": "owner", "password": anew["password"]}
        assert client.post("/token", data=form).status_code == 201
        assert running.client(before["api_key"]).get("/me").status_code == 401
        assert running.stop(signal.SIGTERM) == 143


def test_a_second_server_is_refused(argilla: Argilla, tmp_path: Path) -> None:
    assert failed(argilla.home) == (
        f"r1k: {argilla.home}: another server uses this folder; stop it, or set --home to another"
        " one\n"
    )
    assert failed(tmp_path / "home", argilla.port) == (
        f"r1k: port {argilla.port}: Address already in use; set --port to another one\n"
    )
    assert failed(tmp_path / "home", 70_000).startswith("r1k: port 70000: not a port")


def test_folders_that_cannot_be_a_home(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    tmp_path.chmod(0o755)
    assert "holds other files; set --home" in failed(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
    assert "set --home to another folder" in failed(tmp_path / "notes.txt")


def test_a_damaged_home_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "lock").touch()
    (tmp_path / "credentials.json").write_text("{")
    assert "credentials.json: damaged; remove it" in failed(tmp_path)
    (tmp_path / "credentials.json").unlink()
    (tmp_path / "argilla.db").write_bytes(b"not a database" * 100)
    assert failed(tmp_path) == (
        f"r1k: {tmp_path}/argilla.db: file is not a database; put a copy of yours there, or set"
        " --home\n"
    )


def test_a_database_of_a_later_argilla_is_refused(kept: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "lock").touch()
    with closing(sqlite3.connect(home / "argilla.db")) as copy, copy:
        with closing(sqlite3.connect(kept / "argilla.db")) as source:
            source.backup(copy)
        copy.execute("UPDATE alembic_version SET version_num = 'from the future'")
    assert "made by another version of Argilla" in failed(home)


def test_an_environment_folder_with_other_files_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").write_text("mine")
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path))
    with pytest.raises(UserError, match="holds other files"):
        environment()
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_half_made_environment_is_made_again_and_fails_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "made"
    folder.mkdir()
    (folder / "pyvenv.cfg").touch()
    (folder / "half").touch()
    monkeypatch.setenv(ENVIRONMENT, str(folder))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(UserError, match=r"cannot install .*argilla-server"):
        environment()
    assert not (folder / "half").exists()
    assert not (folder / "complete").exists()


def failed(home: Path, port: int = 0) -> str:
    """What a server that does not start says."""
    process = launch(home, port)
    out, errors = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert errors.count("\n") == 1, errors
    return errors


def make_dataset(
    running: Argilla, name: str, overlap: int, records: int
) -> tuple[str, list[dict[str, Any]]]:
    """A dataset in a workspace of its name, with a text field and a label question."""
    with running.client() as client:
        workspace = client.post("/workspaces", json={"name": name}).json()["id"]
        distribution = {"strategy": "overlap", "min_submitted": overlap}
        body = {"name": name, "workspace_id": workspace, "distribution": distribution}
        dataset: str = client.post("/datasets", json=body).json()["id"]
        text = {"type": "text", "use_markdown": True}
        body = {"name": "question", "title": "Question", "required": True, "settings": text}
        client.post(f"/datasets/{dataset}/fields", json=body)
        options = [{"value": v, "text": v} for v in ("yes", "no")]
        body = {"name": "right", "title": "Right?", "required": True}
        body["settings"] = {"type": "label_selection", "options": options}
        client.post(f"/datasets/{dataset}/questions", json=body)
        client.put(f"/datasets/{dataset}/publish")
        items = [{"fields": {"question": f"Problem {n}."}} for n in range(records)]
        reply = client.post(f"/datasets/{dataset}/records/bulk", json={"items": items})
        return dataset, reply.json()["items"]


def submit(client: Any, record: dict[str, Any]) -> None:
    body = {"status": "submitted", "values": {"right": {"value": "yes"}}}
    assert client.post(f"/records/{record['id']}/responses", json=body).is_success


def progress(client: Any, dataset: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/datasets/{dataset}/progress").json()
    return found


def wait_until(holds: Any) -> None:
    """Until it does; pytest's own time limit ends a wait that is in vain."""
    while not holds():
        time.sleep(0.1)
