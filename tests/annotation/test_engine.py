"""The search engine against a model that looks at every record, through the API of a real server.

The model reads a text query as `r1k.annotation.server.words` documents it, but from the tree that
it was written from, not from its text.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx
import pytest

from tests.argilla import Argilla

RECORDS = 60
QUERIES = 1_000
WORDS = (
    "sum Sum product prime primes PRIMES triangle naïve naive Straße γωνία ΓΩΝΊΑ 数学 x y 2 3 "
    '42 3.5 ½ well-known \\frac{1}{2} $x=3$ \\boxed{42} don\'t e\u0301t (a+b)*c a|b "quoted" <b>'
).split()
TOPICS = ["algebra", "number theory", "geometry", "10", "Überblick"]
LABELS = ["faithful", "paraphrase", "other"]
STATUSES = ["submitted", "draft", "discarded"]
ANNOTATORS = 3

Record = dict[str, Any]
Test = Callable[[Record], bool]


@dataclass
class World:
    """A dataset in a real server, and all that the API says of its records, oldest first."""

    clients: list[httpx.Client]
    users: list[str | None]  # None: the owner's view, which is nobody's own
    dataset: str
    records: list[Record]
    orders: list[list[str]] = field(default_factory=list)

    def path(self, user: int) -> str:
        """Where this user searches: the owner among all responses, others among their own."""
        me = "" if self.users[user] is None else "/me"
        return f"{me}/datasets/{self.dataset}/records/search"


@pytest.fixture(scope="module")
def world(argilla: Argilla) -> Iterator[World]:
    rng = random.Random(7)
    owner = argilla.client()
    workspace = ok(owner.post("/workspaces", json={"name": "engine"}))["id"]
    dataset = make_dataset(owner, workspace)
    clients, users = [owner], [None]
    for number in range(ANNOTATORS):
        person = {"username": f"engine-{number}", "password": "a password", "first_name": "a"}
        user = ok(owner.post("/users", json={**person, "role": "annotator"}))
        ok(owner.post(f"/workspaces/{workspace}/users", json={"user_id": user["id"]}))
        clients.append(argilla.client(user["api_key"]))
        users.append(user["id"])
    questions = {
        q["name"]: q["id"] for q in ok(owner.get(f"/datasets/{dataset}/questions"))["items"]
    }
    items = [make_record(rng, number, questions) for number in range(RECORDS)]
    for start in range(0, RECORDS, 30):
        body = {"items": items[start : start + 30]}
        ok(owner.post(f"/datasets/{dataset}/records/bulk", json=body))
    listed = ok(owner.get(f"/datasets/{dataset}/records", params={"limit": 1000}))["items"]
    for client in clients[1:]:
        for record in rng.sample(listed, RECORDS // 3):
            body = {"status": rng.choice(STATUSES), "values": make_values(rng)}
            ok(client.post(f"/records/{record['id']}/responses", json=body))
    for record in rng.sample(listed, 10):  # texts that change are found by their new words only
        fields = record["fields"] | {"question": make_text(rng)}
        ok(
            owner.put(
                f"/datasets/{dataset}/records/bulk",
                json={"items": [{"id": record["id"], "fields": fields}]},
            )
        )
    gone = [record["id"] for record in rng.sample(listed, 10)]
    ok(owner.delete(f"/datasets/{dataset}/records", params={"ids": ",".join(gone)}))
    include = {"limit": 1000, "include": ["responses", "suggestions"]}
    records = ok(owner.get(f"/datasets/{dataset}/records", params=include))["items"]
    names = {id: name for name, id in questions.items()}
    for record in records:
        for suggestion in record["suggestions"]:
            suggestion["question"] = names[suggestion["question_id"]]
    made = World(clients, users, dataset, records)
    for user, client in enumerate(clients):
        page = ok(client.post(made.path(user), json={}, params={"limit": 1000}))
        made.orders.append([item["record"]["id"] for item in page["items"]])
    yield made
    for client in clients:
        client.close()


def test_random_queries(world: World) -> None:
    """Filters, sorts, texts and pages, as the owner and as annotators."""
    rng = random.Random(11)
    places = [{id: place for place, id in enumerate(order)} for order in world.orders]
    seen = 0
    for number in range(QUERIES):
        user = rng.randrange(len(world.clients))
        me = world.users[user]
        body: dict[str, Any] = {}
        tests: list[Test] = []
        if rng.random() < 0.5:
            text, test = make_text_query(rng)
            named = rng.choice([None, "question", "answer", "talk"])
            body["query"] = {"text": {"q": text} | ({"field": named} if named else {})}
            tests.append(lambda r, test=test, named=named: test(words_of(r, named)))
        if rng.random() < 0.7:
            made = [make_filter(rng, world.records, me) for _ in range(rng.randint(1, 2))]
            body["filters"] = {"and": [one for one, _ in made]}
            tests += [test for _, test in made]
        expected = [r for r in world.records if all(test(r) for test in tests)]
        if rng.random() < 0.6:
            body["sort"] = []
            keys = []
            for _ in range(rng.randint(1, 2)):
                scope, values = make_scope(rng, me)
                descending = rng.random() < 0.5
                body["sort"].append({"scope": scope, "order": "desc" if descending else "asc"})
                keys.append((scope, values, descending))
            for scope, values, descending in reversed(keys):
                expected = by_value(expected, scope, values, descending)
        else:
            expected = sorted(expected, key=lambda r: places[user][r["id"]])
        offset, limit = rng.choice([(0, 3), (0, 1), (4, 2), (200, 5)])
        reply = world.clients[user].post(
            world.path(user), json=body, params={"offset": offset, "limit": limit}
        )
        page = ok(reply)
        ids = [item["record"]["id"] for item in page["items"]]
        wanted = [r["id"] for r in expected[offset : offset + limit]]
        assert (page["total"], ids) == (len(expected), wanted), (number, user, body)
        seen += 0 < len(expected) < len(world.records)
    assert seen > QUERIES / 3  # the queries are not all trivial


def test_annotators_have_orders_of_their_own(world: World) -> None:
    everything = [r["id"] for r in world.records]
    assert world.orders[0] == everything
    assert all(sorted(order) == sorted(everything) for order in world.orders)
    assert len({tuple(order) for order in world.orders}) == len(world.orders)


def test_progress(world: World) -> None:
    owner = world.clients[0]
    progress = ok(owner.get(f"/datasets/{world.dataset}/progress"))
    complete = sum(r["status"] == "completed" for r in world.records)
    assert 0 < complete < len(world.records)
    assert (progress["total"], progress["completed"]) == (len(world.records), complete)
    assert progress["pending"] == len(world.records) - complete
    for client, user in zip(world.clients[1:], world.users[1:], strict=True):
        mine = [a["status"] for r in world.records for a in r["responses"] if a["user_id"] == user]
        counts = {status: mine.count(status) for status in STATUSES}
        counts |= {"total": len(world.records), "pending": len(world.records) - len(mine)}
        found = ok(client.get(f"/me/datasets/{world.dataset}/metrics"))["responses"]
        assert found == counts


def test_metrics(world: World) -> None:
    owner = world.clients[0]
    listed = ok(owner.get(f"/me/datasets/{world.dataset}/metadata-properties"))["items"]
    ids = {p["name"]: p["id"] for p in listed}
    have: dict[str, list[Any]] = {name: [] for name in ids}
    for record in world.records:
        for name, value in (record["metadata"] or {}).items():
            have[name] += value if isinstance(value, list) else [value]
    found = {n: ok(owner.get(f"/metadata-properties/{i}/metrics")) for n, i in ids.items()}
    for name in ("n", "x"):
        bounds = found[name]["min"], found[name]["max"]
        assert bounds == (min(have[name]), max(have[name]))
    topics = [(t, have["topic"].count(t)) for t in set(have["topic"])]
    topics.sort(key=lambda pair: (-pair[1], pair[0]))
    assert [(v["term"], v["count"]) for v in found["topic"]["values"]] == topics
    assert found["topic"]["total"] == len(have["topic"])


def test_similar_records(world: World) -> None:
    owner = world.clients[0]
    vectors = {"v": [1.0, 0.0]}, {"v": [0.8, 0.6]}, {"v": [-1.0, 0.0]}
    chosen = world.records[:3]
    for record, vector in zip(chosen, vectors, strict=True):
        ok(owner.patch(f"/records/{record['id']}", json={"vectors": vector}))
    ids = [r["id"] for r in chosen]

    def search(**query: Any) -> list[tuple[str, float]]:
        body = {"query": {"vector": {"name": "v", **query}}}
        found = ok(owner.post(world.path(0), json=body))
        assert found["total"] == len(found["items"])
        return [(i["record"]["id"], pytest.approx(i["query_score"])) for i in found["items"]]

    assert search(value=[2.0, 0.0]) == [(ids[0], 1.0), (ids[1], 0.9), (ids[2], 0.0)]
    assert search(record_id=ids[0]) == [(ids[1], 0.9), (ids[2], 0.0)]
    least = search(record_id=ids[0], order="least_similar")
    assert least == [(ids[2], 1.0), (ids[1], pytest.approx(0.1))]


@pytest.mark.parametrize(
    "body",
    [
        {"query": {"text": {"q": "a " * 600}}},
        {"query": {"text": {"q": "(" * 51 + "a"}}},
        {"filters": {"and": [{"type": "range", "ge": "soon", "scope": "inserted_at"}]}},
        {"filters": {"and": [{"type": "range", "ge": 1, "scope": "external_id"}]}},
    ],
)
def test_what_makes_no_sense_is_refused(world: World, body: dict[str, Any]) -> None:
    for one in body.get("filters", {}).get("and", []):
        one["scope"] = {"entity": "record", "property": one["scope"]}
    reply = world.clients[0].post(world.path(0), json=body)
    assert reply.status_code == 422
    assert reply.json()["detail"]


def ok(reply: httpx.Response) -> Any:
    assert reply.is_success, (reply.request.url, reply.status_code, reply.text)
    return reply.json() if reply.content else None


def make_dataset(owner: httpx.Client, workspace: str) -> str:
    distribution = {"strategy": "overlap", "min_submitted": 2}
    body = {"name": "engine", "workspace_id": workspace, "distribution": distribution}
    dataset: str = ok(owner.post("/datasets", json=body))["id"]
    made = f"/datasets/{dataset}"
    for name, kind in [("question", "text"), ("answer", "text"), ("talk", "chat")]:
        settings = {"type": kind, "use_markdown": True}
        body = {"name": name, "title": name, "required": name == "question", "settings": settings}
        ok(owner.post(f"{made}/fields", json=body))
    options = [{"value": v, "text": v} for v in LABELS]
    for name, settings in {
        "label": {"type": "label_selection", "options": options},
        "labels": {"type": "multi_label_selection", "options": options},
        "rating": {"type": "rating", "options": [{"value": v} for v in range(1, 6)]},
        "why": {"type": "text"},
    }.items():
        body = {"name": name, "title": name, "required": name == "label", "settings": settings}
        ok(owner.post(f"{made}/questions", json=body))
    for name, kind in [("topic", "terms"), ("n", "integer"), ("x", "float")]:
        body = {"name": name, "title": name, "settings": {"type": kind}}
        body["visible_for_annotators"] = True
        ok(owner.post(f"{made}/metadata-properties", json=body))
    ok(owner.post(f"{made}/vectors-settings", json={"name": "v", "title": "v", "dimensions": 2}))
    ok(owner.put(f"{made}/publish"))
    return dataset


def make_record(rng: random.Random, number: int, questions: dict[str, str]) -> Record:
    fields: dict[str, Any] = {"question": make_text(rng)}
    if rng.random() < 0.7:
        fields["answer"] = make_text(rng)
    if rng.random() < 0.5:
        fields["talk"] = [{"role": r, "content": make_text(rng)} for r in ("user", "assistant")]
    metadata: dict[str, Any] = {}
    if rng.random() < 0.8:
        metadata["topic"] = rng.choice(TOPICS) if rng.random() < 0.6 else rng.sample(TOPICS, 2)
    if rng.random() < 0.8:
        metadata["n"] = rng.randint(-3, 12)
    if rng.random() < 0.8:
        metadata["x"] = rng.choice([0.5, 2.0, -1.25, 10.0])
    suggestions = []
    for name, value in make_values(rng).items():
        if rng.random() < 0.6:
            made = {"question_id": questions[name], "value": value["value"]}
            made["type"] = rng.choice(["model", "human", None])
            made["agent"] = rng.choice(["r1k", "somebody", None])
            score = round(rng.random(), 2)
            made["score"] = [score] * len(made["value"]) if name == "labels" else score
            suggestions.append({k: v for k, v in made.items() if v is not None})
    external = f"pair-{number}" if rng.random() < 0.9 else None
    return {
        "fields": fields,
        "metadata": metadata,
        "suggestions": suggestions,
        "external_id": external,
    }


def make_text(rng: random.Random) -> str:
    return rng.choice([" ", ", ", "\n\n"]).join(rng.choices(WORDS, k=rng.randint(1, 12)))


def make_values(rng: random.Random) -> dict[str, Any]:
    values: dict[str, Any] = {"label": rng.choice(LABELS)}
    if rng.random() < 0.7:
        values["labels"] = rng.sample(LABELS, rng.randint(1, 3))
    if rng.random() < 0.7:
        values["rating"] = rng.randint(1, 5)
    if rng.random() < 0.5:
        values["why"] = rng.choice(["because", "42"])
    return {name: {"value": value} for name, value in values.items()}


# Texts: the words of each field, and a test of them made together with the query's text.


def fold(text: str) -> str:
    return "".join(c.casefold() if len(c.casefold()) == 1 else c for c in text)


def split(text: str) -> list[str]:
    return re.findall("[^\\W_](?:[^\\W_]|\u0301)*", fold(text))


def words_of(record: Record, named: str | None) -> list[list[str]]:
    if "words" not in record:
        record["words"] = {}
        for name, value in record["fields"].items():
            if isinstance(value, list):
                value = "\n".join(f"{m['role']}\n{m['content']}" for m in value)
            if value is not None:
                record["words"][name] = split(value)
    return [words for name, words in record["words"].items() if named in (None, name)]


def make_text_query(
    rng: random.Random, depth: int = 0
) -> tuple[str, Callable[[list[list[str]]], bool]]:
    kind = rng.random()
    if depth < 2 and kind < 0.5:
        left, first = make_text_query(rng, depth + 1)
        right, second = make_text_query(rng, depth + 1)
        if rng.random() < 0.4:
            return f"({left} | {right})", lambda f: first(f) or second(f)
        joint = rng.choice([" ", " + ", "  = "])
        return f"({left}{joint}{right})", lambda f: first(f) and second(f)
    if depth and kind < 0.6:
        text, test = make_text_query(rng, 2)
        return f"-{text}" if text[0] != "-" else text, (
            (lambda f: not test(f)) if text[0] != "-" else test
        )
    if kind < 0.75:
        phrase = split(" ".join(rng.choices(WORDS, k=2)))
        length = len(phrase)
        text = rng.choice([" ", ", "]).join(phrase).upper()
        phrase = split(text)
        return f'"{text}"', lambda f: any(
            words[i : i + length] == phrase for words in f for i in range(len(words))
        )
    word = rng.choice(split(rng.choice(WORDS)))
    if kind < 0.85:
        start = word[: rng.randint(1, len(word))]
        if start[-1] == "e" and word[len(start) : len(start) + 1] == "\u0301":
            start = word
        return f"{start}*", lambda f: any(w.startswith(start) for words in f for w in words)
    return word, lambda f: any(word in words for words in f)


# Filters and sorts: a scope in Argilla's words, and what a record has there.

Values = Callable[[Record], list[Any]]


def responses(record: Record, me: str | None) -> list[Any]:
    return [a for a in record["responses"] if me in (None, a["user_id"])]


def flat(value: Any) -> list[Any]:
    return [v for v in (value if isinstance(value, list) else [value]) if v is not None]


def make_scope(rng: random.Random, me: str | None) -> tuple[dict[str, Any], Values]:
    entity = rng.choice(["record", "metadata", "suggestion", "response", "response status"])
    if entity == "record":
        name = rng.choice(["id", "external_id", "inserted_at", "updated_at", "status"])
        return {"entity": "record", "property": name}, lambda r: flat(r[name])
    if entity == "metadata":
        name = rng.choice(["topic", "n", "x"])
        scope = {"entity": "metadata", "metadata_property": name}
        return scope, lambda r: flat((r["metadata"] or {}).get(name))
    if entity == "response status":
        scope = {"entity": "response", "property": "status"}
        return scope, lambda r: [a["status"] for a in responses(r, me)]
    question = rng.choice(["label", "labels", "rating", "why"])
    if entity == "suggestion":
        name = rng.choice(["value", "score", "agent", "type"])
        scope = {"entity": "suggestion", "question": question, "property": name}
        return scope, lambda r: [
            v for s in r["suggestions"] if s["question"] == question for v in flat(s[name])
        ]
    return {"entity": "response", "question": question}, lambda r: [
        v
        for a in responses(r, me)
        for v in flat((a["values"] or {}).get(question, {}).get("value"))
    ]


def make_filter(
    rng: random.Random, records: list[Record], me: str | None
) -> tuple[dict[str, Any], Test]:
    scope, values = make_scope(rng, me)
    there = [v for r in records for v in values(r)]
    dates = scope.get("property") in ("inserted_at", "updated_at")
    if dates:
        return make_date_filter(rng, scope, values, there)
    if isinstance(there[0], int | float) and rng.random() < 0.6:
        low, high = sorted([rng.choice(there), rng.choice(there) + rng.choice([0, 0.5])])
        low, high = rng.choice([(low, high), (low, None), (None, high)])
        bounds = {k: v for k, v in [("ge", low), ("le", high)] if v is not None}
        return {"type": "range", "scope": scope, **bounds}, lambda r: any(
            (low is None or v >= low) and (high is None or v <= high) for v in values(r)
        )
    chosen = [rng.choice([*there, "nothing", "3", "2.0"]) for _ in range(rng.randint(1, 4))]
    status = scope.get("property") == "status" and scope["entity"] == "response"
    if status and rng.random() < 0.5:
        chosen.append("pending")

    def test(record: Record) -> bool:
        have = values(record)
        if status and "pending" in chosen and not have:
            return True
        return any(equal(v, c) for v in have for c in chosen)

    return {"type": "terms", "scope": scope, "values": [str(c) for c in chosen]}, test


def equal(value: Any, chosen: Any) -> bool:
    if isinstance(value, str):
        return value == str(chosen)
    try:
        return float(value) == float(chosen)
    except ValueError:
        return False


def make_date_filter(
    rng: random.Random, scope: dict[str, Any], values: Values, there: list[str]
) -> tuple[dict[str, Any], Test]:
    """A range of moments, written in one of the ways that are dates."""

    def write(moment: datetime) -> tuple[Any, datetime]:
        kind = rng.randrange(4)
        if kind == 0:
            return moment.isoformat(), moment
        if kind == 1:
            zone = timezone(timedelta(hours=rng.randint(-11, 11), minutes=30))
            return moment.replace(tzinfo=UTC).astimezone(zone).isoformat(), moment
        if kind == 2:
            return moment.isoformat() + "Z", moment
        day = moment + timedelta(days=rng.choice([-1, 0, 0, 1]))
        return day.date().isoformat(), datetime(day.year, day.month, day.day)

    moments = [datetime.fromisoformat(v) for v in there]
    written, low = write(rng.choice(moments))
    if rng.random() < 0.5:
        test = lambda r: datetime.fromisoformat(values(r)[0]) >= low  # noqa: E731
        return {"type": "range", "scope": scope, "ge": written}, test
    if len(written) == 10:  # a day as the upper bound means its end
        low += timedelta(days=1, microseconds=-1)
    test = lambda r: datetime.fromisoformat(values(r)[0]) <= low  # noqa: E731
    return {"type": "range", "scope": scope, "le": written}, test


def by_value(
    records: list[Record], scope: dict[str, Any], values: Values, descending: bool
) -> list[Record]:
    def key(record: Record) -> Any:
        have = values(record)
        numbers = [v for v in have if not isinstance(v, str)]
        if scope["entity"] == "response" and numbers:
            return sum(numbers) / len(numbers)
        return max(have) if descending else min(have)

    filled = [r for r in records if values(r)]
    empty = [r for r in records if not values(r)]
    filled.sort(key=key, reverse=descending)  # equal ones stay in their order, in either direction
    return filled + empty
