"""The ledger to download from the console: what `opsguide ledger export` writes."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from litestar import get
from litestar.response import Stream

from ..kernel.clock import rfc3339
from ..storage.export import lines
from ..storage.reader import open_readonly
from ..web.errors import NotFound
from ..web.pages import ConsoleDep, Pages

LINES_AT_ONCE = 500


def pages(data: Path | None) -> Pages:
    """`data` is the service's data directory; None where the ledger is not on a disk."""

    @get("/ledger/export", needs="administer", include_in_schema=False)
    async def export(console: ConsoleDep) -> Stream:
        """The whole ledger as JSON lines, personal data included, as a file to keep and to verify anywhere."""
        if data is None:
            raise NotFound("this ledger is kept in memory only", where="/ledger/export")
        reader = open_readonly(data)
        head = reader.head()
        name = f"ledger-{rfc3339(console.now())[:10]}-{head.seq}.jsonl"

        def chunks() -> Iterator[bytes]:
            left = lines(reader, head)
            while some := b"".join(islice(left, LINES_AT_ONCE)):
                yield some

        headers = {"content-disposition": f'attachment; filename="{name}"'}
        return Stream(chunks(), media_type="application/jsonl", headers=headers)

    return Pages(name="export", handlers=(export,))
