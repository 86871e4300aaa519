"""Argilla's search engine, as SQL on Argilla's own database.

Argilla commits every change before it tells the search engine, so there is nothing to keep here:
whatever it is told, it does nothing, and every question is answered from the tables themselves.
"""

from typing import Any
from uuid import UUID

import argilla_server.database as argilla_database
import numpy as np
from argilla_server.enums import SimilarityOrder
from argilla_server.models import (
    Dataset,
    MetadataProperty,
    Record,
    Response,
    User,
    Vector,
    VectorSettings,
)
from argilla_server.search_engine import (
    Filter,
    FloatMetadataMetrics,
    IntegerMetadataMetrics,
    MetadataMetrics,
    Order,
    SearchEngine,
    SearchResponseItem,
    SearchResponses,
    TermsMetrics,
    TextQuery,
)
from sqlalchemy import ColumnElement, Select, func, literal_column, select, true

from .conditions import Condition, filter_condition, json_values, orders, text_condition

NAME = "sqlite"
_INSERTED = literal_column("records.rowid")  # in the order in which they were added


@SearchEngine.register(NAME)
class SqliteEngine(SearchEngine):
    """Answers from Argilla's tables; has no state, and may be used from several event loops."""

    @classmethod
    async def new_instance(cls) -> "SqliteEngine":
        return cls()

    async def close(self) -> None:
        pass

    async def ping(self) -> bool:
        return True

    async def info(self) -> dict[str, Any]:
        # The page's owners see this.
        return {"cluster_name": "r1k: SQLite", "version": {"number": "1"}}

    async def create_index(self, dataset: Dataset) -> None:
        pass

    async def delete_index(self, dataset: Dataset) -> None:
        pass

    async def configure_metadata_property(self, dataset: Dataset, metadata_property: Any) -> None:
        pass

    async def configure_index_vectors(self, vector_settings: VectorSettings) -> None:
        pass

    async def index_records(self, dataset: Dataset, records: Any) -> None:
        pass

    async def partial_record_update(self, record: Record, **update: Any) -> None:
        pass

    async def delete_records(self, dataset: Dataset, records: Any) -> None:
        pass

    async def update_record_response(self, response: Any) -> None:
        pass

    async def delete_record_response(self, response: Any) -> None:
        pass

    async def update_record_suggestion(self, suggestion: Any) -> None:
        pass

    async def delete_record_suggestion(self, suggestion: Any) -> None:
        pass

    async def get_dataset_progress(self, dataset: Dataset) -> dict[str, int]:
        """The number of records: total, and by status."""
        if dataset.is_draft:
            return {}
        rows = await _rows(
            select(Record.status, func.count())
            .where(Record.dataset_id == dataset.id)
            .group_by(Record.status)
        )
        counts = {status.value: count for status, count in rows}
        return {"total": sum(counts.values()), **counts}

    async def get_dataset_user_progress(self, dataset: Dataset, user: User) -> dict[str, int]:
        """The number of a user's responses: total, and by status."""
        if dataset.is_draft:
            return {}
        rows = await _rows(
            select(Response.status, func.count())
            .join(Record)
            .where(Record.dataset_id == dataset.id, Response.user_id == user.id)
            .group_by(Response.status)
        )
        counts = {status.value: count for status, count in rows}
        return {"total": sum(counts.values()), **counts}

    async def search(
        self,
        dataset: Dataset,
        query: TextQuery | str | None = None,
        filter: Filter | None = None,
        sort: list[Order] | None = None,
        offset: int = 0,
        limit: int = 100,
        user_id: UUID | None = None,
    ) -> SearchResponses:
        """A page of the records that `query` and `filter` find, and how many there are in all.

        Without `sort`, owners get records in the order in which they were added, and annotators
        (`user_id`) each in an order of their own, always the same. Records are not ranked by how
        well a text query fits them, because all of its words must be there anyway.
        """
        where = _conditions(dataset, query, filter)
        order: list[ColumnElement[Any]] = [_INSERTED]
        if sort:
            order = [*orders(sort), _INSERTED]
        elif user_id is not None:
            order = [func.r1k_shuffle(str(user_id), literal_column("records.id"))]
        found = select(Record.id).where(*where)
        ids = await _rows(found.order_by(*order).offset(offset).limit(limit))
        [(total,)] = await _rows(select(func.count()).select_from(Record).where(*where))
        return SearchResponses(
            items=[SearchResponseItem(record_id=id) for (id,) in ids], total=total
        )

    async def similarity_search(
        self,
        dataset: Dataset,
        vector_settings: VectorSettings,
        value: list[float] | None = None,
        record: Record | None = None,
        query: TextQuery | str | None = None,
        filter: Filter | None = None,
        max_results: int = 100,
        order: SimilarityOrder = SimilarityOrder.most_similar,
        threshold: float | None = None,
    ) -> SearchResponses:
        """The records whose vectors point the way of `value`, or of the vector of `record`.

        The score is (1 + cosine) / 2, of the opposite vector for the least similar.
        """
        if record is not None:
            value = record.vector_value_by_vector_settings(vector_settings)
        assert value is not None  # Argilla checks both
        where = _conditions(dataset, query, filter)
        if record is not None:
            where.append(Record.id != record.id)
        rows = await _rows(
            select(Record.id, Vector.value)
            .join(Vector)
            .where(*where, Vector.vector_settings_id == vector_settings.id)
            .order_by(_INSERTED)
        )
        if not rows:
            return SearchResponses(items=[], total=0)
        vectors = np.array([row[1] for row in rows], dtype=float)
        wanted = np.array(value, dtype=float)
        if order == SimilarityOrder.least_similar:
            wanted = -wanted
        norms = np.linalg.norm(vectors, axis=1) * np.linalg.norm(wanted)
        scores = (1 + vectors @ wanted / np.where(norms == 0, 1, norms)) / 2
        best = np.argsort(-scores, kind="stable")[:max_results]
        items = [
            SearchResponseItem(record_id=rows[i][0], score=float(scores[i]))
            for i in best
            if threshold is None or scores[i] >= threshold
        ]
        return SearchResponses(items=items, total=len(items))

    async def compute_metrics_for(self, metadata_property: MetadataProperty) -> MetadataMetrics:
        """How often each term occurs, most frequent first; of numbers, the range."""
        values = json_values(Record.metadata_, f'$."{metadata_property.name}"')
        atom = values.c.atom
        of = select(func.min(atom), func.max(atom)).select_from(Record).join(values, true())
        of = of.where(Record.dataset_id == metadata_property.dataset_id, atom.is_not(None))
        if not metadata_property.is_terms:
            [(least, most)] = await _rows(of)
            kind = IntegerMetadataMetrics if metadata_property.is_integer else FloatMetadataMetrics
            return kind(min=least, max=most)
        number = func.count(Record.id.distinct())
        rows = await _rows(
            of.with_only_columns(atom, number).group_by(atom).order_by(number.desc(), atom)
        )
        terms = [TermsMetrics.TermCount(term=str(term), count=count) for term, count in rows]
        return TermsMetrics(total=sum(t.count for t in terms), values=terms)


def _conditions(
    dataset: Dataset, query: TextQuery | str | None, filter: Filter | None
) -> list[Condition]:
    where: list[Condition] = [Record.dataset_id == dataset.id]
    if query is not None:
        where.append(text_condition(TextQuery(q=query) if isinstance(query, str) else query))
    if filter is not None:
        where.append(filter_condition(filter))
    return where


async def _rows(query: Select[Any]) -> list[Any]:
    async with argilla_database.async_engine.connect() as connection:
        return list(await connection.execute(query))
