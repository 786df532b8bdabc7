"""Gradient-boosted trees, several of them, each trained without one part of the students."""

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from liwa.insight.features import Column
from liwa.insight.risk.calibration import Sigmoid, fit_sigmoid
from liwa.insight.risk.venn import Steps, fit_steps

FOLDS = 3
ROUNDS = 100
PARAMETERS: Mapping[str, Any] = {
    "objective": "binary",
    "learning_rate": 0.08,
    "num_leaves": 20,
    "min_data_in_leaf": 300,
    "feature_fraction": 0.3,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "max_bin": 63,
    "cat_smooth": 50.0,
    # One each: the boosters are trained side by side, which wastes less than to share every tree among threads.
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "seed": 20_141,
    "verbosity": -1,
}

Matrix = NDArray[np.float32]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Part:
    """Boosters over one set of columns, the calibration of their mean raw score, and the interval around it.

    `base`, where the model has one, is the log-odds of each row that the boosters began from.
    """

    columns: tuple[str, ...]
    boosters: tuple[lgb.Booster, ...]
    calibration: Sigmoid
    steps: Steps

    def raw(self, matrix: Matrix, base: Floats | float = 0.0) -> Floats:
        """Mean log-odds before calibration."""
        trees = [booster.predict(matrix, raw_score=True, num_threads=0) for booster in self.boosters]
        return np.asarray(base + np.mean(trees, axis=0))

    def probabilities(self, matrix: Matrix, base: Floats | float = 0.0) -> Floats:
        """Calibrated, one per row."""
        return self.calibration(self.raw(matrix, base))

    def between(self, probabilities: Floats) -> tuple[Floats, Floats]:
        """The Venn–Abers ends around calibrated probabilities, moved outwards where they would leave these out."""
        low, high = self.steps(probabilities)
        return np.minimum(low, probabilities), np.maximum(high, probabilities)

    def contributions(self, matrix: Matrix) -> Floats:
        """Exact SHAP values of the calibrated log-odds, (rows, columns); what is constant, or of `base`, is left out."""
        parts = [
            np.asarray(booster.predict(matrix, pred_contrib=True, num_threads=0))[:, :-1]
            for booster in self.boosters
        ]
        return self.calibration.slope * np.mean(parts, axis=0)


def fold_of(users: Sequence[str]) -> NDArray[np.int64]:
    """The part (0 to FOLDS-1) each student falls in: all rows of one student share it, on every machine."""
    known = {user: int(hashlib.sha256(user.encode()).hexdigest()[:8], 16) % FOLDS for user in set(users)}
    return np.array([known[user] for user in users])


def one_each(users: Sequence[str]) -> NDArray[np.int64]:
    """One row of each student, chosen by chance and always the same: rows of one student tell of each other."""
    chance = np.random.default_rng(FOLDS).permutation(len(users))
    first = np.unique(np.asarray(users, dtype=str)[chance], return_index=True)[1]
    return np.sort(chance[first])


def fit(
    matrix: Matrix,
    failed: Floats,
    weight: Floats,
    users: Sequence[str],
    columns: Sequence[Column],
    some: Mapping[str, Any] = MappingProxyType({}),
    rounds: int = ROUNDS,
    base: Floats | None = None,
) -> Part:
    """Train FOLDS boosters, each on the students of the other parts, and calibrate on those left out.

    `some` are parameters in place of those of PARAMETERS; `base` the log-odds the trees begin from, 0 without.
    """
    fold = fold_of(users)
    start = np.zeros(len(failed)) if base is None else base
    left_out = np.zeros(len(failed))

    def trained(part: int) -> lgb.Booster:
        inside = fold != part
        lesson = (matrix[inside], failed[inside], weight[inside], start[inside])
        booster = _booster(*lesson, columns, some, rounds)
        left_out[~inside] = start[~inside] + booster.predict(matrix[~inside], raw_score=True)
        return booster

    with ThreadPoolExecutor(FOLDS) as together:
        boosters = list(together.map(trained, range(FOLDS)))
    calibration = fit_sigmoid(left_out, failed, weight)
    alone = one_each(users)
    steps = fit_steps(calibration(left_out[alone]), failed[alone])
    return Part(tuple(column.name for column in columns), tuple(boosters), calibration, steps)


def _booster(
    matrix: Matrix,
    failed: Floats,
    weight: Floats,
    start: Floats,
    columns: Sequence[Column],
    some: Mapping[str, Any],
    rounds: int,
) -> lgb.Booster:
    categories = [place for place, column in enumerate(columns) if column.kind == "category"]
    data = lgb.Dataset(
        matrix,
        failed,
        weight=weight,
        init_score=start,
        feature_name=[column.name for column in columns],
        categorical_feature=categories or "auto",
    )
    parameters = {**PARAMETERS, **some, "monotone_constraints": [column.risk for column in columns]}
    return lgb.train(parameters, data, rounds)
