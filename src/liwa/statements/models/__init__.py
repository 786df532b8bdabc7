"""The tables of the learning record store."""

from liwa.statements.models.credentials import Credential
from liwa.statements.models.documents import Document
from liwa.statements.models.meter import Minute
from liwa.statements.models.river import (
    Actor,
    Arrival,
    DeadLetter,
    Forgetting,
    Forwarding,
    Pump,
    RefusedStatement,
)

__all__ = [
    "Actor",
    "Arrival",
    "Credential",
    "DeadLetter",
    "Document",
    "Forgetting",
    "Forwarding",
    "Minute",
    "Pump",
    "RefusedStatement",
]
