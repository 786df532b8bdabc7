"""The tables of care."""

from liwa.care.models.cases import Case, CaseEvent, CaseOutcome, Contact, Participant
from liwa.care.models.settings import Capacity, FamilyContact, FirstStep, Letter, Wording

__all__ = [
    "Capacity",
    "Case",
    "CaseEvent",
    "CaseOutcome",
    "Contact",
    "FamilyContact",
    "FirstStep",
    "Letter",
    "Participant",
    "Wording",
]
