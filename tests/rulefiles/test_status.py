"""`opsguide status` tells of alerts of rule files: it reads the ledger, so that the service may be down."""

import json
from pathlib import Path

from opsguide.app.core import fact_types
from opsguide.storage.sqlite import open_ledger
from tests.rulefiles.house import House
from tests.rulefiles.test_runner import LONG
from tests.test_cli import run


async def test_status_tells_what_fires(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.write(LONG)
    await house.sees({"a": 60, "b": 60})
    await house.pass_time(60, {"a": 60, "b": 60})
    data = tmp_path / "data"
    async with open_ledger(data, fact_types()) as ledger:
        await ledger.append([row.fact for row in house.served.ledger.rows])
    said = run("status", "--data", str(data)).stdout
    assert "rule LongQueue: 2 firing  rules/web.yml:queues:LongQueue" in said
    told = json.loads(run("status", "--data", str(data), "--json").stdout)
    rule = {"rule": "rules/web.yml:queues:LongQueue", "alert": "LongQueue", "firing": 2, "active": 2}
    assert told["rule_alerts"] == [rule]
