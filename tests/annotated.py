"""Dataset folders for tests of `r1k annotate`, and people who answer by Argilla's API."""

import json
import shutil
from pathlib import Path
from typing import Any

from r1k.schema import Pair, arrow_schema
from r1k.views.table import TableWriter
from tests.argilla import Argilla
from tests.pairs import batch

ANSWERS = {"faithful": "faithful", "answer_right": "yes", "quality": 5}


def write_folder(out: Path, **splits: list[Pair]) -> Path:
    """The pairs of a dataset folder and its manifest, without views: all that push reads."""
    shutil.rmtree(out, ignore_errors=True)
    listed = {}
    for split, pairs in splits.items():
        config, name = ("rejected", "train") if split == "rejected" else ("pairs", split)
        writer = TableWriter(out / config, name, arrow_schema(Pair))
        writer.write(batch(pairs))
        for file in writer.close():
            listed[f"{config}/{file.path.name}"] = {"split": name, "rows": file.rows}
    manifest = {"made_by": "r1k", "files": listed}
    (out / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return out


class Person:
    """An annotator, who sees and answers what Argilla shows to this person."""

    def __init__(self, argilla: Argilla, name: str) -> None:
        users = argilla.client().get("users").json()["items"]
        known = next(user for user in users if user["username"] == name)
        self.id, self._client = known["id"], argilla.client(known["api_key"])

    def datasets(self) -> list[str]:
        """The names of the Argilla datasets that the person sees."""
        return sorted(d["name"] for d in self._client.get("me/datasets").json()["items"])

    def pending(self, dataset: str) -> list[dict[str, Any]]:
        """The records that wait for the person, in the order in which the page shows them."""
        query = {
            "filters": {
                "and": [
                    {
                        "type": "terms",
                        "scope": {"entity": "response", "property": "status"},
                        "values": ["pending"],
                    }
                ]
            },
            "sort": [{"scope": {"entity": "record", "property": "inserted_at"}, "order": "asc"}],
        }
        every = self._client.get("me/datasets").json()["items"]
        known = next(d["id"] for d in every if d["name"] == dataset)
        found = self._client.post(f"me/datasets/{known}/records/search", json=query).json()
        return [item["record"] for item in found["items"]]

    def answer(self, record: dict[str, Any], status: str = "submitted", **values: Any) -> None:
        """Answer a record; `values` beside, or instead of, those of `ANSWERS`."""
        given = {name: {"value": value} for name, value in (ANSWERS | values).items()}
        body = {"status": status, "values": given}
        done = self._client.post(f"records/{record['id']}/responses", json=body)
        assert done.is_success, done.text
