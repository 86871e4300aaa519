"""The command `r1k annotate`: its four sub-commands. This module only parses and calls."""

import argparse
from pathlib import Path
from typing import Any

HOME = Path("~/.r1k/annotate")

_ANNOTATE = """\
Let people check the pairs of a dataset, in Argilla, blind to each other.

example:
  r1k annotate serve                                 # an Argilla on this machine; leave it running
  r1k annotate push out/mine --users ann bob         # pairs and people into it; then they judge
  r1k annotate status out/mine                       # how far they are
  r1k annotate pull out/mine -o out/validated        # what they said, and what it comes to
"""
_SERVE = """\
Run an Argilla on this machine, on loopback, with its data in one folder; Ctrl-C ends it.

example:
  r1k annotate serve --port 6900
"""
_PUSH = """\
Send the pairs of DATASET to Argilla, for the people named by --users to judge.

Each pair is shown until --overlap people have judged it. Run again, it adds what is missing and
touches no answer; interrupted, the same command carries on. With --round 2, DATASET is what
`r1k annotate pull` wrote, and just the pairs that need a third opinion are sent, to people who have
not judged them.

examples:
  r1k annotate push out/mine --users ann bob --overlap 2
  r1k annotate push out/mine --users ann bob cat --pairs 50
  r1k annotate push out/validated --users cat --round 2
"""
_STATUS = """\
How far the annotators of a dataset are: per person, and per pair.

examples:
  r1k annotate status out/mine
  r1k annotate status mine --url https://argilla.example.org
"""
_PULL = """\
Write what people said, and what it comes to, into OUT: a copy of DATASET with more configs.

example:
  r1k annotate pull out/mine -o out/validated
"""


def add_parsers(commands: Any) -> None:
    """Add `annotate` and its sub-commands to the sub-parsers of `r1k`."""
    annotate = _parser(commands, "annotate", "let people check pairs, in Argilla", _ANNOTATE)
    actions = annotate.add_subparsers(dest="action", required=True)

    serve = _parser(actions, "serve", "run an Argilla on this machine", _SERVE)
    serve.add_argument("--home", type=Path, default=HOME, help=f"its data (default: {HOME})")
    serve.add_argument("--port", type=int, default=6900, help="on loopback (default: 6900)")

    push = _parser(actions, "push", "send pairs to be judged", _PUSH)
    push.add_argument("dataset", metavar="DATASET", type=Path)
    push.add_argument(
        "--users", nargs="+", required=True, metavar="NAME", help="who judges; made where missing"
    )
    push.add_argument(
        "--overlap",
        type=int,
        metavar="N",
        help="people who judge each pair (default: 2; in a later round 1)",
    )
    push.add_argument(
        "--pairs", type=int, metavar="N", help="send a fair sample of N pairs (default: all)"
    )
    push.add_argument(
        "--splits", nargs="+", metavar="SPLIT", help="send pairs of these splits (default: all)"
    )
    push.add_argument(
        "--rejected", action="store_true", help="send the pairs that the checks rejected as well"
    )
    push.add_argument("--round", type=int, default=1, metavar="N", help="2: third opinions")
    _add_server(push)
    _add_name(push)

    status = _parser(actions, "status", "how far people are", _STATUS)
    status.add_argument("dataset", metavar="DATASET_OR_NAME")
    _add_server(status)

    pull = _parser(actions, "pull", "fetch what people said", _PULL)
    pull.add_argument("dataset", metavar="DATASET", type=Path)
    pull.add_argument("-o", "--out", type=Path, required=True, help="the folder to write")
    _add_server(pull)
    _add_name(pull)


def run(options: argparse.Namespace) -> int:
    """Run the sub-command that was parsed; its exit code."""
    home = options.home.expanduser()
    if options.action == "serve":
        from r1k.annotation.serve import serve

        return serve(home, options.port)
    if options.action == "push":
        from r1k.annotation.push import Wanted, push

        wanted = Wanted(
            users=options.users,
            overlap=options.overlap,
            pairs=options.pairs,
            splits=options.splits,
            rejected=options.rejected,
            number=options.round,
        )
        return push(options.dataset, home, options.url, options.name, wanted)
    if options.action == "status":
        from r1k.annotation.status import show_status

        return show_status(options.dataset, home, options.url)
    from r1k.annotation.pull import pull

    return pull(options.dataset, options.out, home, options.url, options.name)


def _parser(commands: Any, name: str, line: str, text: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = commands.add_parser(
        name,
        help=line,
        description=text,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    return made


def _add_server(parser: argparse.ArgumentParser) -> None:
    """Which Argilla: the one of a home folder, or any other by its address."""
    parser.add_argument("--home", type=Path, default=HOME, help=f"that of serve (default: {HOME})")
    parser.add_argument(
        "--url", help="another Argilla, a Hugging Face Space, say; its owner's key is read from"
        " the variable ARGILLA_API_KEY"
    )  # fmt: skip


def _add_name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", help="of the dataset in Argilla (default: DATASET's folder name)")
