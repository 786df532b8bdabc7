"""Expressions that openGauss needs in other words than PostgreSQL, and what kind of integer an expression is."""

from collections.abc import Callable
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg, JSONBAgg, StringAgg
from django.db import NotSupportedError
from django.db.models import (
    Aggregate,
    Case,
    Count,
    Func,
    IntegerField,
    JSONField,
    Max,
    Min,
    Sum,
    TextField,
    Value,
    When,
    Window,
)
from django.db.models.expressions import Col, CombinedExpression, ExpressionWrapper, Ref
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import (
    SHA1,
    SHA224,
    SHA256,
    SHA384,
    SHA512,
    Abs,
    Cast,
    Ceil,
    Coalesce,
    Extract,
    Floor,
    Greatest,
    JSONArray,
    JSONObject,
    Least,
    Mod,
    Round,
    Sign,
)
from django.db.models.lookups import IsNull

Compiled = tuple[str, Any]
# Writes a node with (node, compiler, connection), or answers None: as for PostgreSQL.
Writer = Callable[[Any, Any, Any], Compiled | None]

_BIG = {"BigAutoField", "BigIntegerField", "PositiveBigIntegerField"}
# PostgreSQL answers these with a double or numeric, though Django calls them integer.
_FRACTIONAL = (Ceil, Extract, Floor, Round, Sign)
_OF_ITS_ARGUMENTS = (Abs, Coalesce, ExpressionWrapper, Greatest, Least, Max, Min, Mod, Ref, Window)
_INTEGER_MAX = 2**31 - 1


def integer_kind(node: Any) -> str | None:
    """The SQL type, integer or bigint, that PostgreSQL gives an expression, None if it is no integer there."""
    if isinstance(node, _FRACTIONAL):
        return None
    if isinstance(node, Count):
        return "bigint"
    if isinstance(node, Sum):  # the sum of bigint is numeric
        return "bigint" if _widest(node.get_source_expressions()[:1]) == "integer" else None
    if isinstance(node, CombinedExpression):
        return None if node.connector == "^" else _widest([node.lhs, node.rhs])
    if isinstance(node, Case):
        return _widest([*(case.result for case in node.cases), node.default])
    if isinstance(node, _OF_ITS_ARGUMENTS):
        first_only = isinstance(node, Aggregate | Window)
        return _widest(node.get_source_expressions()[: 1 if first_only else None])
    if isinstance(node, Value):
        return _kind_of_value(node.value)
    return _kind_of_field(getattr(node, "_output_field_or_none", None))


def _widest(nodes: list[Any]) -> str | None:
    kinds = {integer_kind(node) for node in nodes}
    if None in kinds:
        return None
    return "bigint" if "bigint" in kinds else "integer"


def _kind_of_value(value: Any) -> str | None:
    if value is None:  # NULL takes the type of what it is beside
        return "integer"
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return "integer" if abs(value) <= _INTEGER_MAX else "bigint"


def _kind_of_field(field: Any) -> str | None:
    while getattr(field, "is_relation", False):
        field = field.target_field
    if not isinstance(field, IntegerField):
        return None
    return "bigint" if field.get_internal_type() in _BIG else "integer"


def _division(node: Any, compiler: Any, connection: Any) -> Compiled | None:
    """Integers divided as PostgreSQL does, towards zero; `/` would give a double, which is not even exact."""
    kind = integer_kind(node) if node.connector == "/" else None
    if kind is None:
        return None
    above, above_params = compiler.compile(node.lhs)
    below, below_params = compiler.compile(node.rhs)
    sql = f"(DIV(({above})::numeric, ({below})::numeric)::{kind})"
    return sql, (*above_params, *below_params)


def _is_null(node: Any, compiler: Any, connection: Any) -> Compiled | None:
    """IS NULL binds tighter than other operators, so what stands before it is put in parentheses."""
    if isinstance(node.lhs, Col | KeyTransform | Value) or not isinstance(node.rhs, bool):
        return None
    sql, params = node.process_lhs(compiler, connection)
    return f"({sql}) IS {'' if node.rhs else 'NOT '}NULL", params


