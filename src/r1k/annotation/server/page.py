"""Headers that keep the texts of records, which models wrote, from doing anything in the page."""

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

import argilla_server

_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def headers() -> list[tuple[bytes, bytes]]:
    """Response headers for every path.

    Only the page's own scripts run: its files, and the inline ones that the packaged page holds.
    Nothing is fetched from, or sent to, any other server, not even an image. Formulas are laid out
    with style attributes, so those are allowed; style elements that are not the page's are not, and
    so the words that a text search found are not coloured. No policy stops a `<meta>` refresh,
    which Argilla's page lets through in a field under a span question, and only there.
    """
    page = (Path(argilla_server.__file__).parent / "static" / "index.html").read_text("utf-8")
    page = page.replace("@@baseUrl@@", "")  # as Argilla serves it
    policy = "; ".join(
        [
            "default-src 'none'",
            f"script-src 'self' {_hashes(_SCRIPT, page)}",
            f"style-src-elem 'self' {_hashes(_STYLE, page)}",
            "style-src-attr 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "manifest-src 'self'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    )
    named = {
        "Content-Security-Policy": policy,
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return [(name.lower().encode(), value.encode()) for name, value in named.items()]


def _hashes(element: re.Pattern[str], page: str) -> str:
    digests = [hashlib.sha256(text.encode()).digest() for text in element.findall(page)]
    return " ".join(f"'sha256-{base64.b64encode(d).decode()}'" for d in digests)


class WithHeaders:
    """An ASGI application, with `headers()` on each of its responses."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._headers = headers()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *self._headers]
            await send(message)

        await self._app(scope, receive, with_headers)
