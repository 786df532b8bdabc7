"""The risk of not completing a class successfully."""

from liwa.insight.risk.model import Model, only_rules, train
from liwa.insight.risk.predict import Prediction, predict, predict_at
from liwa.insight.risk.store import latest, load, save

__all__ = ["Model", "Prediction", "latest", "load", "only_rules", "predict", "predict_at", "save", "train"]
