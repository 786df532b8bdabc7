"""Those who come near a case without being in it, beside the accounts of the small campus.

| account | who |
|---|---|
| pool-adviser | answers for school s1 too, and takes students without an adviser, but is in no case |
| guardian | has a guardian's role, no student's or teacher's |
| dean | has every duty for the whole campus, and leads the university |
| superuser | whatever Django calls one |
| left-helper | joined case 9001 and left it again |
| gone-adviser | was in cases 9001, 9004 and 9005 as their adviser, and works here no more |
"""

from datetime import timedelta

from liwa.accounts.models import Account, Duty, Grant
from liwa.care.models import Capacity, Participant
from liwa.records.models import Advising, Role, User
from tests.portal.campus_cases import OPENED

VISITORS = ("pool-adviser", "guardian", "dean", "superuser", "left-helper", "gone-adviser")


def build() -> None:
    """Add them to the small campus."""
    for number, name in enumerate(VISITORS):
        person = User.objects.create(
            sourced_id=f"v{number}", family_name="Reed", given_name=name, email=f"v{number}@s.edu", feed="sis"
        )
        Account.objects.create(username=name, person=person, is_superuser=name == "superuser")
    _role("v0", "s1", "counselor")
    Advising.objects.create(sourced_id="a-v0", adviser_id="v0", org_id="s1", feed="advising")
    Capacity.objects.create(adviser_id="v0", per_week=9, takes_unassigned=True)
    _role("v1", "s1", "guardian")
    dean = Account.objects.get(username="dean")
    for duty in Duty:
        Grant.objects.create(account=dean, duty=duty)
    Grant.objects.create(account=dean, duty=Duty.LEADERSHIP, org_id="u")
    _role("v4", "s1", "teacher")
    ended = OPENED + timedelta(hours=1)
    Participant.objects.create(case_id=9001, person_id="v4", since=OPENED, until=ended)
    for case in (9001, 9004, 9005):
        Participant.objects.create(case_id=case, person_id="v5", since=OPENED)
    User.objects.filter(pk="v5").update(status="tobedeleted")


def _role(person: str, org: str, kind: str) -> None:
    Role.objects.create(
        sourced_id=f"r-{person}", user_id=person, org_id=org, role=kind, role_type="primary", feed="sis"
    )
