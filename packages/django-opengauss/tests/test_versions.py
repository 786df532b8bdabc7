"""What servers call themselves."""

import unittest

from never import versions

PLACE = " compiled at 2025-01-20 11:12:13 commit 0 last mr  on aarch64-unknown-linux-gnu, compiled by g++ (GCC) 10.3.1, 64-bit"
KNOWN = {
    f"(openGauss 6.0.2 build aee4abd5){PLACE}": ("openGauss", (6, 0, 2), ""),
    f"(openGauss-lite 5.0.1 build 4e8fa6e5){PLACE}": ("openGauss-lite", (5, 0, 1), ""),
    f"(openGauss-lite 7.0.0-RC3 build ){PLACE}": ("openGauss-lite", (7, 0, 0), "RC3"),
    f"PostgreSQL 9.2.4 (openGauss 2.0.0 build 78689da9){PLACE}": ("openGauss", (2, 0, 0), ""),
    f"gaussdb (GaussDB Kernel 505.2.0 build ff07bff6){PLACE}": ("GaussDB", (505, 2, 0), ""),
    f"PostgreSQL 9.2.4 (GaussDB Kernel V500R002C10 build 1){PLACE}": ("GaussDB", (500, 2, 10), ""),
    f"(GaussDB 8.1.3 build 39137c2d){PLACE}": ("GaussDB", (8, 1, 3), ""),
}


class Versions(unittest.TestCase):
    def test_known(self) -> None:
        for text, expected in KNOWN.items():
            with self.subTest(text):
                version = versions.parse(text)
                self.assertEqual((version.product, version.numbers, version.stage), expected)
                self.assertEqual(version.open_source, version.product.startswith("openGauss"))

    def test_others_are_refused_and_told_what_to_use(self) -> None:
        for text in (
            "",
            "PostgreSQL 15.4 on x86_64-pc-linux-gnu",
            "8.0.33 MySQL",
            "openGauss",
            "(openGauss x.y)",
        ):
            with self.subTest(text), self.assertRaisesRegex(ValueError, "neither openGauss nor GaussDB"):
                versions.parse(text)

    def test_written_as_it_is_named(self) -> None:
        self.assertEqual(str(versions.parse("(openGauss-lite 7.0.0-RC3 build )")), "openGauss-lite 7.0.0-RC3")
