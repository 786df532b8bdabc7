"""Statements and SubStatements of both versions."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from liwa.statements.validation import formats
from liwa.statements.validation.activities import check_activity, check_verb
from liwa.statements.validation.agents import check_actor, check_agent, check_authority, check_group
from liwa.statements.validation.contexts import check_reference, context_check
from liwa.statements.validation.paths import Path, mistyped, refuse
from liwa.statements.validation.results import check_attachments, check_result
from liwa.statements.validation.values import (
    Check,
    check_properties,
    check_rfc3339,
    check_timestamp,
    check_uuid,
    require,
    word,
)
from liwa.statements.versions import Version

VOIDED = "http://adlnet.gov/expapi/verbs/voided"


class Rules(NamedTuple):
    """A version's tables of properties, with the check of each."""

    statement: Mapping[str, Check]
    substatement: Mapping[str, Check]


def check_together(value: Mapping[str, Any], path: Path) -> None:
    """What concerns several properties of a statement (or SubStatement) whose properties are right by themselves."""
    if not ("actor" in value and "verb" in value and "object" in value):
        require(value, path, "actor", "verb", "object")
    kind = value["object"].get("objectType", "Activity")
    if value["verb"]["id"] == VOIDED and kind != "StatementRef":
        refuse(
            'a voiding statement must name a StatementRef: objectType must be "StatementRef"',
            (path, "object"),
        )
    if kind != "Activity" and "context" in value:
        for name in ("revision", "platform"):
            if name in value["context"]:
                refuse("is allowed only where the object is an Activity", ((path, "context"), name))


def _object_check(kinds: Mapping[str, Check]) -> Check:
    """The check of a statement's object, which is one of these kinds."""

    def check(value: Any, path: Path) -> None:
        if type(value) is not dict:
            mistyped(value, "an object", path)
        kind = value.get("objectType", "Activity")
        of_kind = kinds.get(kind) if type(kind) is str else None
        if of_kind is None:
            refuse(f"must be one of {', '.join(kinds)}", (path, "objectType"))
        of_kind(value, path)

    return check


def _version_check(version: Version) -> Check:
    two = version is Version.V2
    wanted = "1.0.x or 2.0.x" if two else "1.0.x"

    def check(value: Any, path: Path) -> None:
        if type(value) is not str:
            mistyped(value, "a string", path)
        if not formats.is_version(value, two=two):
            refuse(f"must be {wanted}", path)

    return check


def _rules(version: Version) -> Rules:
    timestamp = check_timestamp if version is Version.V1 else check_rfc3339
    kinds: dict[str, Check] = {
        "Activity": check_activity,
        "Agent": check_agent,
        "Group": check_group,
        "StatementRef": check_reference,
    }
    common: dict[str, Check] = {
        "actor": check_actor,
        "verb": check_verb,
        "object": _object_check(kinds),
        "result": check_result,
        "context": context_check(version),
        "timestamp": timestamp,
        "attachments": check_attachments,
    }
    substatement = {"objectType": word("SubStatement"), **common}

    def check_substatement(value: Any, path: Path) -> None:
        check_properties(value, path, substatement)
        check_together(value, path)

    statement = {
        "id": check_uuid,
        **common,
        "object": _object_check({**kinds, "SubStatement": check_substatement}),
        "stored": timestamp,
        "authority": check_authority,
        "version": _version_check(version),
    }
    return Rules(statement, substatement)


RULES: Mapping[Version, Rules] = {version: _rules(version) for version in Version}
