"""Insight: features, risk, evaluation. Reads only the lake, returns predictions, knows no database."""
