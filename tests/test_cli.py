"""The command line: help, versions, wrong words."""

import re
import subprocess
import sys

import pytest

from r1k import __version__


def r1k(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "r1k.cli", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("command", ["generate", "show", "families", "results", "publish"])
def test_help_has_an_example(command: str) -> None:
    done = r1k(command, "--help")
    assert done.returncode == 0
    assert re.search(rf"examples?:\n  r1k {command}\b", done.stdout)


def test_a_reader_that_has_seen_enough_ends_it_in_silence() -> None:
    command = [sys.executable, "-m", "r1k.cli", "families", "--pairs", "50"]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert run.stdout and run.stderr
    run.stdout.readline()
    run.stdout.close()
    assert run.stderr.read() == b""
    assert run.wait() == 141


def test_version() -> None:
    assert r1k("--version").stdout.strip() == f"r1k {__version__}"


@pytest.mark.parametrize(
    "words",
    [
        ["invert"],
        ["generate"],
        ["generate", "source", "-o", "out"],
        ["show", "nothing-here"],
        ["show", "out", "--pears=2"],
        ["generate", "x", "--config", "nothing.yaml", "-o", "out"],
    ],
)
def test_wrong_words_end_with_code_2_and_no_traceback(words: list[str]) -> None:
    done = r1k(*words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.strip().splitlines()[-1].startswith("r1k")
