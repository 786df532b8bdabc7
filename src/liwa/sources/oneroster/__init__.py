"""OneRoster CSV, versions 1.2 and 1.1: a zip or a folder as school information systems export it.

docs/sources/oneroster.md lists what the standard asks for and what Liwa does with each file.
"""

from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

from liwa.core.errors import SourceError
from liwa.core.feeds import Campus, Feed
from liwa.core.ids import row_id
from liwa.core.rows import Accepted, Enrollment, EventRow, Part, Record, Refusal, Resource, Result, Role, User
from liwa.sources import sources
from liwa.sources.fields import identifier, words
from liwa.sources.files import Bundle
from liwa.sources.oneroster.events import enrollment_events, result_events
from liwa.sources.oneroster.manifest import mode_of, read_manifest
from liwa.sources.oneroster.reading import record_reader
from liwa.sources.oneroster.specs import ROLE, STATUS, Spec, specs
from liwa.sources.options import check_options, text_option, zone_of
from liwa.sources.tables import FieldError, Row, Table, open_table

# Files that only say to which class or course a resource belongs.
LINKS = {"classResources": ("classSourcedId", "klass"), "courseResources": ("courseSourcedId", "course")}


@sources.register("oneroster")
def oneroster(feed: Feed, path: Path, campus: Campus) -> Iterator[Part]:
    """One part for each file Liwa knows, in the order in which rows name each other; other files are left alone.

    Options: `encoding`; `mode`, `bulk` (default) or `delta`, for a bundle without manifest.csv; `marks_known`,
    `dateLastModified` (default) or `scoreDate`: when a mark that has both was known.
    Raises SourceError if the bundle, its manifest or the heading of a file cannot be read.
    """
    check_options(feed, "encoding", "mode", "marks_known")
    yield from list(OneRoster(feed, path, campus).parts())


