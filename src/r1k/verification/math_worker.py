"""What runs inside the worker processes of `equal.py`, imported once by their fork server."""

import contextlib
import io
import logging

from math_verify import ExprExtractionConfig, LatexExtractionConfig, parse, verify

logging.getLogger("math_verify").setLevel(logging.CRITICAL)
_WHERE = (LatexExtractionConfig(), ExprExtractionConfig())


def compare(a: str, b: str) -> bool:
    """Whether math-verify finds answer `a` equal to the reference `b` (or `b` to `a`).

    Its own timeouts are off: an alarm of 0 seconds never rings (None would raise, and math-verify
    hides that error and reads less of the answer). The caller's pool kills this process instead.
    Both ways, because math-verify is not symmetric: it takes the reference to be the cleaner text.
    """
    # math-verify prints what it cannot parse.
    with contextlib.redirect_stdout(io.StringIO()):
        left, right = (parse(_as_math(x), _WHERE, parsing_timeout=0) for x in (a, b))
        if not left or not right:
            return False
        return bool(
            verify(right, left, timeout_seconds=0) or verify(left, right, timeout_seconds=0)
        )


def _as_math(answer: str) -> str:
    # math-verify finds formulas by their delimiters.
    return answer if "$" in answer or "\\(" in answer or "\\[" in answer else f"${answer}$"
