"""A make-believe campus that writes the same standard files a real one would."""

from liwa.simulate.campus import Summary, simulate
from liwa.simulate.dirt import Planted
from liwa.simulate.signins import demo_accounts

__all__ = ["Planted", "Summary", "demo_accounts", "simulate"]
