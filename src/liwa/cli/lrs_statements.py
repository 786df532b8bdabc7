"""`liwa lrs statements`"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit

import typer

from liwa.cli.lrs import lrs
from liwa.cli.output import print_table
from liwa.core.errors import LiwaError

SHA1_DIGITS = 40


@lrs.command("statements")
def statements(  # noqa: PLR0913 - the standard's filters
    agent: Annotated[
        str,
        typer.Option(
            help="Who: an e-mail address, its SHA-1, an OpenID, homePage|name of an account, or JSON."
        ),
    ] = "",
    verb: Annotated[str, typer.Option(help="IRI of the verb.")] = "",
    activity: Annotated[str, typer.Option(help="IRI of the activity that is the object.")] = "",
    registration: Annotated[str, typer.Option(help="UUID of the registration.")] = "",
    related: Annotated[
        bool, typer.Option("--related", help="The agent or activity may stand anywhere in the statement.")
    ] = False,
    since: Annotated[str, typer.Option(help="Stored after this instant (ISO 8601).")] = "",
    until: Annotated[str, typer.Option(help="Stored at this instant or before.")] = "",
    statement_id: Annotated[
        str, typer.Option("--id", help="The one statement with this id, also a voided one.")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 25,
    oldest_first: Annotated[bool, typer.Option("--oldest-first", help="The oldest first.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object, statements as they are.")
    ] = False,
) -> None:
    """Look through the stored statements, the newest first. They are about people: mind who sees them.

    [bold]Examples[/]: liwa lrs statements --agent mae@example.edu --limit 5 · liwa lrs statements --json
    """
    from liwa.flows import setup

    setup.require_ready()
    from liwa.statements.errors import Refusal

    given = {
        "agent": json.dumps(_agent(agent)) if agent else "",
        "verb": verb,
        "activity": activity,
        "registration": registration,
        "related_agents": "true" if related and agent else "",
        "related_activities": "true" if related and activity else "",
        "since": since,
        "until": until,
        "ascending": "true" if oldest_first else "",
        "limit": str(limit),
    }
    try:
        if statement_id:
            found = _one(statement_id)
        else:
            found = list(islice(_found({name: text for name, text in given.items() if text}), limit))
    except Refusal as refusal:
        option = refusal.path.replace("?", "--").replace("statementId", "id")
        raise LiwaError(f"{option}: {refusal.rule}.") from None
    if as_json:
        typer.echo(b'{"statements": [%s]}' % b",\n".join(found))  # number for number as they came
        return
    columns = ("stored", "actor", "verb", "object", "result")
    print_table("Statements", columns, [_row(json.loads(one)) for one in found])


def _found(given: Mapping[str, str]) -> Iterator[bytes]:
    """Statements that meet the parameters, page after page."""
    from liwa.statements.query import find, parse
    from liwa.statements.versions import Version

    parameters = given
    while parameters:
        page = find(parse(parameters, Version.V2), None)
        yield from page.statements
        parameters = dict(parse_qsl(urlsplit(page.more).query))


def _one(text: str) -> list[bytes]:
    from liwa.statements.query import one, parse
    from liwa.statements.versions import Version

    wanted = parse({"statementId": text}, Version.V2).statement_id
    assert wanted
    found = one(wanted, voided=False, scope=None) or one(wanted, voided=True, scope=None)
    if found is None:
        raise LiwaError("There is no statement with this id.")
    return [found]


def _agent(text: str) -> dict[str, Any]:
    """The agent that a person means by a text. Raises LiwaError."""
    if text.startswith("{"):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            raise LiwaError("--agent is not sound JSON.") from None
        return dict(found)
    if "|" in text:
        home_page, _, name = text.partition("|")
        return {"account": {"homePage": home_page, "name": name}}
    if "://" in text:
        return {"openid": text}
    if "@" in text:
        return {"mbox": text if text.startswith("mailto:") else f"mailto:{text}"}
    if len(text) == SHA1_DIGITS:
        return {"mbox_sha1sum": text}
    raise LiwaError(
        "--agent names nobody.",
        remedy="Give an e-mail address, its SHA-1, an OpenID, homePage|name of an account, or an agent as JSON.",
    )


def _row(one: dict[str, Any]) -> list[object]:
    thing = one["object"]
    return [
        datetime.fromisoformat(one["stored"]),
        _who(one["actor"]),
        _words(one["verb"].get("display"), one["verb"]["id"]),
        _who(thing) if _is_someone(thing) else _what(thing),
        _result(one.get("result", {})),
    ]


def _is_someone(thing: dict[str, Any]) -> bool:
    return thing.get("objectType") in ("Agent", "Group")


def _who(agent: dict[str, Any]) -> str:
    account = agent.get("account", {})
    names = (agent.get("name"), agent.get("mbox"), account.get("name"), agent.get("openid"))
    return next((str(name).removeprefix("mailto:") for name in names if name), agent.get("mbox_sha1sum", "–"))


def _what(thing: dict[str, Any]) -> str:
    if thing.get("objectType") == "SubStatement":
        return "a statement of its own"
    return _words(thing.get("definition", {}).get("name"), thing.get("id", ""))


def _words(names: Mapping[str, str] | None, otherwise: str) -> str:
    return next(iter(names.values())) if names else otherwise


def _result(result: dict[str, Any]) -> str:
    said = [word for word in ("success", "completion") if result.get(word)]
    score = result.get("score", {})
    if "scaled" in score:
        said.append(f"{score['scaled']:.0%}")
    elif "raw" in score:
        said.append(str(score["raw"]))
    return ", ".join(said)
