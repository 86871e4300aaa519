"""Reading sources: every format, every way a file can be broken, and nothing kept in memory."""

import csv
import gzip
import itertools
import json
import os
import subprocess
import sys
import time
import tracemalloc
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from r1k.config import SourceConfig
from r1k.errors import UserError
from r1k.schema import canonical, sha256
from r1k.source.read import count_rows, describe, fingerprint, read, read_both

DATA = Path(__file__).parents[2].parent / "shared" / "data"
ROWS = [{"id": f"n{i}", "question": f"What is {i}+1?", "answer": str(i + 1)} for i in range(30)]


def jsonl(path, rows=ROWS):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def read_all(path, **config):
    return list(read(str(path), SourceConfig(**config)))


def fatal(path, **config):
    with pytest.raises(UserError) as e:
        read_all(path, **config)
    message = str(e.value)
    assert "\n" not in message
    return message


def as_csv(path):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ROWS[0])
        writer.writeheader()
        writer.writerows(ROWS)


def as_gz(path):
    with gzip.open(path, "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in ROWS)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("rows.jsonl", jsonl),
        ("rows.json", jsonl),
        ("rows.jsonl.gz", as_gz),
        ("rows.csv", as_csv),
        ("rows.parquet", lambda path: pq.write_table(pa.Table.from_pylist(ROWS), path)),
    ],
)
def test_every_format_gives_the_same_rows(tmp_path, name, write):
    write(tmp_path / name)
    sources = read_all(tmp_path / name)
    assert [s.row for s in sources] == list(range(30))
    assert [s.id for s in sources] == [row["id"] for row in ROWS]
    assert [s.problem.answer for s in sources] == [row["answer"] for row in ROWS]
    assert sources[3].sha256 == sha256(canonical(ROWS[3]))


def test_limit(tmp_path):
    assert len(read_all(jsonl(tmp_path / "a.jsonl"), limit=4)) == 4


def test_a_folder_of_files(tmp_path):
    jsonl(tmp_path / "train-0.jsonl", ROWS[:10])
    jsonl(tmp_path / "train-1.jsonl", ROWS[10:])
    jsonl(tmp_path / "test.jsonl", ROWS[:3])
    assert [s.id for s in read_all(tmp_path)] == [row["id"] for row in ROWS]
    assert len(read_all(tmp_path, split="test")) == 3
    assert fatal(tmp_path, split="dev") == (
        f"{tmp_path}: no split 'dev'; choose with --source.split one of: train, test"
    )


def test_a_folder_with_a_card(tmp_path):
    (tmp_path / "README.md").write_text(
        "---\nconfigs:\n- config_name: easy\n  data_files: easy.jsonl\n"
        "- config_name: hard\n  data_files:\n  - split: test\n    path: hard.jsonl\n---\n# A set\n"
    )
    jsonl(tmp_path / "easy.jsonl", ROWS[:5])
    jsonl(tmp_path / "hard.jsonl", ROWS[5:])
    assert len(read_all(tmp_path, config="easy")) == 5
    assert len(read_all(tmp_path, config="hard", split="test")) == 25
    assert fatal(tmp_path, config="heard") == (
        f"{tmp_path}: no config 'heard'; choose with --source.config one of: easy, hard"
    )
    assert fatal(tmp_path) == (
        f"{tmp_path}: has several configs; choose with --source.config one of: easy, hard"
    )


def test_an_edited_folder_is_read_anew(tmp_path):
    jsonl(tmp_path / "train.jsonl", ROWS[:5])
    assert len(read_all(tmp_path)) == 5
    jsonl(tmp_path / "train.jsonl", ROWS[:7])
    assert len(read_all(tmp_path)) == 7


def test_an_empty_folder(tmp_path):
    assert "cannot be read as a dataset" in fatal(tmp_path)


# -------------------------------------------------------------------------------- bad rows go on


def errors(sources):
    return {s.row: s.error for s in sources if s.error}


