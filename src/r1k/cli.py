"""The command `r1k`. This module only parses and calls."""

import argparse
import errno
import os
import signal
import sys
from functools import partial
from pathlib import Path

from r1k import __version__
from r1k.annotation.commands import HOME
from r1k.annotation.commands import add_parsers as add_annotate
from r1k.annotation.commands import run as run_annotate
from r1k.config import load_config, read_config
from r1k.errors import UserError

_GENERATE = """\
Invert the forward problems of SOURCE, verify every pair, and write OUT, a Hub dataset folder.

SOURCE is a Hub dataset id, a folder, a .parquet, .jsonl or .csv file, or the word families: then
r1k's own problem families make the pairs. Any key of the config can be overridden:
--llm.solve.samples 8. Interrupted or killed, the same command carries on. Pairs are compared with
the benchmarks that the paper is scored on, as far as they can be read; --checks.against names
others.

examples:
  r1k generate examples/forward.jsonl --config recipes/generate/mask.yaml -o out/mask
  r1k generate families --config recipes/generate/families.yaml -o out/families
"""
_CURATE = """\
Take out of SOURCE what overlaps with benchmarks and what it holds twice, and select from the rest.

SOURCE is a Hub dataset id, a folder, or a .parquet, .jsonl or .csv file. Benchmarks are named in
recipes/curate/benchmarks.yaml; NAME=PATH reads one from a file or folder. OUT is a dataset folder:
the rows that stay, those that go with the reason, and every overlap with both texts. Any key of the
config can be overridden: --duplicates.similarity 0.9. Interrupted or killed, the same command
carries on.

examples:
  r1k curate examples/forward.jsonl --against math500,aime24 -o out/clean
  r1k curate examples/forward.jsonl -o out/unique
  r1k curate problems.parquet --against math500=data/math500.jsonl -o out/selected \\
    --config recipes/curate/s1.yaml --diversity.domain subject
"""
_SHOW = """\
Print the counts of a dataset that `r1k generate` wrote, and some of its pairs.

example:
  r1k show out/demo --pairs 2
"""
_FAMILIES = """\
List the problem families with an example each, or show pairs of those named.

examples:
  r1k families
  r1k families bayes clock --difficulty 5 --pairs 3
  r1k families --validate 2000
"""
_RECIPES = """\
Check TRL recipes without training: keys, data, columns, what max_length cuts, steps, memory.

Every key is read by TRL's own parser, the data prepared by TRL's own trainer with the recipe's
tokenizer. Any flag of TRL takes precedence over the recipes' keys, as it does with `trl`.

examples:
  r1k recipes check recipes
  r1k recipes check recipes/qwen2.5-7b-instruct --model_name_or_path models/r1k-tiny
"""
_RESULTS = """\
Tables of what lighteval scored: means with 95 % intervals, and differences between models.

RUNS are the folders given to lighteval as --output-dir, with --save-details. Of two models the
second is compared with the first; of more, all with that of --against. With -o the tables are
written as Markdown, LaTeX, CSV and parquet.

examples:
  r1k results out/scores
  r1k results out/scores --against models/r1k-tiny -o out/tables
  r1k results out/scores --by difficulty
"""
_DYNAMICS = """\
Score checkpoints: what training did to the log-probabilities of both directions.

MODELS are folders, or ids on the Hub (ORG/NAME@REVISION); a folder that TRL trained into stands for
its checkpoints; adapters are taken as they are. Each prompt of the preference view is scored with
three completions: its own (y+), that of its pair's other problem (y-), one of an unrelated pair.
OUT gets a parquet file a checkpoint; those that are there already are not scored again.

examples:
  r1k dynamics models/r1k-tiny out/mixed out/dpo -o out/dynamics
  r1k dynamics out/tagged --tagged --pairs 100 --per-token -o out/dynamics
"""
_EXPERIMENT = """\
Train by many recipes, in two stages and over seeds; measure and score every model.

The config names the recipes, the seeds and the model that they start from. Steps that are done are
not done again, unless their recipe, model or data changed; interrupted or killed, the same command
carries on. Any key of the config can be overridden. Snakemake runs the steps; what stands behind --
is for it (with pip install snakemake-executor-plugin-slurm, on Slurm).

examples:
  r1k experiment recipes/experiment.yaml
  r1k experiment recipes/experiment.yaml --out out/one --seeds '[0]' --second '{}'
  r1k experiment recipes/experiment.yaml -- --dry-run
  r1k experiment recipes/experiment.yaml -- --executor slurm --jobs 16
"""
_PUBLISH = """\
Publish a dataset, models, or both with a collection, on the Hugging Face Hub.

Folders are validated first: card, configs, hashes, no secret, address or path of this machine in
them. Then each repository gets one commit with what differs, and the tag comes last. Interrupted,
the same command carries on; what others changed on the Hub is not overwritten without --force.

examples:
  r1k publish all --org ORG --dry-run
  r1k publish dataset out/mine --org ORG --private
  r1k publish model out/mixed out/dpo --org ORG --results out/tables --tag v1.0.0
"""

