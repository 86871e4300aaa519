"""A small Hub on loopback that keeps repositories on disk, for the real clients to write to.

    with writable_hub(folder) as hub:        # then HF_ENDPOINT=hub.endpoint, HF_TOKEN=TOKEN
        hub.faults.append(Fault("POST", "/commit/", 500))
        ...
        hub.requests                         # ("POST", "/api/repos/create"), ...

Speaks what huggingface_hub, datasets and transformers ask: repositories, trees with last commits,
pre-upload, large files, commits, tags, collections, and files by range. As on the Hub, a commit is
whole or not there, a tag names a commit for good, parquet and weights go to large storage, and
a repository begins with a commit that holds .gitattributes. Whoever has TOKEN may write to every
namespace but `others`; HF_HUB_DISABLE_XET=1 keeps clients off the other storage.
"""

import base64
import contextlib
import hashlib
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import yaml

from tests.hub_server import HubHandler

TOKEN = "hf_" + "T" * 34
_LARGE = (".parquet", ".safetensors", ".png")
_DATE = "2026-01-01T00:00:00.000Z"
_REPO = r"/api/(models|datasets)/([^/]+/[^/]+)"


@dataclass
class Fault:
    """What happens to the first requests whose method and path match: a status, or `cut` (the line
    goes before anything is done), or `late` (after it is done, before the answer)."""

    method: str
    path: str
    what: int | str
    times: int = 1


@dataclass
class Hub:
    """A running server: `faults` are used up as requests come; `latency` is in seconds."""

    folder: Path
    endpoint: str = ""
    latency: float = 0.0
    faults: list[Fault] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def read(self, name: str, default: Any) -> Any:
        """A JSON file of the server."""
        path = self.folder / name
        return json.loads(path.read_text()) if path.is_file() else default

    def write(self, name: str, value: Any) -> None:
        """Replace a JSON file, whole or not at all."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text(json.dumps(value))
        part.replace(path)

    def store(self, data: bytes) -> str:
        """Keep a content; its SHA-256."""
        name = hashlib.sha256(data).hexdigest()
        path = self.folder / "objects" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return name

    def content(self, repo: str, revision: str, path: str) -> bytes:
        """A file of a repository, as `datasets/org/name`."""
        state = self.read(f"{repo}.json", None)
        commit = self.resolve(state, revision)
        name = str(state["commits"][commit]["files"][path]["sha256"])
        return (self.folder / "objects" / name).read_bytes()

    def files(self, repo: str, revision: str = "main") -> dict[str, bytes]:
        """All files of a repository but .gitattributes."""
        state = self.read(f"{repo}.json", None)
        names = state["commits"][self.resolve(state, revision)]["files"]
        return {n: self.content(repo, revision, n) for n in names if n != ".gitattributes"}

    def state(self, repo: str) -> dict[str, Any] | None:
        """`head`, `tags`, `commits` of a repository; None where there is none."""
        found: dict[str, Any] | None = self.read(f"{repo}.json", None)
        return found

    @staticmethod
    def resolve(state: dict[str, Any], revision: str) -> str | None:
        """The commit that a branch, a tag or a commit names."""
        if revision == "main":
            return str(state["head"])
        found = state["tags"].get(revision, revision)
        return found if found in state["commits"] else None

    def edit(self, repo: str, path: str, data: bytes, title: str = "Update on the web") -> None:
        """What a person does on the Hub's web page."""
        with self.lock:
            state = self.read(f"{repo}.json", None)
            files = {**state["commits"][state["head"]]["files"], path: _file(self, data, path)}
            self.commit(repo, state, files, {path}, title, "")

    def commit(
        self, repo: str, state: dict[str, Any], files: dict[str, Any], changed: set[str],
        title: str, message: str,
    ) -> str:  # fmt: skip
        """Add a commit to main; its name."""
        seed = f"{state['head']} {len(state['commits'])} {title} {sorted(files)}"
        oid = hashlib.sha1(seed.encode()).hexdigest()
        last = {"id": oid, "title": title, "date": _DATE}
        for path in changed & files.keys():
            files[path] = {**files[path], "lastCommit": last}
        state["commits"][oid] = {
            "parent": state["head"], "title": title, "message": message, "files": files,
        }  # fmt: skip
        state["head"] = oid
        self.write(f"{repo}.json", state)
        return oid


def _file(hub: Hub, data: bytes, path: str) -> dict[str, Any]:
    blob = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
    return {"oid": blob, "size": len(data), "sha256": hub.store(data), "lfs": path.endswith(_LARGE)}


