"""`r1k publish`: datasets and models on the Hub, whole or not at all.

First every folder is validated and compared with what lies on the Hub, and whatever stands against
publishing is said. Then each repository gets one commit with all that differs; then the collection;
the tags come last, so that a version that can be loaded by its tag is complete. All steps look
first at what is there: interrupted, the same command carries on, and a second one does nothing.
"""

import difflib
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationDelete,
    HfApi,
    constants,
    get_token,
)
from huggingface_hub.hf_api import Collection
from huggingface_hub.utils import disable_progress_bars  # type: ignore[attr-defined]

from r1k import __version__
from r1k.annotation.annotators import Annotators
from r1k.errors import UserError
from r1k.hub import remote as hub
from r1k.hub.contents import CARD, Contents, Digest, dataset_contents, digest, model_contents
from r1k.hub.leaks import Leaks
from r1k.hub.model_card import adapter_config, make_card, model_name, read_results, recipe_of
from r1k.hub.validate import violations
from r1k.show import printable

DATASET = Path("datasets/r1k")
MODELS = Path("models")
COLLECTION = "r1k"
_TEXT = (".md", ".json", ".yaml", ".jinja", ".txt", ".cff", ".html")


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    org: str
    private: bool = False
    tag: str | None = None
    dry_run: bool = False
    force: bool = False
    results: Path | None = None
    license: str | None = None
    allow: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """A repository to be, the digests of its files, and what lies on the Hub; None: unknown."""

    contents: Contents
    digests: dict[str, Digest]
    remote: hub.Remote | None

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.contents.kind} {self.contents.repo_id}"

    @property
    def difference(self) -> hub.Difference:
        """What publishing does; everything is new where the remote is not known."""
        return hub.compare(self.digests, self.remote or hub.Remote(None, False, {}, {}))


def publish(what: str, folders: Sequence[Path], home: Path, options: Options) -> int:
    """Publish a dataset, models, or all; the exit code: 2 where a folder must not leave as it is.

    Args:
        folders: of the dataset or the models; none means those of the project.
        home: that of `r1k annotate`, for the names that must not leave.

    Raises:
        UserError: the Hub, or what lies there, is against it.
    """
    plans = [
        (contents, {name: digest(source) for name, source in contents.files.items()})
        for contents in _contents(what, folders, options)
    ]
    leaks = Leaks(options.allow, _people(home))
    found = [line for contents, known in plans for line in violations(contents, known, leaks)]
    if found:
        for line in found:
            print(f"r1k: {printable(line)}", file=sys.stderr)
        print(f"r1k: {len(found)} things to mend; nothing was published", file=sys.stderr)
        return 2
    if not sys.stderr.isatty():
        disable_progress_bars()
    token = get_token()
    if token is None and not options.dry_run:
        raise UserError("no token for the Hub; run hf auth login, or set HF_TOKEN")
    api = HfApi(token=token or False, library_name="r1k", library_version=__version__)
    if options.dry_run:
        _show(api, _planned(api, plans), options)
        return 0
    hub.attempt(lambda: api.whoami(), constants.ENDPOINT, token)
    ready = [Plan(c, known, _read(api, c)) for c, known in plans]
    _refuse(api, ready, options)
    commits = [_upload(api, plan, options) for plan in ready]
    _collect(api, [plan.contents for plan in ready], options)
    for plan, commit in zip(ready, commits, strict=True):
        _tag(api, plan, commit, options)
    return 0


def _contents(what: str, folders: Sequence[Path], options: Options) -> list[Contents]:
    if what == "all" and folders:
        raise UserError(f"publish all takes no folder ({folders[0]}); name dataset or model")
    if what == "dataset" and len(folders) > 1:
        raise UserError(f"publish dataset takes one folder; {folders[1]} is a second")
    results = read_results(options.results) if options.results else None
    found = []
    if what in ("dataset", "all"):
        found.append(dataset_contents(folders[0] if folders else DATASET, options.org))
    if what in ("model", "all"):
        ours = [path.parent for path in sorted(MODELS.glob("*/config.json"))]
        if not folders and not ours:
            raise UserError(f"{MODELS}: no models here; name the folders to publish")
        for folder in folders or ours:
            recipe = recipe_of(folder)
            card = make_card(folder, options.org, recipe, results, options.license)
            name, adapter = model_name(folder, recipe), adapter_config(folder, options.org)
            found.append(model_contents(folder, options.org, name, card, adapter))
    twice = [c.repo_id for c in found if [o.repo_id for o in found].count(c.repo_id) > 1]
    if twice:
        raise UserError(f"{twice[0]}: two folders would be this repository; rename one")
    return found


