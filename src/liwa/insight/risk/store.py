"""Models on disk: one JSON file and the trees as LightGBM's own text. Never pickle: reading it would run its code."""

from datetime import datetime
from pathlib import Path

import lightgbm as lgb
import msgspec

from liwa.core.errors import LiwaError
from liwa.insight.risk.boosting import Part
from liwa.insight.risk.calibration import Sigmoid
from liwa.insight.risk.expected import History
from liwa.insight.risk.model import About, Model
from liwa.insight.risk.venn import Steps

FILE = "model.json"


class _Part(msgspec.Struct):
    columns: list[str]
    calibration: Sigmoid
    steps: Steps
    boosters: list[str]


class _Stored(msgspec.Struct):
    about: About
    parts: dict[str, _Part]
    leaving: dict[str, _Part]
    history: History


def save(model: Model, models_dir: Path) -> Path:
    """Write the model to a folder of its name in `models_dir`, the JSON last: without it there is no model."""
    folder = models_dir / model.about.name
    folder.mkdir(parents=True, exist_ok=True)
    parts = {name: _written(folder, name, part) for name, part in model.parts.items()}
    leaving = {name: _written(folder, f"leaving-{name}", part) for name, part in model.leaving.items()}
    content = msgspec.json.format(
        msgspec.json.encode(_Stored(model.about, parts, leaving, model.history)), indent=2
    )
    partial = folder / f"{FILE}.part"
    partial.write_bytes(content)
    partial.replace(folder / FILE)
    return folder


def _written(folder: Path, name: str, part: Part) -> _Part:
    files = [f"{name}-{number}.txt" for number in range(len(part.boosters))]
    for file, booster in zip(files, part.boosters, strict=True):
        (folder / file).write_text(booster.model_to_string(), encoding="utf-8")
    return _Part(list(part.columns), part.calibration, part.steps, files)


def _read(folder: Path, part: _Part) -> Part:
    texts = [(folder / file).read_text(encoding="utf-8") for file in part.boosters]
    boosters = tuple(lgb.Booster(model_str=text) for text in texts)
    return Part(tuple(part.columns), boosters, part.calibration, part.steps)


def load(folder: Path) -> Model:
    """The model kept in `folder`. Raises LiwaError when there is none or it cannot be read."""
    try:
        stored = msgspec.json.decode((folder / FILE).read_bytes(), type=_Stored)
        parts = {name: _read(folder, part) for name, part in stored.parts.items()}
        leaving = {name: _read(folder, part) for name, part in stored.leaving.items()}
    except (OSError, UnicodeDecodeError, msgspec.MsgspecError, lgb.basic.LightGBMError) as error:
        raise LiwaError(
            f"The model in {folder.name} cannot be read: {error}.",
            remedy="`liwa refresh --train` makes a new one.",
        ) from None
    return Model(stored.about, parts, leaving, stored.history)


def latest(models_dir: Path, as_of: datetime) -> Model | None:
    """The newest model in `models_dir` that used nothing from after `as_of`; None where there is none."""
    found = [load(path.parent) for path in models_dir.glob(f"*/{FILE}")]
    past = [model for model in found if model.about.as_of <= as_of]
    return max(past, key=lambda model: (model.about.as_of, model.about.name), default=None)
