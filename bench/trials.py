"""Do trials claim effects that are not there, and does their interval hold the effect that is, at every look?

    .venv/bin/python -m bench.trials [--trials 1000] [--json]

For each design, simulated trials that are looked at every week: without an effect at most 5 % may ever claim one, and
an effect that was planted must be inside the interval at all looks of at least 95 %. Beside it what ordinary 95 %
intervals would have claimed, how often the always-valid ones found the effect, the bias of the last estimate, and
the standard error over the spread of estimates (1: honest).
"""

import argparse
import json
import sys
import time

import numpy as np

from tests.care.trials.simulated import Found, Setting, by_class, by_week, encouragement

CLAIMED, COVERED = 0.05, 0.95
EFFECTS = (0.0, 0.05, 0.1, -0.1)
DESIGNS = {
    "by lot, 400 students, base 0.4": (encouragement, {"weekly": 20, "weeks": 20, "base": 0.4}),
    "by lot, 3,000 students, base 0.4": (encouragement, {"weekly": 100, "weeks": 30, "base": 0.4}),
    "by lot, share 0.3, 180 students, base 0.8": (
        encouragement,
        {"weekly": 12, "weeks": 15, "base": 0.8, "share": 0.3},
    ),
    "by lot, share 0.1, 1,000 students, base 0.5": (
        encouragement,
        {"weekly": 50, "weeks": 20, "base": 0.5, "share": 0.1},
    ),
    "by week, 6 steps, 400 students, base 0.4": (by_week, {"weekly": 20, "weeks": 20, "base": 0.4}),
    "by week, 4 steps, 1,500 students, base 0.7": (
        by_week,
        {"weekly": 100, "weeks": 15, "base": 0.7, "steps": 4},
    ),
    "by class, 30 of 4 a week, icc 0.03": (
        by_class,
        {"weekly": 4, "weeks": 7, "base": 0.4, "classes": 30},
    ),
    "by class, 10 of 8 a week, icc 0.10": (
        by_class,
        {"weekly": 8, "weeks": 7, "base": 0.4, "classes": 10, "icc": 0.1},
    ),
    "by class, 60 of 10 a week, icc 0.05": (
        by_class,
        {"weekly": 10, "weeks": 7, "base": 0.5, "classes": 60, "icc": 0.05},
    ),
}


def figures(name: str, effect: float, found: Found, seconds: float) -> dict[str, object]:
    last = found.taken[:, -1]
    spread = float(np.std(found.estimate[last, -1]))
    return {
        "design": name,
        "effect": effect,
        "looked_at": float(found.taken.any(axis=1).mean()),
        "claimed": found.claimed(),
        "claimed_naively": found.claimed_naively(),
        "covered": found.covered(),
        "bias": found.error(),
        "honesty": float(np.sqrt((found.se[last, -1] ** 2).mean())) / spread,
        "seconds": seconds,
    }


def holds(row: dict[str, object]) -> bool:
    claims = row["effect"] != 0 or float(str(row["claimed"])) <= CLAIMED
    return claims and float(str(row["covered"])) >= COVERED


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--trials", type=int, default=1000)
    ask.add_argument("--seed", type=int, default=2026)
    ask.add_argument("--json", action="store_true")
    given = ask.parse_args()
    rows = []
    for name, (simulate, setting) in DESIGNS.items():
        for effect in EFFECTS:
            begun = time.perf_counter()
            found = simulate(Setting(trials=given.trials, effect=effect, **setting), given.seed)  # type: ignore[arg-type]
            rows.append(figures(name, effect, found, time.perf_counter() - begun))
    if given.json:
        print(json.dumps({"trials": given.trials, "rows": rows}))
    else:
        show(rows, given.trials)
    sys.exit(0 if all(map(holds, rows)) else 1)


def show(rows: list[dict[str, object]], trials: int) -> None:
    print(f"{trials:,} trials in each row, looked at every week\n")
    heads = ("effect", "claimed", "naively", "covered", "bias", "honesty", "seconds")
    print(f"{'design':<45}" + "".join(f"{head:>9}" for head in heads))
    names = ("claimed", "claimed_naively", "covered", "bias", "honesty", "seconds")
    for row in rows:
        cells = "".join(f"{row[name]:9.3f}" for name in names)
        print(f"{row['design']:<45}{row['effect']:9.2f}{cells}{'' if holds(row) else '  MISSED'}")
    idle = [float(str(row["claimed"])) for row in rows if row["effect"] == 0]
    kept = [float(str(row["covered"])) for row in rows]
    print(
        f"\nwithout an effect at most {max(idle):.3f} claim one: ratio to the limit {max(idle) / CLAIMED:.2f}"
    )
    print(
        f"covered at least {min(kept):.3f}, wanted {COVERED}: missed {(1 - min(kept)) / (1 - COVERED):.2f} of what may be"
    )


if __name__ == "__main__":
    main()