def _planned(api: HfApi, plans: list[tuple[Contents, dict[str, Digest]]]) -> list[Plan]:
    """What a dry run shows; it does without the Hub where that is not to be reached."""
    try:
        return [Plan(c, known, _read(api, c, tries=1)) for c, known in plans]
    except UserError as e:
        print(f"r1k: {printable(str(e))}", file=sys.stderr)
        return [Plan(c, known, None) for c, known in plans]


def _people(home: Path) -> list[str]:
    """The names of all annotators that this machine knows of."""
    folders = [home, *(path.parent for path in home.glob("servers/*/annotators.json"))]
    return [name for folder in folders for name in Annotators.of(folder, None).people]


def _read(api: HfApi, contents: Contents, tries: int = hub.TRIES) -> hub.Remote:
    return hub.attempt(
        lambda: hub.read_remote(api, contents.kind, contents.repo_id),
        contents.repo_id,
        _token(api),
        tries,
    )


def _token(api: HfApi) -> str | None:
    return api.token if isinstance(api.token, str) else None


def _refuse(api: HfApi, plans: list[Plan], options: Options) -> None:
    """Say what stands against publishing, before anything is published."""
    for plan in plans:
        contents, remote = plan.contents, plan.remote
        assert remote
        if options.private and remote.commit and not remote.private:
            raise UserError(
                f"{contents.repo_id}: is public already; make it private on the Hub, or leave out"
                " --private"
            )
        changed = plan.difference.changed
        if changed and not options.force:
            for name in changed:
                print(_change(api, plan, name))
            file = remote.files[changed[0]]
            raise UserError(
                f"{contents.repo_id}: {', '.join(changed)}: changed on the Hub by somebody else"
                f" ({printable(file.changed_by)!r}); take over what you want to keep, then --force"
            )
        commit = remote.tags.get(options.tag or "")
        if commit and not _is_version(api, plan, commit):
            raise UserError(
                f"{contents.repo_id}: {options.tag} is there already, with other files; take the"
                " next version, or delete the tag on the Hub"
            )


def _is_version(api: HfApi, plan: Plan, commit: str) -> bool:
    contents = plan.contents
    files = hub.attempt(
        lambda: hub.tagged(api, contents.kind, contents.repo_id, commit),
        contents.repo_id,
        _token(api),
    )
    return hub.holds(files, plan.digests)


def _upload(api: HfApi, plan: Plan, options: Options) -> str:
    """Make the repository hold the files; the commit that does."""
    contents = plan.contents
    kind, repo_id = contents.kind, contents.repo_id

    def step() -> str:
        remote = hub.read_remote(api, kind, repo_id)
        if remote.commit is None:
            api.create_repo(repo_id, repo_type=kind, private=options.private, exist_ok=True)
            remote = hub.read_remote(api, kind, repo_id)
        now = hub.compare(plan.digests, remote)
        if now.changed and not options.force:
            raise UserError(f"{repo_id}: somebody else has just changed {now.changed[0]}")
        commit = str(remote.commit)
        if not now.add and not now.delete:
            print(f"{plan.name}: {len(now.same)} files, as they are on the Hub already")
            return commit
        operations: list[CommitOperationAdd | CommitOperationDelete] = [
            CommitOperationAdd(name, _source(contents.files[name])) for name in now.add
        ]
        operations += [CommitOperationDelete(name, is_folder=False) for name in now.delete]
        made = api.create_commit(
            repo_id,
            operations,
            repo_type=kind,
            commit_message=f"{hub.TITLE} {__version__}",
            commit_description=f"{contents.folder.name}: {len(plan.digests)} files",
            parent_commit=commit,
        )
        size = sum(plan.digests[name].size for name in now.add)
        print(
            f"{plan.name}: {len(now.add)} files uploaded ({_size(size)}), {len(now.delete)} deleted"
            f", {len(now.same)} as they were; commit {made.oid[:12]}"
        )
        return str(made.oid)

    return hub.attempt(step, repo_id, _token(api))


def _source(source: Path | bytes) -> str | bytes:
    return source if isinstance(source, bytes) else str(source)


