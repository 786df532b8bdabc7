"""The tables of care."""

from liwa.care.models.cases import Case, CaseEvent, CaseOutcome, Contact, Participant
from liwa.care.models.settings import Capacity, FamilyContact, FirstStep, Letter, Wording
from liwa.care.trials.models import Assignment, Look, Trial

__all__ = [
    "Assignment",
    "Capacity",
    "Case",
    "CaseEvent",
    "CaseOutcome",
    "Contact",
    "FamilyContact",
    "FirstStep",
    "Letter",
    "Look",
    "Participant",
    "Trial",
    "Wording",
]
