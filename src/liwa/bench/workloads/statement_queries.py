"""Questions to the statements, as readers of a learning record store ask them."""

import json
import random
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, urlsplit

from liwa.bench import Bench, workload
from liwa.bench.campus import VERBS, MadeCampus
from liwa.statements.query import Found, find, parse
from liwa.statements.versions import Version

Parameters = dict[str, str]
Question = Callable[[MadeCampus, random.Random], Parameters]


@workload("statement queries", after=("statements in batches",))
def run(bench: Bench) -> None:
    """Each kind of question, about things chosen at random."""
    for name, question in QUESTIONS.items():
        chance = bench.campus.chance(name)
        asked = [question(bench.campus, chance) for _ in range(bench.size.questions)]
        bench.settle()
        bench.answer(f"statements: {name}", (_ask(bench, name, parameters) for parameters in asked))


def _ask(bench: Bench, name: str, parameters: Parameters) -> list[object]:
    """What was found, and on the next page."""
    found = _timed(bench, name, parameters)
    answered = [*_told(found), bool(found.more)]
    if found.more:
        following = dict(parse_qsl(urlsplit(found.more).query))
        answered += _told(_timed(bench, f"{name}, next page", following))
    return answered


def _timed(bench: Bench, name: str, parameters: Mapping[str, str]) -> Found:
    with bench.timed(f"ask: {name}", "questions"):
        return find(parse(parameters, Version.V1), None)


def _told(found: Found) -> list[object]:
    """The statements without the time at which this engine stored them."""
    told = [json.loads(one) for one in found.statements]
    for one in told:
        del one["stored"]
    return told


def _agent(campus: MadeCampus, chance: random.Random) -> str:
    return json.dumps(campus.agent(campus.some_student(chance)))


def _agent_and_verb(campus: MadeCampus, chance: random.Random) -> Parameters:
    return {"agent": _agent(campus, chance), "verb": chance.choice(VERBS), "limit": "10"}


def _course(campus: MadeCampus, chance: random.Random) -> Parameters:
    activity = campus.course_iri(campus.some_klass(chance))
    return {"activity": activity, "related_activities": "true", "limit": "10"}


def _registration(campus: MadeCampus, chance: random.Random) -> Parameters:
    student, klass = campus.some_student(chance), campus.some_klass(chance)
    return {"registration": campus.registration(student, klass)}


def _agent_and_course(campus: MadeCampus, chance: random.Random) -> Parameters:
    return {"agent": _agent(campus, chance), **_course(campus, chance)}


def _verb_from_the_first(campus: MadeCampus, chance: random.Random) -> Parameters:
    return {"verb": chance.choice(VERBS), "ascending": "true", "limit": "100"}


QUESTIONS: dict[str, Question] = {
    "agent and verb": _agent_and_verb,
    "a course's activities": _course,
    "registration": _registration,
    "agent and course": _agent_and_course,
    "verb, from the first on": _verb_from_the_first,
    "the newest hundred": lambda campus, chance: {"limit": "100"},
}
