"""How text queries are read, and that SQLite's words are those that the documentation names."""

import sqlite3

import pytest

from r1k.annotation.server.words import Both, Either, Match, Not, parse

A, B, C = Match('"a"'), Match('"b"'), Match('"c"')


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("a", A),
        ("a b", Both(A, B)),
        ("a + b", Both(A, B)),
        ("a|b", Either(A, B)),
        ("a | b c", Both(Either(A, B), C)),
        ("a b | c", Either(Both(A, B), C)),
        ("a (b | c)", Both(A, Either(B, C))),
        ("((a)) | (b c)", Either(A, Both(B, C))),
        ("-a", Not(A)),
        ("a -b", Both(A, Not(B))),
        ("--a", A),
        ("a - b", Both(A, B)),
        ('-"a b"', Not(Match('"a b"'))),
        ("-(a | b)", Not(Either(A, B))),
        ('"a, b"', Match('"a b"')),
        ('"a" b*', Both(A, Match('"b"*'))),
        ("a*b*c", Both(Both(A, B), C)),
        ("b-a", Both(B, A)),
        ("a_b", Both(A, B)),
        (r"\(a\) b", Both(A, B)),
        (r"\frac{a}{b}", Both(Both(Match('"frac"'), A), B)),
        (r"a \| b", Both(A, B)),
        ("a | = b", Either(A, B)),
        ("a = b", Both(A, B)),
        ("(a", A),
        ("a) b", Both(A, B)),
        ('"a b', Both(A, B)),
        ('a "" b', Both(A, B)),
        ("() a", A),
        ("e\u0301t", Match('"e\u0301t"')),
        ("a\\", A),
        ("", None),
        (" = () -", None),
        ('"', None),
    ],
)
def test_reads(text: str, query: object) -> None:
    assert parse(text) == query


def test_sqlite_has_the_same_words() -> None:
    words = ["Straße", "e\u0301t", "naïve", "数学", "x2", "½", "Ⅳ", "γωνία", "10⁴"]
    database = sqlite3.connect(":memory:")
    database.execute(
        "CREATE VIRTUAL TABLE t USING fts5(x, tokenize='unicode61 remove_diacritics 0')"
    )
    database.execute("INSERT INTO t VALUES (?)", ["_".join(words) + r"\frac{p}{q}$r$-s,t"])
    for word in [*words, "frac", "p", "q", "r", "s", "t", "STRAßE", "NAÏVE"]:
        query = parse(word)
        assert isinstance(query, Match)
        found = database.execute("SELECT count(*) FROM t WHERE t MATCH ?", [query.fts]).fetchone()
        assert found == (1,), word
    assert database.execute("SELECT count(*) FROM t WHERE t MATCH '\"naive\"'").fetchone() == (0,)
