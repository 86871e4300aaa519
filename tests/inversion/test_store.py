"""The store of completions: nothing acknowledged is lost, nothing foreign is read."""

import random
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from r1k.errors import UserError
from r1k.inversion.store import FILE_NAME, Store
from r1k.schema import Completion, Message, Request

WRITER = """
import sys
from pathlib import Path
from tests.inversion.test_store import make
from r1k.inversion.store import Store

store = Store(Path(sys.argv[1]))
for number in range(int(sys.argv[2]), int(sys.argv[3])):
    store.put(*make(number))
    print(number, flush=True)
"""


def make(number: int) -> tuple[Request, Completion]:
    request = Request(
        model="m",
        revision=None,
        messages=[Message(role="user", content=f"question {number}")],
        temperature=0.5,
        top_p=1.0,
        max_tokens=64,
        seed=0,
        sample=number % 3,
    )
    words = " ".join(random.Random(number).choices("abcdefgh", k=number % 700))
    return request, Completion(text=f"answer {number}. {words}", finish_reason="stop")


def start_writer(folder: Path, start: int, stop: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), str(start), str(stop)],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_put_then_get(tmp_path: Path) -> None:
    request, _ = make(1)
    completion = Completion(
        text="Grüße 😀\n", reasoning="so", finish_reason="length", prompt_tokens=3
    )
    with Store(tmp_path / "new" / "store") as store:
        assert store.get(request.key()) is None
        store.put(request, completion)
        assert store.get(request.key()) == completion
    with Store(tmp_path / "new" / "store") as store:
        assert store.get(request.key()) == completion
    assert stat.S_IMODE((tmp_path / "new" / "store").stat().st_mode) == 0o700


def test_first_completion_stays(tmp_path: Path) -> None:
    request, first = make(1)
    with Store(tmp_path) as store:
        store.put(request, first)
        store.put(request, Completion(text="second"))
        assert store.get(request.key()) == first
        assert len(store) == 1


def test_errors_are_not_stored(tmp_path: Path) -> None:
    request, _ = make(1)
    with Store(tmp_path) as store:
        store.put(request, Completion(text="", error="3 tries: 500 Internal Server Error"))
        assert store.get(request.key()) is None
        assert len(store) == 0


def test_iterates_in_the_order_of_the_keys(tmp_path: Path) -> None:
    made = [make(number) for number in range(600)]
    with Store(tmp_path) as store:
        store.put_many(made)
        assert len(store) == 600
        assert list(store) == sorted(made, key=lambda entry: entry[0].key())


def test_put_many_is_all_or_nothing(tmp_path: Path) -> None:
    def fails() -> list[tuple[Request, Completion]]:
        return [make(1), (None, None)]  # type: ignore[list-item]

    with Store(tmp_path) as store:
        with pytest.raises(AttributeError):
            store.put_many(fails())
        assert len(store) == 0
        store.put(*make(1))


def test_kill_at_any_moment_loses_nothing_acknowledged(tmp_path: Path) -> None:
    rng = random.Random(7)
    acknowledged: set[int] = set()
    for start in range(0, 60_000, 10_000):
        writer = start_writer(tmp_path, start, start + 10_000)
        assert writer.stdout is not None
        acknowledged.add(int(writer.stdout.readline()))
        time.sleep(rng.uniform(0, 0.2))
        writer.kill()
        # The last line may have been cut by the kill, like everything after it.
        acknowledged.update(int(line) for line in writer.stdout if line.endswith("\n"))
        writer.wait()
        writer.stdout.close()
    assert len(acknowledged) > 100
    with Store(tmp_path) as store:
        for number in acknowledged:
            request, completion = make(number)
            assert store.get(request.key()) == completion
        assert len(list(store)) == len(store) >= len(acknowledged)


def test_several_processes_open_and_write_at_once(tmp_path: Path) -> None:
    writers = [start_writer(tmp_path / "s", start, start + 300) for start in (0, 100, 200, 300)]
    for writer in writers:
        writer.communicate()
        assert writer.returncode == 0
    with Store(tmp_path / "s") as store:
        assert len(store) == 600
        assert all(store.get(make(number)[0].key()) == make(number)[1] for number in range(600))


def one_line(error: pytest.ExceptionInfo[UserError], path: Path) -> str:
    text = str(error.value)
    assert str(path) in text
    assert "\n" not in text
    return text


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"not a database, whatever its name says" * 100)
    with pytest.raises(UserError) as error:
        Store(tmp_path)
    assert "move it away" in one_line(error, tmp_path)


def test_a_database_of_something_else(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE_NAME) as other:
        other.execute("CREATE TABLE completions (key TEXT PRIMARY KEY, value BLOB)")
    with pytest.raises(UserError) as error:
        Store(tmp_path)
    assert "not a store of completions" in one_line(error, tmp_path)


@pytest.mark.parametrize("page", range(1, 12))
def test_damage_gives_an_error_or_a_call_again_never_a_wrong_answer(
    tmp_path: Path, page: int
) -> None:
    made = [make(number) for number in range(200)]
    with Store(tmp_path) as store:
        store.put_many(made)
    path = tmp_path / FILE_NAME
    data = bytearray(path.read_bytes())
    data[page * 4096 + 50 : (page + 1) * 4096] = bytes(4096 - 50)
    path.write_bytes(data)
    errors = missing = 0
    with Store(tmp_path) as store:
        for request, completion in made:
            try:
                found = store.get(request.key())
                assert found is None or found == completion
                missing += found is None
            except UserError as e:
                assert str(e).startswith(f"{path}: damaged")
                errors += 1
    assert errors or missing


def test_a_full_disk(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store.put(*make(1))
        store._db.execute("PRAGMA max_page_count = 8")  # SQLite's own "disk is full"
        with pytest.raises(UserError) as error:
            for number in range(2, 500):
                store.put(*make(number))
        assert "is full; free some space" in one_line(error, tmp_path)
        assert store.get(make(1)[0].key()) == make(1)[1]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError) as error:
        Store(tmp_path / "file" / "store")
    one_line(error, tmp_path / "file")
