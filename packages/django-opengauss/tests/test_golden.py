"""The statements of golden/statements.sql are those that are written. GOLDEN=write writes the file anew."""

import os
import unittest

from cases import CASES
from never import ALIASES, said_of
from run import HERE

FILE = HERE / "golden" / "statements.sql"
_HEAD = """-- What Django writes on openGauss, per construct of the ORM, beside what it writes on PostgreSQL 15.
-- Values stand where they are bound. Each construct names the measured fact that its words rest on.
"""


def written() -> str:
    blocks = [_HEAD]
    for case in CASES:
        lines = [f"-- {case.orm}", f"-- Fact: {case.fact}"]
        said = {alias: said_of(alias, case.act, case.rows) for alias in ALIASES}
        same = said["5.0.1"] == said["6.0.2"]
        for alias in ALIASES:
            if alias == "5.0.1" and same:
                continue
            name = "PostgreSQL" if alias == "PostgreSQL" else f"openGauss {'5.0.1, ' if same else ''}{alias}"
            lines.append(f"-- {name}:")
            mark = "--   " if alias == "PostgreSQL" else ""
            lines += [f"{mark}{statement.rstrip(';')};" for statement in said[alias]]
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


class Golden(unittest.TestCase):
    maxDiff = None

    def test_statements(self) -> None:
        now = written()
        if os.environ.get("GOLDEN") == "write":
            FILE.write_text(now, encoding="utf-8")
        self.assertEqual(FILE.read_text(encoding="utf-8"), now)

    def test_nothing_that_is_missing_is_written(self) -> None:
        missing = (
            "ON CONFLICT",
            "IDENTITY",
            "UNNEST",
            "JSONB_BUILD",
            "JSONB_AGG",
            "LATERAL",
            "RESTART",
            "DIGEST(",
        )
        for case in CASES:
            for alias in ALIASES[1:]:
                for statement in said_of(alias, case.act, case.rows):
                    for word in missing:
                        self.assertNotIn(word, statement.upper(), case.orm)
