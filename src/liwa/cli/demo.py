"""`liwa demo`"""

import os
from pathlib import Path
from shlex import quote
from typing import Annotated, Any

import typer

from liwa.cli import app
from liwa.cli.output import errors, print_json, print_table, progress, say


@app.command("demo")
def demo(
    archive: Annotated[
        Path | None,
        typer.Argument(help="With --oulad: the archive, where you have it; else it is downloaded."),
    ] = None,
    oulad: Annotated[bool, typer.Option("--oulad", help="Use the Open University's real data set.")] = False,
    students: Annotated[int, typer.Option(min=100, max=50_000, help="Size of the simulated campus.")] = 800,
    seed: Annotated[int, typer.Option(min=0, help="Another seed is another campus.")] = 1,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Stop when everything is ready.")] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the pages.")] = 8000,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """A whole campus to look at: from its files to this week's list, then the pages with sign-ins to try.

    The simulated campus is made up; nobody in it exists. It lives in a folder of its own below LIWA_HOME.

    [bold]Examples[/]: liwa demo · liwa demo --students 5000 · liwa demo --oulad · liwa demo --oulad FILE.zip --no-serve
    """
    from liwa.core import clock
    from liwa.core.config import home
    from liwa.core.errors import LiwaError

    started = clock.monotonic()
    if archive is not None and not oulad:
        raise LiwaError(f"{archive} is given, but not --oulad.", remedy="Write: liwa demo --oulad FILE.")
    if not no_serve:
        from liwa.flows.serve import check_port

        check_port("127.0.0.1", port)
    found = archive.absolute() if archive else home() / "downloads" / "anonymisedData.zip"
    os.environ["LIWA_HOME"] = str(home() / "demo" / ("oulad" if oulad else "simulated"))
    with progress() as show:
        if oulad:
            _fetch(found, archive is not None, show)
        report = _run(found, oulad, students, seed, show)
    report.seconds["total"] = round(clock.monotonic() - started, 3)
    _show(report, as_json)
    if not no_serve:
        _serve(port)


def _fetch(archive: Path, given: bool, show: Any) -> None:
    """The official archive, downloaded unless it is there."""
    from liwa.core.errors import SourceError
    from liwa.sources.oulad_download import fetch

    if given and not archive.exists():
        raise SourceError(f"There is no file {archive}.")
    if not archive.exists():
        archive.parent.mkdir(parents=True, exist_ok=True)
        fetch(archive, lambda done, total: show("Downloading OULAD", done, total))


def _run(archive: Path, oulad: bool, students: int, seed: int, show: Any) -> Any:
    from liwa.flows import setup

    setup.start()
    from liwa.flows import demo as flow
    from liwa.flows.home import Home

    if oulad:
        return flow.oulad(Home(), archive, show)
    return flow.simulated(Home(), students, seed, show)


def _show(report: Any, as_json: bool) -> None:
    if as_json:
        names = ("counts", "loads", "seconds", "peak_memory_mb", "evaluation")
        print_json({name: getattr(report, name) for name in names})
    else:
        figures = ("file", "in", "stored", "unchanged", "refused")
        print_table(
            "Loaded, in source rows", figures, [[load[name] for name in figures] for load in report.loads]
        )
        _print_evaluation(report.evaluation)
        say(f"Ready after {report.seconds['total']:.1f} s, {report.peak_memory_mb:,.0f} MB at most.")
    from liwa.flows.home import Home

    errors.print(
        f"\nTo look further: LIWA_HOME={quote(str(Home().root))} ./liwa status", highlight=False, markup=False
    )
    errors.print("\n[bold]Sign-ins of this demo[/] (new passwords each time):")
    for one in report.signins:
        errors.print(
            f"  {one['role']:<12} {one['user']:<18} {one['password']}", highlight=False, markup=False
        )


def _print_evaluation(evaluation: list[dict[str, Any]]) -> None:
    """What the risk is worth against outcomes and, where it is known, against the truth."""
    columns = ["term", "week", "n", "auc", "auc_low", "auc_high", "brier", "ece"]
    print_table(
        "How well the risk predicts", columns, [[row[name] for name in columns] for row in evaluation]
    )
    if evaluation and "truth_auc" in evaluation[0]:
        columns = ["term", "week", "truth_auc", "truth_rank_correlation", "truth_ece"]
        rows = [[row[name] for name in columns] for row in evaluation]
        print_table("How well it finds the risk that was planted", columns, rows)


def _serve(port: int) -> None:
    from liwa.flows.serve import run

    say(f"\nLiwa is at http://127.0.0.1:{port}/ . Stop it with Ctrl-C.")
    run("127.0.0.1", port, 1)
