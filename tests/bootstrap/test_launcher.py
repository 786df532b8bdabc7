"""`./liwa` from outside: what it makes, what it hands over, and how it recovers."""

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from liwa.bootstrap.environment import Environment
from liwa.bootstrap.outside import Outside
from tests.bootstrap.checkout import Checkout

# On one worker, because they share a checkout that takes seconds to set up.
pytestmark = pytest.mark.xdist_group("launcher")

MADE_ANEW = "making .venv"
SETTING_UP = "Setting up Liwa"


def given(checkout: Checkout, *arguments: str, **settings: Any) -> dict[str, Any]:
    """What the command was handed by a run that must succeed."""
    done = checkout.run(*arguments, **settings)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def wait_for(file: Path) -> None:
    """Until a fake tool has touched `file`."""
    end = time.monotonic() + 60
    while not file.exists():
        assert time.monotonic() < end, f"{file} never appeared"
        time.sleep(0.02)


def test_first_run_sets_up_and_later_runs_say_nothing(checkout: Checkout) -> None:
    first = checkout.run("status", "--json")
    assert (first.returncode, json.loads(first.stdout)["greeting"]) == (0, "1"), first.stderr
    assert SETTING_UP in first.stderr
    assert (checkout.root / "src/liwa/portal/static/vendor/lib.min.js").read_text() == "var lib = 1;\n"

    again = checkout.run("status", "--json")
    assert (again.stdout, again.stderr) == (first.stdout, "")


def test_hands_over_arguments_and_folder_through_a_link(ready: Checkout, tmp_path: Path) -> None:
    link = tmp_path / "liwa of mine"
    link.symlink_to(ready.root / "liwa")
    relative = tmp_path / "another"
    relative.symlink_to(link.name)

    got = given(ready, "feed check", "*", "", script=relative)

    assert got["arguments"] == ["feed check", "*", ""]
    assert got["folder"] == str(ready.tools)
    assert got["python"] == str(ready.venv / "bin/python")


def test_everything_is_kept_in_var_unless_told_otherwise(ready: Checkout) -> None:
    assert given(ready)["home"] == str(ready.root / "var")
    assert given(ready, LIWA_HOME="/srv/campus")["home"] == "/srv/campus"


def test_the_launchers_own_setting_is_not_handed_on(ready: Checkout) -> None:
    assert given(ready, LIWA_PYTHON="python3")["settings"] == ["LIWA_HOME"]


def test_starts_quickly_once_set_up(ready: Checkout) -> None:
    def seconds() -> float:
        began = time.perf_counter()
        given(ready)
        return time.perf_counter() - began

    # Three starts of Python; generous, because build machines are busy.
    assert min(seconds() for _ in range(5)) < 1


def test_a_set_up_checkout_needs_no_writing(ready: Checkout) -> None:
    before = {path: path.stat().st_mtime_ns for path in [ready.root, *ready.root.glob(".venv*")]}
    given(ready)
    assert before == {path: path.stat().st_mtime_ns for path in [ready.root, *ready.root.glob(".venv*")]}


def test_setup_sets_up_and_stops(ready: Checkout) -> None:
    done = ready.run("setup")
    assert (done.returncode, done.stdout) == (0, "")


def test_two_at_once_set_up_once(checkout: Checkout) -> None:
    with checkout.start() as one, checkout.start() as two:
        ends = [process.communicate(timeout=120) for process in (one, two)]
    assert (one.returncode, two.returncode) == (0, 0), ends
    said = "".join(err for _, err in ends)
    assert said.count(MADE_ANEW) == 1
    assert said.count("Another ./liwa is setting up") == 1


@pytest.mark.parametrize("part", ["bin/python", "lib", "bin/pip"])
def test_an_environment_that_lacks_a_part_is_not_built_on(ready: Checkout, tmp_path: Path, part: str) -> None:
    environment, outside = Environment(ready.root), Outside(tmp_path / "log")
    assert environment.is_sound(outside)
    away = (ready.venv / part).rename(ready.venv / "away")
    assert not environment.is_sound(outside)
    away.rename(ready.venv / part)


