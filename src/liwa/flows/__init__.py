"""Restartable steps across the stages of the river; the only code that knows two of them."""
