"""The code lies in src/liwa/db/opengauss of Liwa's checkout; in an sdist it lies beside this file already."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = "django_opengauss"


class CodeHook(BuildHookInterface):
    """Brings the code and its licence along from the checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        if (root / PACKAGE).exists():
            return
        checkout = root.parent.parent
        build_data["force_include"] |= {
            str(checkout / "src" / "liwa" / "db" / "opengauss"): PACKAGE,
            str(checkout / "LICENSE"): f"{PACKAGE}/LICENSE",
        }