@contextlib.contextmanager
def writable_hub(folder: Path) -> Iterator[Hub]:
    """Serve the repositories in the folder for the length of the `with` block."""
    hub = Hub(folder)

    class Handler(_Handler):
        pass

    Handler.hub = hub

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Nothing on stderr of clients that were killed."""

    server = Server(("127.0.0.1", 0), Handler)
    hub.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


class _Handler(HubHandler):
    hub: Hub

    def handle_any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:  # the client is gone
            self.close_connection = True
            return
        parts = urlsplit(self.path)
        path = unquote(parts.path)
        self.late = False
        with self.hub.lock:
            self.hub.requests.append((self.command, path))
            fault = next((f for f in self.hub.faults if f.times and f.method == self.command
                          and f.path in path), None)  # fmt: skip
            if fault:
                fault.times -= 1
        time.sleep(self.hub.latency)
        if fault and fault.what == "cut":
            self.cut()
        elif fault and isinstance(fault.what, int):
            self.send_json({"error": "a fault on purpose"}, fault.what)
        else:
            self.late = bool(fault)
            with self.hub.lock:
                self.route(path, parse_qs(parts.query), body)

    do_GET = do_HEAD = do_POST = do_PUT = handle_any

    def cut(self) -> None:
        """Reset the connection."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()
        self.close_connection = True
        self.wfile = self.rfile = open("/dev/null", "wb")  # noqa: PTH123, SIM115

    def route(self, path: str, query: dict[str, list[str]], body: bytes) -> None:
        given = self.headers.get("Authorization")
        if given and given != f"Bearer {TOKEN}" and not path.startswith("/lfs/"):
            self.send_json({"error": "Invalid credentials in Authorization header"}, 401)
            return
        self.may = bool(given)
        for pattern, answer in self.ROUTES:
            found = re.fullmatch(pattern, f"{self.command} {path}".replace("HEAD ", "GET "))
            if found:
                answer(self, *found.groups(), query=query, body=body)
                return
        self.send_json({"error": f"no such address: {path}"}, 404)

    # Accounts, repositories.

    def whoami(self, **_: Any) -> None:
        if not self.may:
            self.send_json({"error": "Invalid username or password."}, 401)
        else:
            self.send_json({"type": "user", "name": "tester", "orgs": [{"name": "org"}]})

    def validate_yaml(self, body: bytes, **_: Any) -> None:
        text = json.loads(body)["content"]
        try:
            data = yaml.safe_load(text.split("---\n")[1])
            wrong = [] if isinstance(data, dict) else [{"message": "not a mapping"}]
        except (yaml.YAMLError, IndexError) as e:
            wrong = [{"message": str(e)}]
        self.send_json({"errors": wrong, "warnings": []}, 400 if wrong else 200)

    def create(self, body: bytes, **_: Any) -> None:
        asked = json.loads(body)
        repo = f"{asked['type']}s/{asked['organization']}/{asked['name']}"
        if not self.may or asked["organization"] == "others":
            self.send_json({"error": "You don't have the rights"}, 403 if self.may else 401)
            return
        if self.hub.state(repo):
            self.send_json({"error": "You already created this repo"}, 409)
            return
        private = asked.get("visibility") == "private" or bool(asked.get("private"))
        state: dict[str, Any] = {"head": "", "tags": {}, "commits": {}, "private": private}
        files = {".gitattributes": _file(self.hub, b"*.parquet filter=lfs\n", ".gitattributes")}
        self.hub.commit(repo, state, files, {".gitattributes"}, "initial commit", "")
        self.send_json({"url": f"{self.hub.endpoint}/{repo.removeprefix('models/')}"})

    def opened(self, kind: str, name: str, revision: str = "main") -> tuple[Any, str] | None:
        """State and commit of a repository; None where an error was answered."""
        state = self.hub.state(f"{kind or 'models'}/{name}")
        if not state or (state["private"] and not self.may):
            self.send_json({"error": "Repository not found"}, 404, "RepoNotFound")
            return None
        commit = self.hub.resolve(state, revision)
        if not commit:
            self.send_json({"error": "Invalid rev id"}, 404, "RevisionNotFound")
            return None
        return state, commit

    def info(self, kind: str, name: str, revision: str | None, **_: Any) -> None:
        if found := self.opened(kind, name, revision or "main"):
            state, commit = found
            names = [{"rfilename": path} for path in state["commits"][commit]["files"]]
            self.send_json(
                {"id": name, "sha": commit, "siblings": names, "private": state["private"],
                 "tags": []}
            )  # fmt: skip

    def tree(self, kind: str, name: str, revision: str, below: str | None, **_: Any) -> None:
        if found := self.opened(kind, name, revision):
            files = found[0]["commits"][found[1]]["files"]
            start = f"{below}/" if below else ""
            if start and not any(path.startswith(start) for path in files):
                self.send_json({"error": "not there"}, 404, "EntryNotFound")
                return
            self.send_json([self.entry(p, f) for p, f in files.items() if p.startswith(start)])

    def paths_info(self, kind: str, name: str, revision: str, body: bytes, **_: Any) -> None:
        if found := self.opened(kind, name, revision):
            json_sent = "json" in self.headers.get("Content-Type", "")
            asked = json.loads(body) if json_sent else parse_qs(body.decode())
            files = found[0]["commits"][found[1]]["files"]
            self.send_json([self.entry(p, files[p]) for p in asked["paths"] if p in files])

    def entry(self, path: str, file: dict[str, Any]) -> dict[str, Any]:
        found = {"type": "file", "path": path, "size": file["size"], "oid": file["oid"],
                 "lastCommit": file["lastCommit"]}  # fmt: skip
        if file["lfs"]:
            found["lfs"] = {"oid": file["sha256"], "size": file["size"], "pointerSize": 130}
        return found

    def refs(self, kind: str, name: str, **_: Any) -> None:
        if found := self.opened(kind, name):
            state, _commit = found
            main = {"name": "main", "ref": "refs/heads/main", "targetCommit": state["head"]}
            tags = [{"name": t, "ref": f"refs/tags/{t}", "targetCommit": c}
                    for t, c in state["tags"].items()]  # fmt: skip
            self.send_json({"branches": [main], "converts": [], "tags": tags})

    def tag(self, kind: str, name: str, revision: str, body: bytes, **_: Any) -> None:
        if found := self.opened(kind, name, revision):
            state, commit = found
            tag = json.loads(body)["tag"]
            if tag in state["tags"]:
                self.send_json({"error": "Tag reference exists already"}, 409)
                return
            state["tags"][tag] = commit
            self.hub.write(f"{kind}/{name}.json", state)
            self.send_json({})

    # Uploads.

    def preupload(self, kind: str, name: str, revision: str, body: bytes, **_: Any) -> None:
        if found := self.opened(kind, name, revision):
            files = found[0]["commits"][found[1]]["files"]
            answers = []
            for file in json.loads(body)["files"]:
                known, large = files.get(file["path"]), file["path"].endswith(_LARGE)
                answers.append({
                    "path": file["path"], "uploadMode": "lfs" if large else "regular",
                    "shouldIgnore": False,
                    "oid": known and known["sha256" if known["lfs"] else "oid"],
                })  # fmt: skip
            self.send_json({"files": answers})

    def batch(self, kind: str | None, name: str, body: bytes, **_: Any) -> None:
        objects = []
        for asked in json.loads(body)["objects"]:
            href = f"{self.hub.endpoint}/lfs/{asked['oid']}"
            there = (self.hub.folder / "objects" / asked["oid"]).is_file()
            actions = {} if there else {"actions": {"upload": {"href": href}}}
            objects.append({"oid": asked["oid"], "size": asked["size"], **actions})
        self.send_json({"transfer": "basic", "objects": objects})

    def put(self, oid: str, body: bytes, **_: Any) -> None:
        if hashlib.sha256(body).hexdigest() != oid:
            self.send_json({"error": "another content"}, 400)
            return
        self.hub.store(body)
        self.send_json({})

    def take(self, kind: str, name: str, revision: str, body: bytes, **_: Any) -> None:
        found = self.opened(kind, name, revision)
        if not found:
            return
        if not self.may or name.startswith("others/"):
            self.send_json({"error": "You may not write"}, 403)
            return
        state, commit = found
        header, *operations = [json.loads(line) for line in body.splitlines()]
        if header["value"].get("parentCommit", commit) != commit:
            self.send_json({"error": "A commit has happened since"}, 412)
            return
        files, changed = dict(state["commits"][commit]["files"]), set()
        for operation in operations:
            value = operation["value"]
            path = value["path"]
            changed.add(path)
            if operation["key"] == "file":
                files[path] = _file(self.hub, base64.b64decode(value["content"]), path)
            elif operation["key"] == "lfsFile":
                content = self.hub.folder / "objects" / value["oid"]
                if not content.is_file():
                    self.send_json({"error": "a large file is missing"}, 400)
                    return
                files[path] = _file(self.hub, content.read_bytes(), path)
            else:
                del files[path]
        title, message = header["value"]["summary"], header["value"]["description"]
        made = self.hub.commit(f"{kind}/{name}", state, files, changed, title, message)
        self.send_json({"commitUrl": f"{self.hub.endpoint}/{name}/commit/{made}",
                        "commitOid": made})  # fmt: skip

    # Downloads.

    def download(self, kind: str | None, name: str, revision: str, path: str, **_: Any) -> None:
        found = self.opened(kind or "models", name, revision)
        if not found:
            return
        files = found[0]["commits"][found[1]]["files"]
        if path not in files:
            self.send_json({"error": "Entry not found"}, 404, "EntryNotFound")
            return
        data = (self.hub.folder / "objects" / files[path]["sha256"]).read_bytes()
        span = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        start, end = 0, len(data) - 1
        if span:
            start, end = int(span[1]), min(int(span[2] or end), end)
        self.send_response(206 if span else 200)
        self.send_header("ETag", f'"{files[path]["sha256" if files[path]["lfs"] else "oid"]}"')
        self.send_header("X-Repo-Commit", found[1])
        self.send_header("Accept-Ranges", "bytes")
        if span:
            self.send_header("Content-Range", f"bytes {start}-{end}/{len(data)}")
        self.send_header("Content-Length", str(end + 1 - start))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data[start : end + 1])

    # Collections.

    def collections(self, query: dict[str, list[str]], **_: Any) -> None:
        all_ = self.hub.read("collections.json", {})
        owner = query.get("owner", [""])[0]
        found = [dict(c) for c in all_.values() if c["owner"]["name"] == owner]
        for collection in found:
            del collection["position"]  # the client counts
        self.send_json(found)

    def make_collection(self, body: bytes, **_: Any) -> None:
        asked = json.loads(body)
        slug = f"{asked['namespace']}/{asked['title']}-" + "0" * 24
        all_ = self.hub.read("collections.json", {})
        if not self.may:
            self.send_json({"error": "Unauthorized"}, 401)
            return
        if slug in all_:
            self.send_json({"error": "is there", "slug": slug}, 409)
            return
        all_[slug] = {
            "slug": slug, "title": asked["title"], "owner": {"name": asked["namespace"]},
            "items": [], "lastUpdated": _DATE, "position": 0, "private": asked["private"],
            "theme": "green", "upvotes": 0, "description": asked.get("description"),
        }  # fmt: skip
        self.hub.write("collections.json", all_)
        self.send_json(all_[slug])

    def collection(self, slug: str, **_: Any) -> None:
        self.send_json(self.hub.read("collections.json", {})[slug])

    def add_item(self, slug: str, body: bytes, **_: Any) -> None:
        all_ = self.hub.read("collections.json", {})
        item, items = json.loads(body)["item"], all_[slug]["items"]
        if any(old["id"] == item["id"] and old["type"] == item["type"] for old in items):
            self.send_json({"error": "is there"}, 409)
            return
        if not self.hub.state(f"{item['type']}s/{item['id']}"):
            self.send_json({"error": "no such item"}, 404)
            return
        items.append({"_id": str(len(items)), "position": len(items), **item})
        self.hub.write("collections.json", all_)
        self.send_json(all_[slug])

    ROUTES: tuple[tuple[str, Callable[..., None]], ...] = (
        (r"GET /api/whoami-v2", whoami),
        (r"POST /api/validate-yaml", validate_yaml),
        (r"POST /api/repos/create", create),
        (rf"GET {_REPO}/refs", refs),
        (rf"GET {_REPO}(?:/revision/([^/]+))?", info),
        (rf"GET {_REPO}/tree/([^/]+)(?:/(.+))?", tree),
        (rf"POST {_REPO}/paths-info/([^/]+)", paths_info),
        (rf"POST {_REPO}/preupload/([^/]+)", preupload),
        (rf"POST {_REPO}/commit/([^/]+)", take),
        (rf"POST {_REPO}/tag/([^/]+)", tag),
        (r"POST /(?:(datasets)/)?([^/]+/[^/]+)\.git/info/lfs/objects/batch", batch),
        (r"PUT /lfs/(\w+)", put),
        (r"GET /(?:(datasets)/)?([^/]+/[^/]+)/resolve/([^/]+)/(.+)", download),
        (r"GET /api/collections", collections),
        (r"POST /api/collections", make_collection),
        (r"GET /api/collections/([^/]+/[^/]+)", collection),
        (r"POST /api/collections/([^/]+/[^/]+)/items", add_item),
    )

    def send_json(self, value: Any, status: int = 200, code: str = "") -> None:
        if self.late:
            self.cut()
        else:
            super().send_json(value, status, code)
