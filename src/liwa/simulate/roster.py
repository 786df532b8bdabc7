"""Who and what, as OneRoster 1.2 files: orgs, sessions, courses, classes, users, roles, enrollments."""

import numpy as np

from liwa.simulate import tables as t
from liwa.simulate.archive import Export, records, stamp
from liwa.simulate.catalogue import COURSES, DEPARTMENTS, HONOURS, SCHOOLS, UNIVERSITY
from liwa.simulate.dirt import bad_enrollments
from liwa.simulate.names import Name
from liwa.simulate.people import PRIOR
from liwa.simulate.terms import DAY, HOUR, TERMS, Ints, instant
from liwa.simulate.world import Season, World


def write_orgs(export: Export) -> None:
    """orgs.csv: the university, its schools, their departments."""
    rows = [{"sourcedId": UNIVERSITY[0], "name": UNIVERSITY[1], "type": "district", "parentSourcedId": ""}]
    for code, title, departments in SCHOOLS:
        school = f"org-{code}"
        rows.append({"sourcedId": school, "name": title, "type": "school", "parentSourcedId": UNIVERSITY[0]})
        rows += [
            {"sourcedId": f"org-{part}", "name": name, "type": "department", "parentSourcedId": school}
            for part, name in departments
        ]
    rows.append(
        {"sourcedId": HONOURS[0], "name": HONOURS[1], "type": "school", "parentSourcedId": UNIVERSITY[0]}
    )
    export.write("orgs", records([row | {"identifier": row["sourcedId"][4:].upper()} for row in rows]))


def write_sessions(export: Export) -> None:
    """academicSessions.csv: school years and terms."""
    years = sorted({term.year for term in TERMS})
    rows = [
        {
            "sourcedId": f"year-{year}",
            "title": f"{year}–{year + 1}学年 School year",
            "type": "schoolYear",
            "startDate": f"{year}-09-01",
            "endDate": f"{year + 1}-08-31",
            "parentSourcedId": "",
            "schoolYear": str(year + 1),
        }
        for year in years
    ] + [
        {
            "sourcedId": f"term-{term.code}",
            "title": term.title,
            "type": "term",
            "startDate": term.starts_on.isoformat(),
            "endDate": term.ends_on.isoformat(),
            "parentSourcedId": f"year-{term.year}",
            "schoolYear": str(term.year + 1),
        }
        for term in TERMS
    ]
    export.write("academicSessions", records(rows))


def write_courses(export: Export) -> None:
    """courses.csv."""
    rows = [
        {
            "sourcedId": f"crs-{code}",
            "title": title,
            "courseCode": code,
            "orgSourcedId": f"org-{code[:4]}",
            "subjects": DEPARTMENTS[place].title.split()[-1],
        }
        for (code, title, _), place in zip(COURSES, export.world.courses.department, strict=False)
    ]
    export.write("courses", records(rows))


def write_classes(export: Export) -> None:
    """classes.csv: every course again each term, as one class or more."""

    export.write("classes", *(_class_rows(export.world, season) for season in export.world.seasons))


def _class_rows(world: World, season: Season) -> dict[str, t.Column]:
    rows = []
    for sourced_id, course, section in zip(
        season.roster.class_ids, season.roster.class_course, season.roster.class_section, strict=True
    ):
        code, title, _ = COURSES[course]
        school = SCHOOLS[DEPARTMENTS[world.courses.department[course]].school][0]
        rows.append(
            {
                "sourcedId": sourced_id,
                "title": title if section == 0 else f"{title} ({section + 1})",
                "courseSourcedId": f"crs-{code}",
                "classCode": f"{code}-{season.term.code}-{section + 1:02d}",
                "classType": "scheduled",
                "location": f"教学楼 {int(course) % 5 + 1}{section % 9 + 1:02d}",
                "schoolSourcedId": f"org-{school}",
                "termSourcedIds": f"term-{season.term.code}",
                "periods": f"{int(course) % 5 + 1}-{(int(course) + int(section)) % 5 + 1}",
            }
        )
    return records(rows, season.term.start - 30 * DAY)


def write_users(export: Export) -> None:
    """users.csv; who left the university is disabled."""
    world, people = export.world, export.world.students
    gone = world.left_at < export.as_of
    entered = _entered(people.cohort)
    usernames = t.text(name.username for name in people.names)
    students = {
        "sourcedId": t.text(people.ids),
        "enabledUser": t.flag(~gone),
        "username": usernames,
        "givenName": t.text(name.given for name in people.names),
        "familyName": t.text(name.family for name in people.names),
        "identifier": t.text(sourced_id[4:].replace("-", "") for sourced_id in people.ids),
        "email": t.join(usernames, "@example.edu"),
        "primaryOrgSourcedId": t.pick([f"org-{part.code}" for part in DEPARTMENTS], people.department),
    } | stamp(len(people), np.where(gone, world.left_at, entered))
    workers = [
        {
            "sourcedId": sourced_id,
            "enabledUser": "true",
            "username": name.username,
            "givenName": name.given,
            "familyName": name.family,
            "identifier": sourced_id.upper(),
            "email": f"{name.username}@example.edu",
            "primaryOrgSourcedId": org,
        }
        for sourced_id, name, _, org in workers_of(world)
    ]
    export.write("users", students, records(workers))


def _entered(cohort: Ints) -> Ints:
    """The instant at which a cohort's records are made: the 25th of August, 9 o'clock."""
    days = np.array([f"{year}-08-25" for year in cohort], "datetime64[s]")
    return days.astype(np.int64) + 9 * HOUR