def _collect(api: HfApi, published: list[Contents], options: Options) -> None:
    """Have all of them in the collection."""

    def step() -> None:
        mine = (c for c in api.list_collections(owner=options.org) if c.title == COLLECTION)
        listed = next(mine, None)
        collection: Collection = (
            api.get_collection(listed.slug)
            if listed
            else api.create_collection(
                COLLECTION,
                namespace=options.org,
                description="Forward problems, verified reverse problems, and models of both.",
                private=options.private,
                exists_ok=True,
            )
        )
        there = {(item.item_type, item.item_id) for item in collection.items}
        for contents in published:
            if (contents.kind, contents.repo_id) not in there:
                api.add_collection_item(
                    collection.slug, contents.repo_id, contents.kind, exists_ok=True
                )
        print(f"collection: {collection.url}")

    hub.attempt(step, f"collection {options.org}/{COLLECTION}", _token(api))


def _tag(api: HfApi, plan: Plan, commit: str, options: Options) -> None:
    """Name the version."""
    kind, repo_id, tag = plan.contents.kind, plan.contents.repo_id, options.tag
    if tag is None:
        return

    def step() -> None:
        refs = api.list_repo_refs(repo_id, repo_type=kind)
        if tag not in {ref.name for ref in refs.tags}:
            api.create_tag(repo_id, tag=tag, revision=commit, repo_type=kind)

    hub.attempt(step, f"{repo_id}, tag {tag}", _token(api))
    print(f"{plan.name}: {tag}")


def _show(api: HfApi, plans: list[Plan], options: Options) -> None:
    """Print what would be published."""
    for plan in plans:
        contents, remote, now = plan.contents, plan.remote, plan.difference
        if remote is None:
            state = "what lies on the Hub is not known"
        elif remote.commit is None:
            state = f"new, {'private' if options.private else 'public'}"
        else:
            state = f"{'private' if remote.private else 'public'}, at {remote.commit[:12]}"
        size = sum(known.size for known in plan.digests.values())
        print(f"{plan.name} ({state}), from {contents.folder}: {len(plan.digests)} files,"
              f" {_size(size)}")  # fmt: skip
        for name, known in plan.digests.items():
            act = "same  " if name in now.same else "add   "
            if remote and name in remote.files and name not in now.same:
                act = "CHANGED" if name in now.changed else "update"
            print(f"  {act} {known.size:>12}  {known.sha256}  {printable(name)}")
        for name in now.delete:
            print(f"  delete {'':>12}  {'':64}  {printable(name)}")
        for name in now.foreign:
            print(f"  stays  {'':>12}  {'':64}  {printable(name)} (of others)")
        for name in contents.left_out:
            print(f"  left out: {printable(str(contents.folder / name))}")
        if options.tag:
            print(f"  tag {options.tag}")
        if CARD in now.add:
            print(_change(api, plan, CARD))
        if now.changed:
            print(f"  {', '.join(now.changed)}: changed on the Hub by somebody else; needs --force")
        print()
    print(f"collection {options.org}/{COLLECTION}: {len(plans)} items")


def _change(api: HfApi, plan: Plan, name: str) -> str:
    """How a file differs from what lies on the Hub, or, where nothing lies there, from the
    folder's."""
    contents, remote = plan.contents, plan.remote
    new = contents.read(name)
    if remote and name in remote.files:
        title, old = f"{contents.repo_id} on the Hub", _fetch(api, plan, name)
    else:
        path = contents.folder / name
        title, old = str(contents.folder), path.read_bytes() if path.is_file() else b""
    if not name.endswith(_TEXT):
        return f"{name}: {len(old)} bytes on the Hub, {len(new)} in {contents.folder}"
    lines = difflib.unified_diff(
        old.decode("utf-8", "replace").splitlines(),
        new.decode("utf-8", "replace").splitlines(),
        f"{title}: {name}",
        f"to be published: {name}",
        n=1,
        lineterm="",
    )
    return "\n".join(map(printable, lines)) or f"{name}: as it is in {title}"


def _fetch(api: HfApi, plan: Plan, name: str) -> bytes:
    contents, remote = plan.contents, plan.remote
    assert remote

    def step() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            path = api.hf_hub_download(
                contents.repo_id,
                name,
                repo_type=contents.kind,
                revision=remote.commit,
                cache_dir=folder,
            )
            return Path(path).read_bytes()

    return hub.attempt(step, contents.repo_id, _token(api))


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