_REPORT = """\
A page of what training did: claims tested, figures, answers side by side. It opens offline.

RUNS holds seed-0/NAME, seed-1/NAME, … with dynamics/ (of r1k dynamics -o), scores/ (of lighteval,
--output-dir with --save-details) and the recipe; NAME is forward, reverse, mixed, tagged, …, and
mixed-dpo what went on from mixed. OUT gets index.html, and each plot as PNG, SVG, CSV and parquet.

example:
  r1k report out/experiment -o out/report
"""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; exits with 0, 1 (a defect of r1k), 2 (something the user can mend)."""
    try:
        sys.exit(_run(sys.argv[1:] if arguments is None else arguments))
    except UserError as e:
        _end(str(e), 2)
    except KeyboardInterrupt:
        _end("stopped; run the same command again", 130)
    except BrokenPipeError:  # r1k families | head
        # What is still to be flushed at the end goes nowhere, in silence.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(128 + signal.SIGPIPE)
    except OSError as e:
        if e.errno in (errno.ENOSPC, errno.EDQUOT):
            _end(
                f"{e.filename or 'disk'}: no space left; free some and run the same command again",
                2,
            )
        if e.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR) and e.filename:
            _end(f"{e.filename}: {e.strerror}; name a file or folder that you may use", 2)
        raise


def _end(line: str, code: int) -> None:
    print(f"r1k: {' '.join(line.split())}", file=sys.stderr)
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="r1k",
        description="Forward reasoning problems in, verified reverse problems out.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"r1k {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    text = argparse.RawDescriptionHelpFormatter
    add = partial(commands.add_parser, formatter_class=text, allow_abbrev=False)
    make = add("generate", help="invert a dataset", description=_GENERATE)
    make.add_argument("source", metavar="SOURCE")
    make.add_argument("--config", type=Path, required=True, help="a recipe, in YAML")
    make.add_argument("-o", "--out", type=Path, required=True, help="the dataset folder to write")
    make.add_argument("--work", type=Path, help="where completions are kept (default: OUT.work)")
    make.add_argument("--ray", action="store_true", help="run the steps on a Ray cluster")
    tidy = add("curate", help="decontaminate, deduplicate, select", description=_CURATE)
    tidy.add_argument("source", metavar="SOURCE")
    tidy.add_argument("--config", type=Path, help="a recipe, in YAML (default: the defaults)")
    tidy.add_argument("--against", metavar="NAME[=PATH],…", help="benchmarks to compare with")
    tidy.add_argument("-o", "--out", type=Path, required=True, help="the dataset folder to write")
    tidy.add_argument("--work", type=Path, help="where what was read is kept (default: OUT.work)")
    tidy.add_argument(
        "--workers", type=int, metavar="N", help="processes that read (default: 1; Ray: all CPUs)"
    )
    tidy.add_argument("--ray", action="store_true", help="read on a Ray cluster")
    show = add("show", help="look at a dataset", description=_SHOW)
    show.add_argument("dataset", type=Path)
    show.add_argument("--pairs", type=int, default=2, metavar="N")
    listed = add(
        "families", help="look at the problem families, or prove them", description=_FAMILIES
    )
    listed.add_argument("names", metavar="NAME", nargs="*", help="families (default: all)")
    listed.add_argument("--difficulty", type=int, choices=range(1, 6), help="of the pairs shown")
    listed.add_argument("--pairs", type=int, metavar="N", help="pairs to show of each family")
    listed.add_argument("--seed", type=int, default=0, help="of the first pair shown")
    listed.add_argument(
        "--validate", type=int, metavar="N", help="prove N pairs of each family and difficulty"
    )
    recipes = add("recipes", help="check TRL recipes", description=_RECIPES)
    recipes.add_argument("action", choices=["check"])
    recipes.add_argument("paths", type=Path, metavar="PATH", nargs="+", help="recipes, or folders")
    scored = add("results", help="tables of lighteval's results", description=_RESULTS)
    scored.add_argument("runs", type=Path, metavar="RUN", nargs="+")
    scored.add_argument("--by", choices=["difficulty", "family"], help="a row for each")
    scored.add_argument("--against", metavar="MODEL", help="compare the others with this model")
    scored.add_argument("-o", "--out", type=Path, help="a folder for the tables")
    moved = add(
        "dynamics",
        help="log-probabilities of both directions, by checkpoint",
        description=_DYNAMICS,
    )
    moved.add_argument("models", metavar="MODEL", nargs="+")
    moved.add_argument("--data", default="datasets/r1k", help="a dataset that r1k made")
    moved.add_argument("--split", default="test")
    moved.add_argument("--pairs", type=int, metavar="N", help="only N pairs (default: all)")
    moved.add_argument("--tagged", action="store_true", help="the direction above the question")
    moved.add_argument("--per-token", action="store_true", help="keep the values of each token")
    moved.add_argument("--dtype", choices=["float32", "bfloat16"], default="float32")
    moved.add_argument("--max-length", type=int, metavar="TOKENS", help="default: the context")
    moved.add_argument("-o", "--out", type=Path, required=True, help="a folder for the files")
    tried = add("experiment", help="train, measure, score", description=_EXPERIMENT)
    tried.add_argument("config", type=Path, metavar="CONFIG")
    page = add("report", help="a page of what training did", description=_REPORT)
    page.add_argument("runs", type=Path, metavar="RUNS")
    page.add_argument("-o", "--out", type=Path, required=True, help="a folder for the report")
    sent = add("publish", help="put datasets and models on the Hub", description=_PUBLISH)
    sent.add_argument("what", choices=["dataset", "model", "all"])
    sent.add_argument(
        "folders", type=Path, metavar="FOLDER", nargs="*", help="default: datasets/r1k, models/*"
    )
    sent.add_argument("--org", required=True, help="an organisation or user of the Hub")
    sent.add_argument("--private", action="store_true", help="for repositories that are made now")
    sent.add_argument("--tag", metavar="VERSION", help="a tag for this version: v1.0.0")
    sent.add_argument("--dry-run", action="store_true", help="say what would be done, do nothing")
    sent.add_argument("--force", action="store_true", help="overwrite what others changed")
    sent.add_argument(
        "--results", type=Path, help="what r1k results -o wrote, for the models' cards"
    )
    sent.add_argument("--license", metavar="ID", help="of models that have no card: apache-2.0")
    sent.add_argument(
        "--allow", action="append", default=[], metavar="TEXT", help="a text that is no leak"
    )
    sent.add_argument("--home", type=Path, default=HOME, help=f"that of annotate (default: {HOME})")
    add_annotate(commands)
    extra: list[str] = []
    if arguments[:1] == ["experiment"] and "--" in arguments:
        at = arguments.index("--")
        arguments, extra = arguments[:at], arguments[at + 1 :]
    options, rest = parser.parse_known_args(arguments)
    if rest and options.command not in ("generate", "curate", "recipes", "experiment"):
        raise UserError(f"unknown argument {rest[0]!r}; see r1k {options.command} --help")
    if options.command == "show":
        from r1k.show import show_dataset

        show_dataset(options.dataset, options.pairs)
        return 0
    if options.command == "families":
        from r1k.show_families import show_families, validate_families

        if options.validate is not None:
            return validate_families(options.names, options.validate)
        show_families(options.names, options.difficulty, options.pairs, options.seed)
        return 0
    if options.command == "recipes":
        from r1k.recipes import check_recipes

        return check_recipes(options.paths, rest)
    if options.command == "results":
        from r1k.evaluation.show_results import show_results

        show_results(options.runs, options.by, options.against, options.out)
        return 0
    if options.command == "dynamics":
        from r1k.evaluation.dynamics import Settings
        from r1k.evaluation.show_dynamics import show_dynamics

        settings = Settings(
            options.split, options.tagged, options.per_token, options.dtype, options.max_length
        )
        show_dynamics(options.models, options.data, options.pairs, settings, options.out)
        return 0
    if options.command == "experiment":
        from r1k.experiment.plan import ExperimentConfig
        from r1k.experiment.run import experiment

        tried_with = read_config(options.config, _overrides(rest), ExperimentConfig)
        experiment(tried_with, extra)
        return 0
    if options.command == "report":
        from r1k.report.write import make_report

        make_report(options.runs, options.out)
        return 0
    if options.command == "publish":
        from r1k.hub.publish import Options, publish

        wanted = Options(
            org=options.org,
            private=options.private,
            tag=options.tag,
            dry_run=options.dry_run,
            force=options.force,
            results=options.results,
            license=options.license,
            allow=tuple(options.allow),
        )
        return publish(options.what, options.folders, options.home.expanduser(), wanted)
    if options.command == "annotate":
        return run_annotate(options)
    if options.command == "curate":
        from r1k.curate import curate
        from r1k.curation.card import summary as curated
        from r1k.curation.config import CurateConfig

        chosen = read_config(options.config, _overrides(rest), CurateConfig)
        if options.against is not None:
            against = [one for one in options.against.split(",") if one]
            chosen = chosen.model_copy(update={"against": against})
        manifest = curate(
            options.source, chosen, options.out, options.work, options.workers, options.ray
        )
        print(curated(manifest, options.out))
        return 0
    config = load_config(options.config, _overrides(rest))
    from r1k.generate import Stopped, generate
    from r1k.show import summary

    try:
        manifest = generate(options.source, config, options.out, options.work, options.ray)
    except Stopped as e:
        print(
            "r1k: stopped; finished completions are kept, the same command carries on",
            file=sys.stderr,
        )
        return e.code
    except RuntimeError as e:
        _end(f"internal error: {e}", 1)
    print(summary(manifest, options.out))
    return 0


def _overrides(rest: list[str]) -> dict[str, str]:
    """`--a.b value` and `--a.b=value` as a mapping."""
    found: dict[str, str] = {}
    words = iter(rest)
    for word in words:
        if not word.startswith("--"):
            raise UserError(f"unknown argument {word!r}; a config key is set by --key value")
        key, equals, value = word[2:].partition("=")
        if not equals:
            following = next(words, None)
            if following is None:
                raise UserError(f"--{key}: a value is missing")
            value = following
        found[key] = value
    return found


if __name__ == "__main__":
    main()