def test_bad_lines_of_json(tmp_path):
    path = tmp_path / "a.jsonl"
    good = json.dumps(ROWS[0]).encode()
    path.write_bytes(
        b"\n".join([good, b'{"question": ', b'["a list"]', b"", b'{"question": "a", "answer": '])
        + b"1" * 5000
        + b"}\n"
        + b'{"question": '
        + b"[" * 100_000
        + b"\n"
    )
    found = errors(read_all(path))
    assert found[1] == "a.jsonl line 2: not valid JSON (Expecting value, column 13)"
    assert found[2] == "a.jsonl line 3: a JSON list, an object is needed"
    assert found[3].startswith("a.jsonl line 5: JSON that cannot be read (Exceeds the limit")
    assert found[4].startswith("a.jsonl line 6: JSON that cannot be read (maximum recursion")
    assert len(found) == 4


def test_bad_values(tmp_path):
    rows = [
        ROWS[0],
        {"id": "a", "answer": "5"},
        {"id": "b", "question": 7, "answer": "5"},
        {"id": "c", "question": "\ud800?", "answer": "5"},
        {"id": "d", "question": "how\x00?", "answer": "5"},
        {"id": "e", "question": "deep", "answer": "5", "x": json.loads("[" * 300 + "]" * 300)},
        {"id": "f", "question": "huge", "answer": 10**30, "x": float("nan")},
    ]
    sources = read_all(jsonl(tmp_path / "a.jsonl", rows))
    assert errors(sources) == {
        1: "column 'question' is empty: no question",
        2: "column 'question' holds a number (7), text is needed",
        3: "column 'question' holds the lone surrogate U+D800 at character 0",
        4: "column 'question' holds a NUL character at character 3",
    }
    assert len({s.sha256 for s in sources}) == len(rows)


def test_duplicate_ids(tmp_path):
    rows = [*ROWS[:4], {**ROWS[3], "question": "Another?"}, {**ROWS[3]}]
    assert errors(read_all(jsonl(tmp_path / "a.jsonl", rows))) == {
        4: "duplicate id 'n3', first at row 3",
        5: "duplicate id 'n3', first at row 3",
    }


def test_only_the_rows_wanted_are_looked_at(tmp_path):
    path, asked = str(jsonl(tmp_path / "a.jsonl", [*ROWS, ROWS[0]])), []

    def wanted(row):
        asked.append(row)
        return row % 6 == 0

    found = [row for _, row in read_both(path, SourceConfig(), wanted)]
    assert asked == list(range(31)) and [row.row for row in found] == [0, 6, 12, 18, 24, 30]
    assert found[:5] == read_all(path)[0:30:6]
    assert found[5].error is None  # by itself it is well


def test_a_fingerprint_is_that_of_the_files_read(tmp_path):
    path = jsonl(tmp_path / "train.jsonl")
    jsonl(tmp_path / "test.jsonl", ROWS[:3])
    one = fingerprint(str(path), SourceConfig())
    assert one == [f"train.jsonl {sha256(path.read_bytes())}"]
    assert fingerprint(str(tmp_path), SourceConfig(split="train")) == one
    assert fingerprint("org/name", SourceConfig()) == []


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.parquet"])
def test_rows_that_are_too_large(tmp_path, name):
    rows = [ROWS[0], {**ROWS[1], "question": "x" * 5000}, ROWS[2]]
    path = tmp_path / name
    if name == "a.jsonl":
        jsonl(path, rows)
    elif name == "a.csv":
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, ROWS[0])
            writer.writeheader()
            writer.writerows(rows)
    else:
        pq.write_table(pa.Table.from_pylist(rows), path)
    sources = read_all(path, max_row_bytes=2000)
    (message,) = errors(sources).values()
    assert len(sources) == 3
    assert sources[1].error == message
    assert "bytes, more than source.max_row_bytes (2000)" in message


