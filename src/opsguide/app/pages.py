"""What the chapters add to the console."""

from collections.abc import Sequence
from pathlib import Path

from ..incidents.http import pages as incidents
from ..monitoring.board import Board
from ..monitoring.http import pages as monitoring
from ..telemetry.http import pages as telemetry
from ..telemetry.intake.doors import Intake
from ..web.pages import Pages
from .alert_rules import alert_rules
from .backtest.http import pages as backtest
from .export import pages as export
from .report.http import pages as report


def pages(link_key: bytes, board: Board, intake: Intake, data: Path | None = None) -> Sequence[Pages]:
    """Every chapter's pages.

    `link_key` opens signed links, `board` knows the signals, `intake` takes the samples that others send. `data` is the
    data directory with the ledger, None where it is only in memory.
    """
    return (
        incidents(link_key),
        monitoring(board),
        telemetry(intake, lambda: alert_rules(board)),
        backtest(board),
        export(data),
        report(),
    )
