"""`python -m opsguide.demo.shop --port N --database FILE`: the shop's process.

Faults are switched over standard input, one line each (`break errors`, `heal`), and answered on standard
output: no page in a browser can reach that. When standard input closes, whoever started the shop is gone, and
it ends.
"""

import argparse
import asyncio
import logging
import sys
from pathlib import Path

import apsw
import uvicorn
import uvloop

from ..lifeline import lines
from . import stock
from .app import Shop
from .faults import TOLD, Fault, Faults, bring_orders_back
from .pool import Pool


async def obey(line: str, faults: Faults) -> str:
    """Do what one line says; the answer starts with `ok` or `no`."""
    verb, _, what = line.partition(" ")
    try:
        if verb == "heal":
            await faults.mend()
            return "ok the shop is mended"
        if verb == "break" and what in set(Fault):
            await faults.cause(Fault(what))
            return f"ok {TOLD[Fault(what)]}"
    except apsw.Error as error:
        return f"no the database refused: {error}"
    return f"no the shop does not know {line!r}"


async def control(server: uvicorn.Server, faults: Faults) -> None:
    """Obey until standard input closes, then end the server."""
    async for line in lines():
        print(await obey(line, faults), flush=True)
    server.should_exit = True


async def serve(port: int, database: Path) -> None:
    stock.create(database)
    pool = Pool(database)
    config = uvicorn.Config(
        Shop(pool),
        port=port,
        lifespan="off",
        access_log=False,
        log_config=None,
        ws="none",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    controlling = asyncio.create_task(control(server, Faults(database, pool)))
    await server.serve()
    controlling.cancel()


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m opsguide.demo.shop", description="Harbour, a small web shop."
    )
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument(
        "--database", type=Path, required=True, help="an SQLite file; made if it is not there"
    )
    given = parser.parse_args()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    # A shop that was stopped while broken starts whole.
    bring_orders_back(given.database)
    uvloop.run(serve(given.port, given.database))


if __name__ == "__main__":
    main()
