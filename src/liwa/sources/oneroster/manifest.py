"""`manifest.csv`: which files came, and whether each holds everything (bulk) or only what changed (delta)."""

from liwa.core.errors import SourceError
from liwa.core.rows import Refusal
from liwa.sources.files import Bundle
from liwa.sources.oneroster.specs import Spec
from liwa.sources.tables import open_table

MODES = ("bulk", "delta", "absent")
VERSIONS = ("1.0", "1.1", "1.2")


def read_manifest(bundle: Bundle, encoding: str) -> dict[str, str] | None:
    """The manifest's properties by lower-case name; None where the bundle has none.

    Raises SourceError for a line that cannot be read, a property said twice, or a version Liwa does not know.
    """
    member = bundle.find("manifest")
    if member is None:
        return None
    table = open_table(member, encoding=encoding)
    name_at, value_at = table.require("propertyName", "value")
    found: dict[str, str] = {}
    for item in table.rows():
        if isinstance(item, Refusal):
            raise SourceError(f"{member.name}, line {item.line}: {item.reason}.", remedy="Export it again.")
        name = item[1][name_at].strip().lower()
        if name in found:
            raise SourceError(f"{member.name} says {name} twice.", remedy="Keep one of the lines.")
        found[name] = item[1][value_at].strip()
    version = found.get("oneroster.version", "")
    if version and not any(version == known or version.startswith(f"{known}.") for known in VERSIONS):
        raise SourceError(
            f"{member.name} says OneRoster version {version!r}.", remedy=f"Liwa reads {', '.join(VERSIONS)}."
        )
    return found


def mode_of(spec: Spec, manifest: dict[str, str] | None, default: str, present: bool) -> str:
    """`bulk`, `delta` or `absent` for one file.

    Without a manifest a file is as `default` says. With one that does not mention it, a file is a delta, since
    taking it for everything could remove rows. Raises SourceError where manifest and bundle contradict each
    other: believing the wrong one loses rows either way.
    """
    if not present:
        if manifest and _said(spec, manifest) in ("bulk", "delta"):
            raise SourceError(
                f"The manifest names {spec.name}.csv, which is not there.",
                remedy="Export again, or say `absent` in manifest.csv.",
            )
        return "absent"
    if manifest is None:
        return default
    mode = _said(spec, manifest)
    if mode == "absent":
        raise SourceError(
            f"The manifest says that {spec.name}.csv is absent, but it is there.",
            remedy="Say `bulk` or `delta` in manifest.csv, or leave the file out.",
        )
    return mode or "delta"


def _said(spec: Spec, manifest: dict[str, str]) -> str:
    names = [name.lower() for name in (spec.name, *spec.other_names)]
    said = next((manifest[f"file.{name}"] for name in names if manifest.get(f"file.{name}")), "").lower()
    if said and said not in MODES:
        raise SourceError(
            f"manifest.csv says {said!r} of {spec.name}.csv.", remedy=f"Use one of {', '.join(MODES)}."
        )
    return said
