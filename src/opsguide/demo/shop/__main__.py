"""`python -m opsguide.demo.shop --port N --tls-port N --database FILE`: the shop's process.

It answers over HTTP on one port and over HTTPS on the other; the authority to trust lies beside FILE.

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
from collections.abc import Sequence
from pathlib import Path

import uvicorn
import uvloop

from ..lifeline import lines
from .app import Shop
from .certificates import Certificates
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


async def control(servers: Sequence[uvicorn.Server], faults: Faults) -> None:
    """Obey until standard input closes, then end the servers."""
    async for line in lines():
        print(await obey(line, faults), flush=True)
    for server in servers:
        server.should_exit = True


def server(shop: Shop, port: int) -> uvicorn.Server:
    config = uvicorn.Config(
        shop,
        port=port,
        lifespan="off",
        access_log=False,
        log_config=None,
        ws="none",
        timeout_graceful_shutdown=1,
    )
    config.load()
    return uvicorn.Server(config)


async def serve(port: int, tls_port: int, shop: Shop, stock: Stock, certificates: Certificates) -> None:
    await stock.create()
    tls = certificates.context()
    plain, secure = server(shop, port), server(shop, tls_port)
    secure.config.ssl = tls
    controlling = asyncio.create_task(control((plain, secure), Faults(stock, certificates, tls)))
    await asyncio.gather(plain.serve(), secure.serve())
    controlling.cancel()
    await stock.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m opsguide.demo.shop", description="Harbour, a small web shop."
    )
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--tls-port", type=int, required=True)
    parser.add_argument(
        "--database", type=Path, required=True, help="an SQLite file; made if it is not there"
    )
    parser.add_argument("--vitals", default="", help="the origin of a service that measures the pages")
    given = parser.parse_args()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    url = os.environ.get(DATABASE)
    stock = PostgresStock(url) if url else SqliteStock(given.database)
    certificates = Certificates(given.database.parent / "certificates")
    uvloop.run(serve(given.port, given.tls_port, Shop(stock, given.vitals), stock, certificates))


if __name__ == "__main__":
    main()
