"""What the chapters add to the console."""

from collections.abc import Sequence
from pathlib import Path

from ..delivery.http import pages as delivery
from ..incidents.http import pages as incidents
from ..monitoring.board import Board
from ..monitoring.http import pages as monitoring
from ..rulefiles.http import pages as rulefiles
from ..rulefiles.runner import Runner
from ..rulefiles.told import groups
from ..telemetry.http import pages as telemetry
from ..telemetry.intake.doors import Intake
from ..telemetry.prometheus_rules import Group
from ..web.pages import Pages
from .alert_rules import alert_rules
from .backtest.http import pages as backtest
from .drills.http import pages as drills
from .drills.runner import Drilling
from .export import pages as export
from .report.http import pages as report


def pages(
    link_key: bytes,
    board: Board,
    intake: Intake,
    drilling: Drilling,
    data: Path | None = None,
    runner: Runner | None = None,
) -> Sequence[Pages]:
    """Every chapter's pages.

    `link_key` opens signed links, `board` knows the signals, `intake` takes the samples that others send,
    `drilling` knows how promises would be broken. `data` is the
    data directory with the ledger, None where it is only in memory; `runner` runs the rule files, where there is one.
    """
    return (
        delivery(),
        incidents(link_key),
        monitoring(board),
        backtest(board),
        drills(drilling),
        telemetry(intake, lambda: [*alert_rules(board), *_of_files(runner)]),
        rulefiles(lambda: alert_rules(board), runner),
        export(data),
        report(),
    )


def _of_files(runner: Runner | None) -> Sequence[Group]:
    return groups(runner, runner.alerts()) if runner is not None else ()
