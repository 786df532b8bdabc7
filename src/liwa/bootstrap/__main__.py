"""Run by path, as `python src/liwa/bootstrap ARGUMENTS`, before the package is installed."""

import sys
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2]
sys.path[0] = str(SOURCES)

from liwa.bootstrap.main import main  # noqa: E402 - found only once the line above has run

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], SOURCES.parent))
