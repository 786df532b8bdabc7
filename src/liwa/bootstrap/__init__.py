"""The launcher's first half: makes what `./liwa` needs, then hands over to the `liwa` command.

Runs before anything is installed, on whatever Python the machine has, so it uses the standard library alone.
"""
