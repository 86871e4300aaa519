"""What must not leave: secrets, addresses, paths of a machine, names of people who judged.

A text that is none of these, and looks like one, is let pass with `--allow`.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

# All are RE2 as well, in which Arrow searches whole columns.
_PATTERNS = {
    "a token of the Hub": r"hf_[A-Za-z0-9]{20,}",
    "an API key": r"sk-[A-Za-z0-9_-]{20,}|gh[pousr]_[A-Za-z0-9]{30,}|AKIA[A-Z0-9]{16}",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "a password in an address": r"[a-z]{2,8}://[^\s/:@\"]{1,60}:[^\s/@\"]{1,60}@[A-Za-z0-9]",
    "an e-mail address": r"[A-Za-z0-9][A-Za-z0-9._+-]*@[A-Za-z0-9][A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+)*"
    r"\.[A-Za-z]{2,}",
    "a path of a machine": r"(?:^|[^\w./-])(?:file://)?/(?:home|Users|root|tmp|mnt|scratch|work)"
    r"/[\w.-]+|\b[A-Za-z]:\\+Users\\+\w+",
}  # fmt: skip
# Reserved for examples (RFC 2606), or made up wherever they stand.
_HARMLESS = re.compile(r"@(?:[\w-]+\.)*example(?:\.(?:com|net|org))?$")
_SHOWN = 60


class Leaks:
    """Looks through texts.

    Args:
        allowed: texts that may stand.
        people: names of annotators; they are looked for as whole words.
    """

    def __init__(self, allowed: Iterable[str] = (), people: Iterable[str] = ()) -> None:
        self.allowed = tuple(allowed)
        self.patterns = dict(_PATTERNS)
        here = {str(path) for path in (Path.home(), Path.cwd()) if len(path.parts) > 2}
        if here:
            self.patterns["a path of this machine"] = "|".join(map(re.escape, sorted(here)))
        if names := sorted(set(people)):
            self.patterns["the name of an annotator"] = (
                r"\b(?:" + "|".join(map(re.escape, names)) + r")\b"
            )
        self._all = {what: re.compile(pattern) for what, pattern in self.patterns.items()}

    def in_text(self, text: str) -> Iterator[tuple[int, str]]:
        """Line, counted from 1, and what is there."""
        for number, line in enumerate(text.splitlines(), 1):
            for what in self._in_line(line):
                yield number, what

    def in_bytes(self, data: bytes) -> Iterator[tuple[str, str]]:
        """Place and what is there, for text; nothing is known of other bytes."""
        if b"\0" in data[:8192]:
            return
        for number, what in self.in_text(data.decode("utf-8", "replace")):
            yield f":{number}", what

    def in_table(self, path: Path) -> Iterator[tuple[str, str]]:
        """Column and what is there, once for each column and kind, for a parquet file; nothing is
        known of what is none."""
        seen = set()
        try:
            file = pq.ParquetFile(path)
        except pa.ArrowInvalid:
            return
        for _, value in (file.schema_arrow.metadata or {}).items():
            for _, what in self.in_text(value.decode("utf-8", "replace")):
                yield " (metadata)", what
        row = 0
        for batch in file.iter_batches(4096):
            for column, values in _strings(batch):
                for kind, pattern in self.patterns.items():
                    if (column, kind) in seen:
                        continue
                    hits = values.filter(pc.match_substring_regex(values, pattern))
                    for text in hits.to_pylist():
                        found = next((w for w in self._in_line(text) if w.startswith(kind)), None)
                        if found:
                            seen.add((column, kind))
                            yield f", column {column}, rows {row} on", found
                            break
            row += batch.num_rows

    def _in_line(self, line: str) -> Iterator[str]:
        for what, pattern in self._all.items():
            for found in pattern.finditer(line):
                text = found[0].strip()
                if _HARMLESS.search(text) or any(a in text or text in a for a in self.allowed):
                    continue
                # Of a secret only the beginning: it is on the screen, and may end in a log.
                secret = what.split()[-1] in ("Hub", "key") or "password" in what
                yield f"{what}: {text[:6] + '…' if secret else text[:_SHOWN]}"


def _strings(batch: pa.RecordBatch) -> Iterator[tuple[str, pa.Array]]:
    """All arrays of strings in a batch, however deep, with the name of their column."""
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        for values in _leaves(column):
            yield name, values


def _leaves(array: pa.Array) -> Iterator[pa.Array]:
    kind = array.type
    if pa.types.is_struct(kind):
        for index in range(kind.num_fields):
            yield from _leaves(array.field(index))
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        yield from _leaves(array.flatten())
    elif pa.types.is_dictionary(kind):
        yield from _leaves(array.dictionary)
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
        yield array
