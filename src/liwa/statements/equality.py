"""When two statements are the same ("Statement Comparison Requirements"), and what an agent is called."""

from liwa.core.actors import actor_key as agents_key

__all__ = ["agents_key"]