def _key(node: Any, compiler: Any, connection: Any) -> Compiled:
    """A key of a document. Asked of another kind of document, `->` and `#>` end in an error here, in NULL there."""
    document, params, keys = node.preprocess_lhs(compiler, connection)
    if any(_is_index(key) and int(key) < 0 for key in keys):
        raise NotSupportedError("openGauss counts the elements of JSON arrays from the beginning only.")
    operator, key, kinds = node.postgres_operator, keys[0], "= 'object'"
    if len(keys) > 1:
        operator, key, kinds = node.postgres_nested_operator, keys, "IN ('object', 'array')"
    elif _is_index(key):
        key, kinds = int(key), "= 'array'"
    sql = f"(CASE WHEN jsonb_typeof({document}) {kinds} THEN {document} {operator} %s END)"
    return sql, (*params, *params, key)


def _is_index(key: str) -> bool:
    try:
        int(key)
    except ValueError:
        return False
    return True


def _json_object(node: Any, compiler: Any, connection: Any) -> Compiled:
    if not node.get_source_expressions():
        return "'{}'::jsonb", ()
    copy = node.copy()
    copy.set_source_expressions(
        [
            _json_argument(expression) if place % 2 else Cast(expression, TextField())
            for place, expression in enumerate(node.get_source_expressions())
        ]
    )
    return _as_jsonb(Func.as_sql(copy, compiler, connection, function="JSON_BUILD_OBJECT"))


def _json_array(node: Any, compiler: Any, connection: Any) -> Compiled:
    if not node.get_source_expressions():
        return "'[]'::jsonb", ()
    copy = node.copy()
    copy.set_source_expressions([_json_argument(expression) for expression in node.get_source_expressions()])
    return _as_jsonb(Func.as_sql(copy, compiler, connection, function="JSON_BUILD_ARRAY"))


def _json_argument(expression: Any) -> Any:
    """An argument whose type the server need not guess; jsonb goes in as json, or it could become a string."""
    field = getattr(expression, "_output_field_or_none", None)
    if isinstance(field, JSONField):
        return Func(expression, template="(%(expressions)s)::text::json", output_field=JSONField())
    return Cast(expression, field or TextField()) if isinstance(expression, Value) else expression


def _as_jsonb(compiled: Compiled) -> Compiled:
    sql, params = compiled
    return f"({sql})::jsonb", params


def _array_agg(node: Any, compiler: Any, connection: Any) -> Compiled | None:
    """With CASE WHEN instead of FILTER, what is filtered out would come as NULL: refuse."""
    if node.filter is not None and not connection.features.supports_aggregate_filter_clause:
        raise NotSupportedError(
            f"{type(node).__name__}(filter=…) needs the aggregate clause FILTER, which openGauss has from 6.0. "
            "Filter the query set instead."
        )
    return None


def _json_agg(node: Any, compiler: Any, connection: Any) -> Compiled:
    _array_agg(node, compiler, connection)
    copy = node.copy()
    copy.function = "JSON_AGG"
    first, *rest = copy.get_source_expressions()
    copy.set_source_expressions([_json_argument(first), *rest])
    return _as_jsonb(copy.as_sql(compiler, connection))


def _string_agg(node: Any, compiler: Any, connection: Any) -> Compiled | None:
    """Without FILTER, the condition comes before the value: Django would give its parameters after it."""
    if node.filter is None or connection.features.supports_aggregate_filter_clause:
        return None
    copy = node.copy()
    copy.filter = None
    first, *rest = copy.get_source_expressions()
    copy.set_source_expressions([Case(When(node.filter, then=first)), *rest])
    return copy.as_sql(compiler, connection)  # type: ignore[no-any-return]


def _no_hash(node: Any, compiler: Any, connection: Any) -> Compiled:
    raise NotSupportedError(
        f"openGauss has neither sha256() nor the extension pgcrypto, so {type(node).__name__}() cannot be computed "
        "there. Hash in Python, or use MD5()."
    )


WRITERS: dict[type, Writer] = {
    CombinedExpression: _division,
    IsNull: _is_null,
    KeyTransform: _key,
    JSONObject: _json_object,
    JSONArray: _json_array,
    ArrayAgg: _array_agg,
    JSONBAgg: _json_agg,
    StringAgg: _string_agg,
    **dict.fromkeys((SHA1, SHA224, SHA256, SHA384, SHA512), _no_hash),
}


def writer_of(node: Any) -> Writer | None:
    """Who writes this node here, None if it is written as for PostgreSQL."""
    return next((WRITERS[kind] for kind in type(node).__mro__ if kind in WRITERS), None)
