"""`python -m opsguide.demo.shop --port N --database FILE`: the shop's process.

Where the environment names a PostgreSQL (`HARBOUR_DATABASE`, with its password), its tables are there, not in FILE.

Faults are switched over standard input, one line each (`break errors`, `heal`), and answered on standard
output: no page in a browser can reach that. When standard input closes, whoever started the shop is gone, and
it ends.
"""

import argparse
import asyncio
import logging
import os
import sys
from pathlib import Path

import uvicorn
import uvloop

from ..lifeline import lines
from .app import Shop
from .faults import TOLD, Fault, Faults
from .on_postgres import PostgresStock
from .on_sqlite import SqliteStock
from .stock import DatabaseFailed, Stock

DATABASE = "HARBOUR_DATABASE"
"""The environment variable with the URL of the shop's PostgreSQL: a password does not belong on a command line."""


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
    except DatabaseFailed as error:
        return f"no the database refused: {error}"
    return f"no the shop does not know {line!r}"


async def control(server: uvicorn.Server, faults: Faults) -> None:
    """Obey until standard input closes, then end the server."""
    async for line in lines():
        print(await obey(line, faults), flush=True)
    server.should_exit = True


async def serve(port: int, stock: Stock) -> None:
    await stock.create()
    config = uvicorn.Config(
        Shop(stock),
        port=port,
        lifespan="off",
        access_log=False,
        log_config=None,
        ws="none",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    controlling = asyncio.create_task(control(server, Faults(stock)))
    await server.serve()
    controlling.cancel()
    await stock.close()


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
    url = os.environ.get(DATABASE)
    uvloop.run(serve(given.port, PostgresStock(url) if url else SqliteStock(given.database)))


if __name__ == "__main__":
    main()
