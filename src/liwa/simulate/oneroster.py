"""`sis.zip`: the campus as a OneRoster 1.2 CSV export, as of an instant."""

from pathlib import Path
from zipfile import ZipFile

from liwa.simulate import gradebook, roster
from liwa.simulate.archive import Export, write_manifest
from liwa.simulate.world import World


def write_sis(path: Path, world: World, as_of: int) -> Export:
    """Write the archive. `as_of` is the campus second before which all it says had happened."""
    with ZipFile(path, "w") as archive:
        export = Export(world, as_of, archive)
        write_manifest(export)
        roster.write_orgs(export)
        roster.write_sessions(export)
        roster.write_courses(export)
        roster.write_classes(export)
        roster.write_users(export)
        roster.write_roles(export)
        roster.write_demographics(export)
        roster.write_enrollments(export)
        gradebook.write_line_items(export)
        gradebook.write_results(export)
        gradebook.write_resources(export)
    return export
