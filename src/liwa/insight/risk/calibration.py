"""From raw scores to probabilities."""

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

Floats = NDArray[np.float64]
HOLD = 0.01


class Sigmoid(msgspec.Struct, frozen=True):
    """Platt scaling: probability = 1 / (1 + exp(-(slope · raw + intercept)))."""

    slope: float
    intercept: float

    def __call__(self, raw: Floats) -> Floats:
        return np.asarray(expit(self.slope * raw + self.intercept))


def fit_sigmoid(raw: Floats, failed: Floats, weight: Floats | None = None) -> Sigmoid:
    """Weighted logistic regression of `failed` (0 or 1) on `raw`, lightly held to slope 1 and intercept 0.

    The light hold keeps the fit finite when the scores part the outcomes perfectly.
    """
    weight = np.ones_like(raw) if weight is None else weight / weight.mean()
    design = np.column_stack([raw, np.ones_like(raw)])
    prior = np.array([1.0, 0.0])

    def loss(beta: Floats) -> tuple[float, Floats]:
        odds = design @ beta
        value = (
            np.sum(weight * (np.logaddexp(0, odds) - failed * odds)) + HOLD * np.sum((beta - prior) ** 2) / 2
        )
        gradient = design.T @ (weight * (expit(odds) - failed)) + HOLD * (beta - prior)
        return float(value) / len(raw), gradient / len(raw)

    slope, intercept = minimize(loss, prior, jac=True, method="BFGS", options={"gtol": 1e-8}).x
    return Sigmoid(float(slope), float(intercept))
