"""What the chapters add to the console."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..delivery.http import pages as delivery
from ..incidents.http import pages as incidents
from ..incidents.http_channels import Tester
from ..incidents.sources.edge.reception import Reception
from ..maintenance.http import pages as maintenance
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
from .status_page.http import pages as status_page
from .status_page.publishing import Publishing


@dataclass(frozen=True, kw_only=True)
class Edges:
    """What pages ask and act through.

    `link_key` opens signed links, `board` knows the signals, `intake` takes the samples that others send and
    `reception` their alerts; `drilling` knows how promises would be broken, `tester` tests channels, `publishing`
    makes the public status page. `data` is the data directory with the ledger, None where it is only in memory;
    `runner` runs the rule files, where there is one.
    """

    link_key: bytes
    board: Board
    intake: Intake
    drilling: Drilling
    reception: Reception
    tester: Tester
    publishing: Publishing
    data: Path | None = None
    runner: Runner | None = None


def pages(edges: Edges) -> Sequence[Pages]:
    """Every chapter's pages."""
    board, runner = edges.board, edges.runner
    return (
        delivery(),
        incidents(edges.link_key, edges.reception, edges.tester),
        monitoring(board),
        maintenance(),
        backtest(board),
        drills(edges.drilling),
        telemetry(edges.intake, lambda: [*alert_rules(board), *_of_files(runner)]),
        rulefiles(lambda: alert_rules(board), runner),
        export(edges.data),
        report(),
        status_page(edges.publishing),
    )


def _of_files(runner: Runner | None) -> Sequence[Group]:
    return groups(runner, runner.state().rule_files) if runner is not None else ()