def test_an_environment_moved_here_is_not_built_on(ready: Checkout, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    moved.mkdir()
    (moved / ".venv").symlink_to(ready.venv)
    assert not Environment(moved).is_sound(Outside(tmp_path / "log"))


def test_a_new_lock_is_installed_into_what_is_there(ready: Checkout) -> None:
    assert given(ready)["greeting"] == "1"
    (ready.root / "requirements.lock").write_text(ready.locks["2"])
    done = ready.run()
    assert json.loads(done.stdout)["greeting"] == "2"
    assert MADE_ANEW not in done.stderr


def ask_for_another_front_end(checkout: Checkout, text: str) -> None:
    """Change the front-end lock; the fake npm makes the library's content from it."""
    (checkout.root / "src/liwa/portal/frontend/package-lock.json").write_text(text)


def vendored(checkout: Checkout) -> str:
    """The library that Django would serve."""
    return (checkout.root / "src/liwa/portal/static/vendor/lib.min.js").read_text()


def test_a_new_front_end_lock_replaces_the_copies(ready: Checkout) -> None:
    ask_for_another_front_end(ready, "var lib = 2;\n")
    assert "installing" not in ready.run().stderr
    assert vendored(ready) == "var lib = 2;\n"
    assert not list((ready.root / "src/liwa/portal/static").glob("vendor.*"))


def test_without_npm_one_is_borrowed(ready: Checkout) -> None:
    ask_for_another_front_end(ready, "var lib = 3;\n")
    npm = (ready.tools / "npm").rename(ready.tools / "away")
    done = ready.run("setup")
    npm.rename(ready.tools / "npm")
    assert "borrowing" in done.stderr
    assert vendored(ready) == "var lib = 3;\n"
    assert not list(ready.venv.glob("lib/*/site-packages/nodejs*"))


def test_a_user_without_a_home_can_set_up(ready: Checkout) -> None:
    ask_for_another_front_end(ready, "var lib = 6;\n")
    done = ready.run("setup", HOME="/nonexistent")
    assert (done.returncode, vendored(ready)) == (0, "var lib = 6;\n"), done.stderr


def test_killed_while_installing(checkout: Checkout, tmp_path: Path) -> None:
    reached = tmp_path / "reached"
    with checkout.start(SLOW_BACKEND=str(reached)) as process:
        wait_for(reached)
        os.killpg(process.pid, signal.SIGKILL)
    done = checkout.run()
    assert (done.returncode, json.loads(done.stdout)["greeting"]) == (0, "1")
    assert MADE_ANEW in done.stderr
    assert not (checkout.root / ".venv.old").exists()


def test_killed_while_fetching_the_front_end(ready: Checkout, tmp_path: Path) -> None:
    ask_for_another_front_end(ready, "var lib = 4;\n")
    reached = tmp_path / "reached"
    with ready.start(SLOW_NPM=str(reached)) as process:
        wait_for(reached)
        os.killpg(process.pid, signal.SIGKILL)
    assert vendored(ready) != "var lib = 4;\n"
    assert MADE_ANEW not in ready.run().stderr
    assert vendored(ready) == "var lib = 4;\n"
    assert {file.name for file in ready.root.glob(".venv*")} == {".venv", ".venv.lock", ".venv.log"}


def test_an_orphaned_tool_keeps_the_next_run_waiting(ready: Checkout, tmp_path: Path) -> None:
    ask_for_another_front_end(ready, "var lib = 5;\n")
    reached = tmp_path / "reached"
    with ready.start(SLOW_NPM=str(reached)) as first:
        wait_for(reached)
        os.kill(first.pid, signal.SIGKILL)
        with ready.start() as second:
            assert second.stderr is not None
            assert "Another ./liwa is setting up" in second.stderr.readline()
            os.killpg(first.pid, signal.SIGKILL)
            _, err = second.communicate(timeout=120)
    assert (second.returncode, vendored(ready)) == (0, "var lib = 5;\n"), err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_set_up_ends_its_tools_and_says_how_to_go_on(
    ready: Checkout, tmp_path: Path, number: signal.Signals
) -> None:
    ask_for_another_front_end(ready, f"var lib = '{number.name}';\n")
    reached = tmp_path / "reached"
    with ready.start(SLOW_NPM=str(reached)) as process:
        wait_for(reached)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert "Run the same command to go on" in err
    assert "Traceback" not in err


def test_test_installs_what_tests_need_and_passes_on_the_rest(ready: Checkout) -> None:
    done = ready.run("test", "-k", "some words", LIWA_HOME="/srv/campus")
    assert done.returncode == 0, done.stderr
    got = json.loads(done.stdout)
    assert (got["arguments"], got["folder"]) == (["-k", "some words"], str(ready.root))
    assert got["home"] not in ("/srv/campus", str(ready.root / "var")), "tests must not see the user's campus"
    assert not Path(got["home"]).exists(), "left behind"

    again = ready.run("test", "fail")
    assert (again.returncode, again.stderr) == (3, "")
