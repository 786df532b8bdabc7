"""Settings of the models."""

from liwa.core.config import setting

setting(
    "LIWA_PROTECTED_FEATURES",
    False,
    "Research only: let models see sex, age, disability, deprivation and region. Never for lists people act on.",
)
