"""The tables of the learning record store."""

from liwa.statements.models.credentials import Credential
from liwa.statements.models.documents import Document
from liwa.statements.models.meter import Minute
from liwa.statements.models.months import MovedMonth
from liwa.statements.models.river import (
    Actor,
    Arrival,
    DeadLetter,
    Forgetting,
    Forwarding,
    Pump,
    RefusedStatement,
)
from liwa.statements.models.statements import Activity, Counter, Link, Statement

__all__ = [
    "Activity",
    "Actor",
    "Arrival",
    "Counter",
    "Credential",
    "DeadLetter",
    "Document",
    "Forgetting",
    "Forwarding",
    "Link",
    "Minute",
    "MovedMonth",
    "Pump",
    "RefusedStatement",
    "Statement",
]
