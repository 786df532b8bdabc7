"""The risk of not completing a class successfully."""

from liwa.insight.risk.model import Model, rules, train
from liwa.insight.risk.predict import Prediction, predict, predict_at
from liwa.insight.risk.store import latest, load, save

__all__ = ["Model", "Prediction", "latest", "load", "predict", "predict_at", "rules", "save", "train"]
