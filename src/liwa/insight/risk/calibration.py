"""From raw scores to probabilities."""

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Sigmoid(msgspec.Struct, frozen=True):
    """Platt scaling: probability = 1 / (1 + exp(-(slope · raw + intercept)))."""

    slope: float
    intercept: float

    def __call__(self, raw: Floats) -> Floats:
        return 1.0 / (1.0 + np.exp(-(self.slope * raw + self.intercept)))


def fit_sigmoid(raw: Floats, failed: Floats, weight: Floats | None = None, steps: int = 50) -> Sigmoid:
    """Weighted logistic regression of `failed` (0 or 1) on `raw` by Newton's method, lightly held to slope 1.

    The light hold (one row's worth) keeps the fit finite when the scores part the outcomes perfectly.
    """
    weight = np.ones_like(raw) if weight is None else weight
    weight = weight / weight.mean()
    design = np.column_stack([raw, np.ones_like(raw)])
    prior = np.array([1.0, 0.0])
    beta = prior.copy()
    for _ in range(steps):
        probability = 1.0 / (1.0 + np.exp(-np.clip(design @ beta, -30, 30)))
        gradient = design.T @ (weight * (failed - probability)) - (beta - prior)
        curvature = (design * (weight * probability * (1 - probability))[:, None]).T @ design + np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        beta = beta + step
        if np.abs(step).max() < 1e-9:
            break
    return Sigmoid(float(beta[0]), float(beta[1]))
