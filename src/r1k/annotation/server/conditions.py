"""Argilla's filters and sorts as SQL on Argilla's own tables.

A property may hold one value or a list; a filter finds a record if one of the values fits.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, time
from typing import Any, TypeAlias

from argilla_server.enums import SortOrder
from argilla_server.errors.future import UnprocessableEntityError
from argilla_server.models import Question, Record, Response, Suggestion
from argilla_server.search_engine import (
    AndFilter,
    Filter,
    FilterScope,
    MetadataFilterScope,
    Order,
    RangeFilter,
    RecordFilterScope,
    ResponseFilterScope,
    SuggestionFilterScope,
    TermsFilter,
    TextQuery,
)
from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    cast,
    column,
    exists,
    false,
    func,
    not_,
    or_,
    select,
    table,
    true,
)
from sqlalchemy import String as SqlString

from . import words

_TEXTS = table("r1k_texts", column("id"), column("record_id"), column("field"))
_WORDS = table("r1k_words", column("rowid"), column("r1k_words"))
_QUERY_LENGTH, _QUERY_DEPTH = 1000, 50
_NUMBERS = ("integer", "real")
_DATES = ("inserted_at", "updated_at")

Condition: TypeAlias = ColumnElement[bool]


def filter_condition(wanted: Filter) -> Condition:
    """Whether a record passes a filter.

    Raises:
        UnprocessableEntityError: a date that is none, or a filter that makes no sense; the client
            gets status 422 and the reason.
    """
    if isinstance(wanted, AndFilter):
        return and_(true(), *(filter_condition(f) for f in wanted.filters))
    scope = wanted.scope
    if isinstance(scope, RecordFilterScope):
        return _record_condition(scope.property, wanted)
    if isinstance(scope, ResponseFilterScope) and not scope.question:
        return _status_condition(scope, wanted)
    values, owner = _values(scope)
    return exists(owner.where(_fits(values, wanted)))


def orders(sort: Iterable[Order]) -> list[ColumnElement[Any]]:
    """What to order records by. Records without a value come last, in either direction.

    Of several values the smallest counts in ascending order, the largest in descending order; of
    responses, numbers count by their mean.
    """
    found: list[ColumnElement[Any]] = []
    for order in sort:
        value = _order_value(order.scope, order.order == SortOrder.desc)
        found += [value.is_(None), value.desc() if order.order == SortOrder.desc else value.asc()]
    return found


def text_condition(query: TextQuery) -> Condition:
    """Whether a record's fields, or the field that the query names, hold what it asks for.

    Raises:
        UnprocessableEntityError: the query is longer or deeper than anybody would type.
    """
    if len(query.q) > _QUERY_LENGTH or query.q.count("(") > _QUERY_DEPTH:
        raise UnprocessableEntityError(
            f"a text query has at most {_QUERY_LENGTH} characters and {_QUERY_DEPTH} brackets"
        )
    parsed = words.parse(query.q)
    return false() if parsed is None else _words_condition(parsed, query.field)


def _words_condition(query: words.Query, field: str | None) -> Condition:
    match query:
        case words.Match(fts):
            rows = select(_WORDS.c.rowid).where(_WORDS.c.r1k_words.op("MATCH")(fts))
            found = select(_TEXTS.c.record_id).where(_TEXTS.c.id.in_(rows))
            if field:
                found = found.where(_TEXTS.c.field == field)
            return cast(Record.id, SqlString).in_(found)
        case words.Not(of):
            return not_(_words_condition(of, field))
        case words.Both(left, right):
            return and_(_words_condition(left, field), _words_condition(right, field))
        case words.Either(left, right):
            return or_(_words_condition(left, field), _words_condition(right, field))


def _values(scope: FilterScope) -> tuple[Any, Select[Any]]:
    """A scope's values (a table with `atom` and `type`), and a query of them for one record."""
    if isinstance(scope, MetadataFilterScope):
        values = json_values(Record.metadata_, f'$."{scope.metadata_property}"')
        return values, select(1).select_from(values).correlate(Record)
    if isinstance(scope, SuggestionFilterScope):
        whole = getattr(Suggestion, scope.property, None)
        if whole is None:  # Argilla lets the property null through, as "None"
            raise UnprocessableEntityError("name a property of the suggestion")
        if scope.property in ("value", "score"):
            values = json_values(whole, "$")
        else:
            values = _plain_value(whole)
        query = select(1).select_from(Suggestion).join(Question).join(values, true())
        query = query.where(Suggestion.record_id == Record.id, Question.name == scope.question)
        return values, query.correlate(Record)
    if not isinstance(scope, ResponseFilterScope):
        raise UnprocessableEntityError(f"cannot filter or sort by {scope}")
    if scope.question:
        values = json_values(Response.values, f'$."{scope.question}".value')
    else:
        values = _plain_value(Response.status)
    query = select(1).select_from(Response).join(values, true())
    query = query.where(Response.record_id == Record.id)
    if scope.user is not None:
        query = query.where(Response.user_id == scope.user.id)
    return values, query.correlate(Record)