class OneRoster:
    """One reading of a bundle: every heading is read before the first part is handed out."""

    def __init__(self, feed: Feed, path: Path, campus: Campus) -> None:
        self.zone = zone_of(feed, campus)
        self.by_score_date = (
            text_option(feed, "marks_known", "dateLastModified", ("dateLastModified", "scoreDate"))
            == "scoreDate"
        )
        encoding = text_option(feed, "encoding")
        default = text_option(feed, "mode", "bulk", ("bulk", "delta"))
        bundle = Bundle.open(path)
        manifest = read_manifest(bundle, encoding)
        self.specs = specs(self.zone)
        self.tables: dict[str, Table] = {}
        self.modes: dict[str, str] = {}
        for spec in (*self.specs.values(), *(Spec(name, Resource, ()) for name in LINKS)):
            member = bundle.find(spec.name, *spec.other_names)
            self.modes[spec.name] = mode_of(spec, manifest, default, member is not None)
            if member is not None:
                self.tables[spec.name] = open_table(member, encoding=encoding)
        if not self.tables:
            raise SourceError(
                f"{path} holds no OneRoster file.",
                remedy="Expected orgs.csv, users.csv, classes.csv and so on.",
            )

    def parts(self) -> Iterator[Part]:
        for name, spec in self.specs.items():
            if name == "resources":
                yield from self._link_parts()
            if name in self.tables:
                yield self._part(spec, self.tables[name])

    def _part(self, spec: Spec, table: Table) -> Part:
        make = record_reader(table, spec)  # here, so that a missing column is found before anything is read
        follow = self._follower(spec, table)

        def lines() -> Iterator[Accepted | Refusal]:
            def understand(line: int, row: Row) -> Accepted:
                record = make(row)
                more, events = follow(record, row)
                return Accepted(line, (record, *more), events)

            return table.read(understand, table.key_in("sourcedId"))

        gives: tuple[str, ...] = (spec.record.table,)
        if spec.record is User and self._says_roles(table):
            gives = (*gives, Role.table)
        # A file without a single row is against the standard; it is no reason to remove all there was.
        whole = self.modes[spec.name] == "bulk" and next(table.rows(), None) is not None
        return Part(table.file, lines, complete=gives if whole else ())

    def _follower(self, spec: Spec, table: Table) -> "Follow":
        """What a line of this file stands for besides its record."""
        if spec.record is User and self._says_roles(table):
            return _roles_of(table)
        if spec.record is Enrollment:
            return self._enrolled
        if spec.record is Result:
            return self._result_follower(table)
        if spec.record is Resource:
            return self._place_resource
        return _nothing_more

    def _says_roles(self, table: Table) -> bool:
        """Version 1.1 keeps a user's role and orgs in users.csv."""
        return "roles" not in self.tables and "role" in table.columns and "orgsourcedids" in table.columns

    def _enrolled(self, record: Record, _row: Row) -> "More":
        if not isinstance(record, Enrollment):
            raise TypeError(record.table)
        return (), enrollment_events(record, self.zone)

    def _result_follower(self, table: Table) -> "Follow":
        class_at = table.columns.get("classsourcedid")

        def follow(record: Record, row: Row) -> "More":
            if not isinstance(record, Result):
                raise TypeError(record.table)
            said = row[class_at].strip() if class_at is not None else ""
            klass = said or self._class_of.get(record.line_item)
            return (), result_events(record, klass, self.zone, self.by_score_date)

        return follow

    @cached_property
    def _class_of(self) -> dict[str, str]:
        """The class of each line item of this bundle."""
        table = self.tables.get("lineItems")
        if table is None:
            return {}
        item, klass = table.require("sourcedId", "classSourcedId")
        rows = (found[1] for found in table.rows() if not isinstance(found, Refusal))
        return {row[item].strip(): row[klass].strip() for row in rows if row[klass].strip()}

    # Resources: one row each, placed in a class or course by the two link files.

    @cached_property
    def _resource_ids(self) -> set[str]:
        table = self.tables.get("resources")
        if table is None:
            return set()
        (place,) = table.require("sourcedId")
        return {found[1][place].strip() for found in table.rows() if not isinstance(found, Refusal)}

    @cached_property
    def _links(self) -> dict[str, dict[str, list[str]]]:
        """For each link file, what its lines that can be read say: resource to classes, or to courses."""
        found: dict[str, dict[str, list[str]]] = {name: {} for name in LINKS}
        for name in LINKS:
            if name in self.tables:
                read = self._link_reader(name)
                for item in self.tables[name].rows():
                    if not isinstance(item, Refusal):
                        _note(found[name], read, item[1])
        return found

    def _link_reader(self, name: str) -> Callable[[Row], tuple[str, str, bool]]:
        table = self.tables[name]
        target_name = LINKS[name][0]
        key, target, resource = table.require("sourcedId", target_name, "resourceSourcedId")
        status = table.columns.get("status")

        def read(row: Row) -> tuple[str, str, bool]:
            identifier("sourcedId", row[key].strip())
            found = identifier("resourceSourcedId", row[resource].strip())
            if found not in self._resource_ids:
                raise FieldError("resourceSourcedId", found, "is not in resources.csv of this bundle")
            said = row[status].strip() if status is not None else ""
            active = not said or STATUS("status", said) == "active"
            return found, identifier(target_name, row[target].strip()), active

        return read

    def _link_parts(self) -> Iterator[Part]:
        for name in LINKS:
            if name in self.tables:
                yield Part(self.tables[name].file, self._link_lines(name, self._link_reader(name)))

    def _link_lines(
        self, name: str, read: Callable[[Row], tuple[str, str, bool]]
    ) -> Callable[[], Iterator[Accepted | Refusal]]:
        def understand(line: int, row: Row) -> Accepted:
            read(row)
            return Accepted(line)

        return lambda: self.tables[name].read(understand)

    def _place_resource(self, record: Record, _row: Row) -> "More":
        """The first class and course count; where there are several, all of them are kept as metadata."""
        if not isinstance(record, Resource):
            raise TypeError(record.table)
        for name, (_, field) in LINKS.items():
            linked = self._links[name].get(record.sourced_id, [])
            if linked:
                setattr(record, field, linked[0])
            if len(linked) > 1:
                record.metadata = {**record.metadata, name: linked}
        return (), ()


More = tuple[tuple[Record, ...], tuple[EventRow, ...]]
Follow = Callable[[Record, Row], More]


def _nothing_more(_record: Record, _row: Row) -> More:
    return (), ()


def _note(links: dict[str, list[str]], read: Callable[[Row], tuple[str, str, bool]], row: Row) -> None:
    try:
        resource, target, active = read(row)
    except FieldError:
        return
    if active and target not in links.setdefault(resource, []):
        links[resource].append(target)


def _roles_of(table: Table) -> Follow:
    role_at, orgs_at = table.require("role", "orgSourcedIds")

    def follow(record: Record, row: Row) -> More:
        if not isinstance(record, User):
            raise TypeError(record.table)
        orgs = [identifier("orgSourcedIds", org) for org in words("orgSourcedIds", row[orgs_at].strip())]
        if not row[role_at].strip():
            raise FieldError("role", "", "is missing")
        role = ROLE("role", row[role_at].strip())
        if orgs and record.primary_org is None:
            record.primary_org = orgs[0]
        found = (
            Role(
                sourced_id=row_id(record.sourced_id, org, role),
                status=record.status,
                date_last_modified=record.date_last_modified,
                user=record.sourced_id,
                org=org,
                role=role,
                role_type="primary" if place == 0 else "secondary",
            )
            for place, org in enumerate(dict.fromkeys(orgs))
        )
        return tuple(found), ()

    return follow
