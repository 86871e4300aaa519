"""A read-only Hub on loopback: local folders served as datasets, for the real clients.

    with hub({"org/name": folder}) as endpoint:      # then HF_ENDPOINT=endpoint

Speaks what huggingface_hub and datasets ask when they read a dataset: its info at a revision, the
listing of its files, and the files themselves, by range. The only revision is `main`, whose commit
is made of the files' content.
"""

import contextlib
import hashlib
import json
import re
import threading
from collections.abc import Collection, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit


def commit_of(folder: Path) -> str:
    """40 hex digits made of the names and contents of the files."""
    digest = hashlib.sha1()
    for path in files_of(folder):
        digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def files_of(folder: Path) -> list[Path]:
    """The files below a folder."""
    return sorted(p for p in folder.rglob("*") if p.is_file())


class HubHandler(BaseHTTPRequestHandler):
    """Answers as a Hub does, and says nothing on stderr."""

    protocol_version = "HTTP/1.1"

    def send_json(self, value: Any, status: int = 200, code: str = "") -> None:
        """JSON; `code` is what the Hub's clients tell errors of one status apart by."""
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if code:
            self.send_header("X-Error-Code", code)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on stderr."""


@contextlib.contextmanager
def hub(datasets: dict[str, Path], gated: Collection[str] = ()) -> Iterator[str]:
    """Serve the folders for the length of the `with` block; the endpoint.

    Of a dataset in `gated` only the info is to be had, as of one whose terms nobody accepted.
    """

    class Handler(HubHandler):
        def do_GET(self) -> None:
            self.answer()

        def do_HEAD(self) -> None:
            self.answer()

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            self.answer(self.rfile.read(length))

        def answer(self, body: bytes = b"") -> None:
            path = unquote(urlsplit(self.path).path)
            api = re.fullmatch(
                r"/api/datasets/([^/]+/[^/]+)(?:/(revision|tree|paths-info)/([^/]+)(?:/(.*))?)?",
                path,
            )
            file = re.fullmatch(r"/datasets/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path)
            found = api or file
            folder = datasets.get(found.group(1)) if found else None
            if folder is None or not found:
                self.send_json({"error": "Repository not found"}, 404, "RepoNotFound")
                return
            commit = commit_of(folder)
            revision = found.group(3 if api else 2) or "main"
            if found.group(1) in gated and (file or found.group(2) != "revision"):
                self.send_json({"error": "Access is restricted"}, 403, "GatedRepo")
                return
            if revision not in ("main", commit):
                self.send_json({"error": "Invalid rev id"}, 404, "RevisionNotFound")
            elif file:
                self.send_file(folder / file.group(3), commit)
            elif found.group(2) == "tree":
                below = folder / (found.group(4) or "")
                entries = [self.entry(folder, p) for p in files_of(folder) if below in p.parents]
                self.send_json(entries)
            elif found.group(2) == "paths-info":
                wanted = self.paths(body)
                entries = [self.entry(folder, folder / p) for p in wanted if (folder / p).is_file()]
                self.send_json(entries)
            else:
                names = [{"rfilename": str(p.relative_to(folder))} for p in files_of(folder)]
                self.send_json(
                    {"id": found.group(1), "sha": commit, "siblings": names, "private": False}
                )

        def paths(self, body: bytes) -> list[str]:
            if "json" in self.headers.get("Content-Type", ""):
                return list(json.loads(body)["paths"])
            return [unquote(x[6:]) for x in body.decode().split("&") if x.startswith("paths=")]

        def entry(self, folder: Path, path: Path) -> dict[str, Any]:
            oid = hashlib.sha1(path.read_bytes()).hexdigest()
            name = str(path.relative_to(folder))
            return {"type": "file", "path": name, "size": path.stat().st_size, "oid": oid}

        def send_file(self, path: Path, commit: str) -> None:
            if not path.is_file():
                self.send_json({"error": "Entry not found"}, 404, "EntryNotFound")
                return
            data = path.read_bytes()
            span = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
            total, start, end = len(data), 0, len(data) - 1
            if span:
                start, end = int(span[1]), min(int(span[2] or end), end)
            part = data[start : end + 1]
            self.send_response(206 if span else 200)
            self.send_header("ETag", f'"{hashlib.sha1(data).hexdigest()}"')
            self.send_header("X-Repo-Commit", commit)
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(len(part)))
            if span:
                self.send_header("Content-Range", f"bytes {start}-{end}/{total}")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(part)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