def workers_of(world: World) -> list[tuple[str, Name, str, str]]:
    """Everyone on the staff: id, name, OneRoster role, org."""
    teachers = [(i, n, "teacher", f"org-{DEPARTMENTS[place].code}") for i, n, place in world.staff.teachers]
    advisers = [
        (i, n, "counselor", f"org-{SCHOOLS[place][0]}" if place >= 0 else HONOURS[0])
        for i, n, place in world.staff.advisers
    ]
    officers = [(i, n, role, UNIVERSITY[0]) for i, n, role, _ in world.staff.officers]
    heads = [(i, n, "principal", f"org-{SCHOOLS[place][0]}") for i, n, place in world.staff.heads]
    return [*teachers, *advisers, *heads, *officers]


def write_roles(export: Export) -> None:
    """roles.csv: one role each, and a second for students of the honours college."""
    world, people = export.world, export.world.students
    ids = t.text(people.ids)
    gone = world.left_at < export.as_of
    entered = _entered(people.cohort)
    first = {
        "sourcedId": t.join("rol-", ids),
        "userSourcedId": ids,
        "roleType": t.same("primary", len(people)),
        "role": t.same("student", len(people)),
        "beginDate": t.day(entered),
        "endDate": t.where(gone, t.day(np.where(gone, world.left_at - DAY, 0))),
        "orgSourcedId": t.pick([f"org-{part.code}" for part in DEPARTMENTS], people.department),
    } | stamp(len(people), np.where(gone, world.left_at, entered))
    chosen = np.flatnonzero(people.honours)
    second = {name: column.take(chosen) for name, column in first.items()}
    second["sourcedId"] = t.join(second["sourcedId"], "-2")
    second["roleType"] = t.same("secondary", len(chosen))
    second["orgSourcedId"] = t.same(HONOURS[0], len(chosen))
    workers = [
        {
            "sourcedId": f"rol-{i}",
            "userSourcedId": i,
            "roleType": "primary",
            "role": role,
            "orgSourcedId": org,
        }
        for i, _, role, org in workers_of(world)
    ]
    export.write("roles", first, second, records(workers))


def write_demographics(export: Export) -> None:
    """demographics.csv of students: birth date and sex, nothing else."""
    people = export.world.students
    september = np.array([f"{year}-09-01" for year in people.cohort], "datetime64[D]")
    born = (september - people.age).astype("datetime64[s]").astype(np.int64)
    columns = {
        "sourcedId": t.text(people.ids),
        "birthDate": t.day(born),
        "sex": t.pick(["male", "female"], people.female.astype(np.int64)),
    }
    export.write("demographics", columns | stamp(len(people), _entered(people.cohort)))


def write_enrollments(export: Export) -> None:
    """enrollments.csv of students and teachers; a withdrawal is an end date within the term."""
    seasons = export.world.seasons
    students = [_student_enrollments(export, season) for season in seasons]
    teachers = [_teacher_enrollments(export.world, season) for season in seasons]
    export.write("enrollments", *students, *teachers, dirt=bad_enrollments(export.world))


def enrollment_ids(world: World, season: Season) -> t.Column:
    """`enr-MATH101-2026A-stu-2024-0001`, one for each student enrollment of the term."""
    classes = t.pick([sourced_id[4:] for sourced_id in season.roster.class_ids], season.roster.klass)
    return t.join("enr-", classes, "-", t.pick(world.students.ids, season.roster.student))


def registered_at(season: Season) -> Ints:
    """The instant at which each student enrollment of the term was made."""
    return season.term.start + season.roster.registered * DAY + 9 * HOUR


def schools_of(world: World, season: Season) -> t.Column:
    """The school of each class of the term."""
    departments = world.courses.department[season.roster.class_course]
    return t.text(f"org-{SCHOOLS[DEPARTMENTS[place].school][0]}" for place in departments)


def _student_enrollments(export: Export, season: Season) -> dict[str, t.Column]:
    world, roster = export.world, season.roster
    count, at = len(roster), season.withdrawn_at
    out = at < export.as_of
    ended = instant(season.term.ends_on) < export.as_of
    last_day = np.where(out, np.where(out, at, DAY) - DAY, instant(season.term.ends_on))
    columns = {
        "sourcedId": enrollment_ids(world, season),
        "classSourcedId": t.pick(roster.class_ids, roster.klass),
        "schoolSourcedId": t.pick(schools_of(world, season), roster.klass),
        "userSourcedId": t.pick(world.students.ids, roster.student),
        "role": t.same("student", count),
        "primary": t.same("false", count),
        "beginDate": t.day(registered_at(season)),
        "endDate": t.where(out | ended, t.day(last_day)),
        "metadata.liwa.priorEducation": t.pick(PRIOR, world.students.prior[roster.student]),
        "metadata.liwa.credits": t.number(roster.load[roster.student]),
        "metadata.liwa.attempts": t.number(roster.attempts),
    } | stamp(count, np.where(out, at, registered_at(season)))
    known = np.flatnonzero(registered_at(season) < export.as_of)
    return {name: column.take(known) for name, column in columns.items()}


def _teacher_enrollments(world: World, season: Season) -> dict[str, t.Column]:
    teachers = t.pick([sourced_id for sourced_id, _, _ in world.staff.teachers], season.teachers)
    classes = t.text(season.roster.class_ids)
    count = len(classes)
    return {
        "sourcedId": t.join("enr-", t.text(name[4:] for name in season.roster.class_ids), "-", teachers),
        "classSourcedId": classes,
        "schoolSourcedId": schools_of(world, season),
        "userSourcedId": teachers,
        "role": t.same("teacher", count),
        "primary": t.same("true", count),
        "beginDate": t.same(season.term.starts_on.isoformat(), count),
    } | stamp(count, np.full(count, season.term.start - 20 * DAY))
