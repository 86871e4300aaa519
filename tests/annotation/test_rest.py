"""What the client of Argilla's API does where a server, or a proxy before it, fails."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from r1k.annotation.push import Wanted, push
from r1k.annotation.rest import Argilla
from r1k.errors import UserError
from tests.annotated import write_folder
from tests.pairs import make_pair


class Proxy(BaseHTTPRequestHandler):
    """Answers like Argilla without data; takes no body above `limit`; fails as `failures` say."""

    limit = 10**9
    failures: list[int] = []  # noqa: RUF012 (set anew by each test)
    seen: list[tuple[str, str]] = []  # noqa: RUF012
    records: list[str] = []  # noqa: RUF012

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.partition("?")[0].removeprefix("/api/v1/")
        self.seen.append((self.command, path))
        if self.failures:
            status = self.failures.pop(0)
            if status == 0:  # the connection breaks
                self.close_connection = True
                return
            return self.reply(status, b"<html>away</html>")
        if len(body) > self.limit:
            return self.reply(413, b"too large")
        if path.endswith("records/bulk"):
            self.records += [item["external_id"] for item in json.loads(body)["items"]]
        answers: dict[str, Any] = {
            "version": {"version": "2.8.0"},
            "me": {"role": "owner"},
        }
        answer = answers.get(path, {"items": [], "total": 0, "id": "1"})
        return self.reply(200, json.dumps(answer).encode())

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = handle_any

    def reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    Proxy.limit, Proxy.failures, Proxy.seen, Proxy.records = 10**9, [], [], []
    monkeypatch.setattr("r1k.annotation.rest._RETRY_SECONDS", (0.01, 0.01))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_can_be_sent_twice_is_sent_again(proxy: str) -> None:
    argilla = Argilla(proxy, "key")
    Proxy.failures = [0, 503]
    assert argilla.get("users")["items"] == []
    Proxy.failures = [502, 0]
    argilla.put("datasets/1/records/bulk", {"items": []})
    assert [method for method, _ in Proxy.seen] == ["GET"] * 3 + ["PUT"] * 3


@pytest.mark.parametrize("failure", [0, 503])
def test_what_may_have_been_done_is_not_done_again(proxy: str, failure: int) -> None:
    Proxy.failures = [failure]
    with pytest.raises(UserError, match="no Argilla answers"):
        Argilla(proxy, "key").post("users", {})
    assert len(Proxy.seen) == 1


def test_a_page_that_is_no_api_is_told(proxy: str) -> None:
    Proxy.failures = [200, 500]
    with pytest.raises(UserError, match="is no Argilla"):
        Argilla(proxy, "key").get("version")
    with pytest.raises(UserError, match="answers 500 to GET users: <html>away</html>"):
        Argilla(proxy, "key").get("users")


def test_batches_that_a_proxy_finds_too_large_are_sent_in_parts(
    proxy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Proxy.limit = 20_000
    monkeypatch.setenv("ARGILLA_API_KEY", "key")
    pairs = [make_pair(i) for i in range(30)]
    assert pairs[7].reverse
    long = pairs[7].reverse.model_copy(update={"trace": "x" * 30_000})
    pairs[7] = pairs[7].model_copy(update={"reverse": long})
    folder = write_folder(tmp_path / "parts", train=pairs)
    with pytest.raises(UserError, match="answers 413 to POST datasets"):  # guidelines and all
        Proxy.limit = 1_000
        push(folder, tmp_path, proxy, None, Wanted(["ann"], overlap=1))
    Proxy.limit = 20_000
    push(folder, tmp_path, proxy, None, Wanted(["ann"], overlap=1))
    assert sorted(Proxy.records) == sorted(p.pair_id for p in pairs if p is not pairs[7])
    printed = capsys.readouterr().out
    assert f"pair pair-000007: too large for {proxy}" in printed
    assert "29  sent to parts-round-1" in printed
    assert "1  left out: they are too large for the server" in printed
