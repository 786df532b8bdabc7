"""Insight: features, risk, evaluation. Reads only the lake, returns predictions, knows no database."""

import os

# LightGBM's threads spin while they wait for one another; on a machine with other work that makes training many
# times slower. Read when its library is first loaded, so said here.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