def json_values(whole: Any, path: str) -> Any:
    """The scalar at a path of a JSON column, or the scalars of the list there."""
    text = cast(whole, SqlString)
    valid = case((func.json_valid(text) == 1, text), else_="null")
    return func.json_each(valid, path).table_valued("atom", "type")


def _plain_value(whole: Any) -> Any:
    """The same for a column that is not JSON."""
    quoted = func.json_quote(cast(whole, SqlString))
    return func.json_each(quoted).table_valued("atom", "type")


def _fits(values: Any, wanted: TermsFilter | RangeFilter) -> Condition:
    atom, kind = values.c.atom, values.c.type
    is_number = kind.in_(_NUMBERS)
    if isinstance(wanted, RangeFilter):
        bounds = [is_number]
        if wanted.ge is not None:
            bounds.append(atom >= _number_or_refuse(wanted.ge))
        if wanted.le is not None:
            bounds.append(atom <= _number_or_refuse(wanted.le))
        return and_(*bounds)
    numbers = [n for n in map(_number, wanted.values) if n is not None]
    return or_(
        and_(kind == "text", atom.in_(list(wanted.values))), and_(is_number, atom.in_(numbers))
    )


def _record_condition(name: str, wanted: TermsFilter | RangeFilter) -> Condition:
    whole = getattr(Record, name)
    if isinstance(wanted, TermsFilter):
        if name in _DATES:
            return or_(*(whole == _date(value, False) for value in wanted.values))
        values = list(wanted.values)
        if name == "id":
            values = [value.replace("-", "").lower() for value in values]
        return cast(whole, SqlString).in_(values)
    if name not in _DATES:
        raise UnprocessableEntityError(f"{name} has no range; filter it by terms")
    bounds = []
    if wanted.ge is not None:
        bounds.append(whole >= _date(wanted.ge, False))
    if wanted.le is not None:
        bounds.append(whole <= _date(wanted.le, True))
    return and_(*bounds)


def _status_condition(scope: ResponseFilterScope, wanted: TermsFilter | RangeFilter) -> Condition:
    """Responses with one of the statuses; `pending` stands for no response at all."""
    if not isinstance(wanted, TermsFilter):
        raise UnprocessableEntityError("the status of a response has no range")
    response = select(1).select_from(Response).where(Response.record_id == Record.id)
    if scope.user is not None:
        response = response.where(Response.user_id == scope.user.id)
    response = response.correlate(Record)
    statuses = [s for s in wanted.values if s != "pending"]
    found = exists(response.where(cast(Response.status, SqlString).in_(statuses)))
    return or_(found, not_(exists(response))) if "pending" in wanted.values else found


def _order_value(scope: FilterScope, descending: bool) -> ColumnElement[Any]:
    if isinstance(scope, RecordFilterScope):
        whole = getattr(Record, scope.property)
        return whole if scope.property in _DATES else cast(whole, SqlString)
    values, owner = _values(scope)
    atom = values.c.atom
    extreme = func.max(atom) if descending else func.min(atom)
    if isinstance(scope, ResponseFilterScope):
        mean = func.avg(case((values.c.type.in_(_NUMBERS), atom)))
        extreme = func.coalesce(mean, extreme)
    return owner.with_only_columns(extreme).scalar_subquery()


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _number_or_refuse(value: Any) -> float:
    number = _number(value)
    if number is None:
        raise UnprocessableEntityError(f"{value!r} is not a number")
    return number


def _date(value: Any, last: bool) -> datetime:
    """A date of a filter, as Argilla's tables hold it: UTC, without a zone.

    ISO 8601, UTC where it names no zone, or milliseconds since 1970. A day alone stands for its
    first moment, or its last where it is an upper bound.
    """
    try:
        if isinstance(value, float | int):
            return datetime.fromtimestamp(value / 1000, UTC).replace(tzinfo=None)
        found = datetime.fromisoformat(value)
        if len(value) <= 10 and last:
            found = datetime.combine(found, time.max)
        return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found
    except (ValueError, OverflowError, OSError):
        raise UnprocessableEntityError(f"{value!r} is not a date") from None