def test_csv_rows_with_too_many_values_and_values_of_several_lines(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('question,answer\n"What\nis 1+1?",2\n1+2?,3,extra\n1+3?,4\n')
    sources = read_all(path)
    assert [s.problem and s.problem.question for s in sources] == ["What\nis 1+1?", None, "1+3?"]
    assert errors(sources) == {1: "a.csv line 4: 3 values, the header has 2 columns"}


# ------------------------------------------------------------------------- broken files: one line


def test_no_such_file(tmp_path):
    assert fatal(tmp_path / "a.jsonl") == f"{tmp_path}/a.jsonl: no such file or folder"
    assert fatal("rows.jsonl") == "rows.jsonl: no such file or folder"


def test_unknown_kind(tmp_path):
    (tmp_path / "a.txt").write_text("hello")
    assert fatal(tmp_path / "a.txt") == (
        f"{tmp_path}/a.txt: unknown kind of file; give .parquet, .jsonl, .json or .csv "
        f"(or .gz of these)"
    )


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.parquet"])
def test_empty_file(tmp_path, name):
    (tmp_path / name).touch()
    assert fatal(tmp_path / name) == f"{tmp_path}/{name}: the file is empty"


def test_no_rows(tmp_path):
    (tmp_path / "a.csv").write_text("question,answer\n")
    pq.write_table(pa.Table.from_pylist(ROWS).slice(0, 0), tmp_path / "a.parquet")
    (tmp_path / "a.jsonl").write_text("\n\n")
    for name in ("a.csv", "a.parquet", "a.jsonl"):
        assert fatal(tmp_path / name) == (
            f"{tmp_path}/{name}: no rows; give a source that has some"
        )


def test_json_array(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(ROWS, indent=1))
    assert fatal(path) == (
        f"{path}: a JSON array, one object a line is needed; convert it with: jq -c '.[]' a.json"
    )


def test_not_utf8(tmp_path):
    path = jsonl(tmp_path / "a.jsonl")
    start = path.stat().st_size
    with path.open("ab") as file:
        file.write('{"question": "Größe?", "answer": "1"}\n'.encode("latin-1"))
    assert fatal(path) == (
        f"{path}: line 31 is not UTF-8 (byte 0xf6 at byte offset {start + 16}); "
        f"convert it with iconv -t UTF-8"
    )
    (tmp_path / "a.csv").write_bytes("question,answer\nGröße?,1\n".encode("utf-16"))
    assert "line 1 is not UTF-8 (byte 0xff at byte offset 0)" in fatal(tmp_path / "a.csv")


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbfquestion,answer\n1+1?,2\n")
    assert read_all(tmp_path / "a.csv")[0].problem.answer == "2"


def test_corrupt_parquet(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.Table.from_pylist(ROWS), path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert fatal(path).startswith(f"{path}: truncated or corrupt parquet file, after row 0 (")
    # the footer is whole, the data are not
    path.write_bytes(data[:4] + b"\xff" * 300 + data[304:])
    assert fatal(path).startswith(f"{path}: truncated or corrupt parquet file, after row ")


def test_truncated_gzip(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    as_gz(path)
    path.write_bytes(path.read_bytes()[:-20])
    assert fatal(path).startswith(f"{path}: truncated or corrupt gzip file (")


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.parquet"])
def test_no_question_column(tmp_path, name):
    path = tmp_path / name
    if name == "a.jsonl":
        path.write_text('{"quest": "1+1?", "answer": "2"}\n')
    elif name == "a.csv":
        path.write_text("quest,answer\n1+1?,2\n")
    else:
        pq.write_table(pa.table({"quest": ["1+1?"], "answer": ["2"]}), path)
    assert fatal(path) == (
        f"{path}: no question column recognised (columns: quest, answer, nearest 'quest'); "
        f"name it with --source.columns.question COLUMN"
    )


def test_wrong_parquet_type(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"question": [1, 2], "answer": ["a", "b"]}), path)
    assert fatal(path) == (
        f"{path}: column 'question' is of type int64, text is needed for question; convert it, "
        f"or name another with --source.columns.question COLUMN"
    )


def test_csv_quote_that_is_never_closed(tmp_path):
    path = tmp_path / "a.csv"
    with path.open("w") as file:
        file.write('question,answer\n1+1?,2\n"open,3\n')
        for _ in range(70):
            file.write(("x" * 1023 + "\n") * 1024)
    message = fatal(path)
    assert message.startswith(f"{path}: a row of more than 67108864 bytes ends nowhere before line")
    assert message.endswith("look for a quote that is not closed")


# ------------------------------------------------------------------------------------ the Hub


@pytest.mark.parametrize("extra", [{"HF_HUB_OFFLINE": "1"}, {"HF_ENDPOINT": "http://127.0.0.1:9"}])
def test_the_hub_out_of_reach_fails_in_seconds(extra):
    code = (
        "from r1k.config import SourceConfig; from r1k.source.read import read\n"
        "try: next(read('simplescaling/s1K-1.1', SourceConfig()))\n"
        "except Exception as e: print(type(e).__name__, e)"
    )
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **extra},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert time.perf_counter() - start < 30
    (line,) = done.stdout.strip().splitlines()
    assert line.startswith(
        "UserError simplescaling/s1K-1.1: no such file or folder, and the Hub "
    ), done
    why = "HF_HUB_OFFLINE is set" if "HF_HUB_OFFLINE" in extra else "cannot be reached"
    assert why in line


