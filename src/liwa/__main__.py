"""`python -m liwa`: the `liwa` command."""

from liwa.cli import main

main()
