"""What the chapters add to the console."""

from collections.abc import Sequence

from ..incidents.http import pages as incidents
from ..monitoring.board import Board
from ..monitoring.http import pages as monitoring
from ..telemetry.embedded import Embedded
from ..telemetry.http import pages as telemetry
from ..web.pages import Pages


def pages(link_key: bytes, board: Board, engine: Embedded) -> Sequence[Pages]:
    """Every chapter's pages. `link_key` opens signed links, `board` knows the signals, `engine` has the samples."""
    return (incidents(link_key), monitoring(board), telemetry(engine))