def test_describe_a_local_source_does_not_tell_the_path_to_it(tmp_path):
    path = jsonl(tmp_path / "a.jsonl")
    origin = describe(str(path), SourceConfig())
    assert (origin.source, origin.split, origin.revision) == ("a.jsonl", None, None)
    assert describe(str(tmp_path), SourceConfig(config="x")).config == "x"


# ----------------------------------------------------------------------------- scale, real data


def test_memory_does_not_grow(tmp_path):
    path = tmp_path / "a.jsonl"
    with path.open("w") as file:
        for i in range(100_000):
            file.write(f'{{"question": "What is {i}+1?{"." * 400}", "answer": "{i + 1}"}}\n')
    rows = read(str(path), SourceConfig())
    next(rows)
    tracemalloc.start()
    for _ in itertools.islice(rows, 10_000):
        pass
    early = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    count = sum(1 for _ in itertools.islice(rows, 80_000))
    tracemalloc.start()
    count += sum(1 for _ in rows)
    late = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 89_999
    assert late - early < 5_000_000


@pytest.mark.parametrize(
    ("name", "usable", "rows"),
    [
        ("s1k.jsonl", 840, 1000),
        ("paper-sample-100.parquet", 46, 100),
        ("gsm8k-backward-600.jsonl", 550, 600),
        ("math500.jsonl", 500, 500),
        ("aime24.jsonl", 30, 30),
    ],
)
def test_real_data(name, usable, rows):
    if not (DATA / name).exists():
        pytest.skip(f"needs ../shared/data/{name} (real data, not part of the project)")
    sources = read_all(DATA / name)
    assert len(sources) == rows
    assert sum(s.problem is not None for s in sources) >= usable
    assert all((s.problem is None) != (s.error is None) for s in sources)


def test_the_papers_grades_agree_with_the_answers_found():
    path = DATA / "paper-sample-100.parquet"
    if not path.exists():
        pytest.skip(f"needs ../shared/data/{path.name} (real data, not part of the project)")
    equal = Counter(
        s.problem.answer == s.problem.reference
        for s in read_all(path)
        if s.problem and s.problem.option
    )
    graded = Counter(s.grade == "Yes" for s in read_all(path) if s.problem and s.problem.option)
    # an option right by its letter and graded "No" is row 49, whose grader erred
    assert equal[True] == graded[True] + 1


@pytest.mark.parametrize("limit", [None, 2])
@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet", "folder"])
def test_the_count_of_rows_is_that_of_read(tmp_path, kind, limit):
    rows = [{"question": f"What is {i} + 1?", "answer": str(i + 1)} for i in range(5)]
    path = tmp_path / f"rows.{kind}"
    if kind == "folder":
        path.mkdir()
        (path / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif kind == "jsonl":  # blank lines are no rows, broken ones are
        path.write_text("".join(json.dumps(row) + "\n\n" for row in rows) + "{broken\n")
    elif kind == "csv":
        path.write_text("question,answer\n" + "".join(f"What is {i}?,{i}\n" for i in range(5)))
    else:
        pq.write_table(pa.Table.from_pylist(rows), path)
    config = SourceConfig(limit=limit)
    assert count_rows(str(path), config) == len(list(read(str(path), config)))


def test_rows_that_cannot_be_counted(tmp_path):
    (tmp_path / "rows.jsonl").write_bytes(b"\xff\n")
    assert count_rows(str(tmp_path / "rows.jsonl"), SourceConfig()) is None
    assert count_rows("org/name", SourceConfig()) is None
