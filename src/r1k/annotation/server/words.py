"""What a text query asks for, in the syntax that Argilla documents (Elasticsearch's simple query).

A word is a run of letters and digits (of Unicode 6.1: SQLite's tokenizer makes the words of the
texts); everything else, spaces, LaTeX's backslashes and braces, punctuation, stands between words.
Case does not matter, accents do. A query is:

    two words       both, in any order, in any of the fields
    "two words"     one after the other, in one field
    prim*           words that begin so
    -word           records without it
    a | b           either; a + b is the same as a b
    (a | b) c       grouping; without brackets a query is read from left to right
    \\(a\\)           a backslash takes the meaning of an operator away

What holds no word ("=", "()") is passed over; a query without any word finds nothing. Edit
distances (word~2) are not supported: they are read as words.
"""

import re
from dataclasses import dataclass

# FTS5's tokenizer keeps combining accents (U+0300 to U+0331) in the word they follow.
_WORD = re.compile("[^\\W_](?:[^\\W_]|[\u0300-\u0331])*")
_BLANK = " \t\n\r"
_ENDS_WORD = _BLANK + '"|+()'


@dataclass(frozen=True)
class Match:
    """Records one of whose fields matches `fts`, an expression of FTS5 with one phrase."""

    fts: str


@dataclass(frozen=True)
class Not:
    """Records that `of` does not find."""

    of: "Query"


@dataclass(frozen=True)
class Both:
    """Records that `left` and `right` find."""

    left: "Query"
    right: "Query"


@dataclass(frozen=True)
class Either:
    """Records that `left` or `right` finds."""

    left: "Query"
    right: "Query"


Query = Match | Not | Both | Either


def parse(text: str) -> Query | None:
    """The query that a text is; None if it holds no word. No text is an error."""
    return _Reader(text).query()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def query(self) -> Query | None:
        found: Query | None = None
        either = negated = False
        while self._at < len(self._text):
            char = self._text[self._at]
            if char == "-":
                negated = not negated
                self._at += 1
                continue  # nothing may stand between the sign and its word
            branch: Query | None = None
            if char in _BLANK or char in "+)":
                self._at += 1
            elif char == "|":
                either = True
                self._at += 1
            elif char == "(":
                branch = self._group()
            elif char == '"':
                branch = self._phrase()
            else:
                branch = self._word()
            if branch is not None:
                branch = Not(branch) if negated else branch
                if found is None:
                    found = branch
                else:
                    found = Either(found, branch) if either else Both(found, branch)
                either = False
            negated = False
        return found

    def _group(self) -> Query | None:
        end = self._closing_bracket()
        start = self._at + 1
        if end is None:  # a bracket that is never closed means nothing
            self._at = start
            return None
        self._at = end + 1
        return parse(self._text[start:end])

    def _closing_bracket(self) -> int | None:
        depth = 0
        at = self._at
        while at < len(self._text):
            char = self._text[at]
            if char == "\\":
                at += 1
            depth += {"(": 1, ")": -1}.get(char, 0)
            if depth == 0:
                return at
            at += 1
        return None

    def _phrase(self) -> Query | None:
        start = self._at + 1
        end = self._text.find('"', start)
        if end < 0:
            self._at = start
            return None
        self._at = end + 1
        words = _WORD.findall(self._text[start:end])
        return Match(_quoted(" ".join(words))) if words else None

    def _word(self) -> Query | None:
        """One run without operators; it may hold several words: "well-known", "x=3"."""
        start = self._at
        while self._at < len(self._text) and self._text[self._at] not in _ENDS_WORD:
            self._at += 2 if self._text[self._at] == "\\" else 1
        run = self._text[start : self._at]
        words = _WORD.findall(run)
        if not words:
            return None
        matches: list[Query] = [Match(_quoted(word)) for word in words]
        if run.endswith(words[-1] + "*"):
            matches[-1] = Match(_quoted(words[-1]) + "*")
        found = matches[0]
        for match in matches[1:]:
            found = Both(found, match)
        return found


def _quoted(phrase: str) -> str:
    return f'"{phrase}"'  # words hold no quotation mark
