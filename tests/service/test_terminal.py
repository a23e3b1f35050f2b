"""An incident from its first line to its post-mortem, and what stands around it, typed beside a real service."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from opsguide.cli import app
from tests.service.scene import Opsguide, Phone, Target, eventually

pytestmark = pytest.mark.slow

MORE = """
[people.bogdan]
channels = ["phone", "dead"]
[channels.dead]
url = "json://127.0.0.1:9/nobody"
[[rotations.core-platform.layers]]
members = ["ana"]
start = 2026-11-16
every = "1w"
"""


@pytest.fixture
def ops(tmp_path: Path, target: Target, phone: Phone) -> Iterator[Opsguide]:
    made = Opsguide(tmp_path, target, phone)
    made.bindings.write_text(made.bindings.read_text() + MORE)
    made.start()
    yield made
    made.stop()


class Terminal:
    """What somebody types and reads; every command but the one expected to fail ends well."""

    def __init__(self, ops: Opsguide) -> None:
        self.data = str(ops.data)

    def types(self, *words: str, fails: bool = False) -> str:
        result = CliRunner().invoke(app, [*words, "--data", self.data])
        said = result.output + (str(result.exception) if result.exception is not None else "")
        assert (result.exit_code != 0) is fails, (words, said)
        return said

    def acts(self, *words: str, who: str = "ana", fails: bool = False) -> str:
        return self.types(*words, "--as", who, fails=fails)


def test_an_incident_is_worked_on_from_the_first_line_to_its_post_mortem(ops: Opsguide, phone: Phone) -> None:
    terminal = Terminal(ops)
    acts, types = terminal.acts, terminal.types
    assert "needs a severity" in acts("incidents", "open", "Orders are gone", fails=True)
    said = acts(
        "incidents", "open", "Orders are gone", "--condition", "data_loss", "--reason", "the table is empty"
    )
    assert said == "INC-1 is open as critical.\n"
    eventually(lambda: phone.rang, "the phone rings")
    assert "INC-1 is yours" in acts("ack", "inc-1")
    assert "was acknowledged by ana" in acts("ack", "INC-1", who="bogdan", fails=True)
    assert "INC-1 is high" in acts("incidents", "severity", "INC-1", "high", "--reason", "only of today")
    assert "bogdan is the scribe" in acts("incidents", "role", "INC-1", "scribe", "bogdan")
    assert "Nobody is the scribe" in acts("incidents", "role", "INC-1", "scribe")
    assert "Note added to INC-1" in acts("incidents", "note", "INC-1", "the backup of 3 o'clock has them")
    update = acts("incidents", "update", "INC-1", "We restore.", "--phase", "identified", "--public")
    assert "Public update of INC-1 published: identified" in update
    entry = str(ops.facts("incident.updated")[0]["seq"])
    assert f"Update #{entry} of INC-1 corrected" in acts(
        "incidents", "correct", "INC-1", entry, "We restored."
    )
    assert "says that already" in acts("incidents", "correct", "INC-1", entry, "We restored.", fails=True)
    assert "INC-1 is nobody's" in acts("incidents", "unack", "INC-1", "--reason", "I have to leave")
    assert "Task 1 of INC-1" in acts(
        "incidents", "task", "INC-1", "a lock on drop", "--owner", "bogdan", "--due", "2030-01-31"
    )
    listed = types("incidents", "tasks")
    assert "INC-1 1  until 2030-01-31" in listed
    assert "a lock on drop" in listed
    assert "INC-1 is resolved" in acts("resolve", "INC-1", "--note", "restored")
    assert "INC-1 is open again" in acts("incidents", "reopen", "INC-1", "--reason", "two are missing")
    acts("incidents", "open", "Invoices are gone", "--severity", "high", who="bogdan")
    assert "INC-2 goes on in INC-1" in acts("incidents", "merge", "INC-2", "inc-1")
    assert "INC-1 is resolved" in acts("resolve", "INC-1")
    assert "Task 1 of INC-1 is done" in acts("incidents", "done", "INC-1", "1")
    assert types("incidents", "tasks") == "Nothing is to be done.\n"
    exported = types("incidents", "export", "INC-1")
    for line in (
        "# INC-1: Orders are gone",
        "- **Severity**: high (was critical)",
        "defines critical as “System down, data loss, security breach”",
        "the backup of 3 o'clock has them",
        "We restore.",
        "I have to leave",
        "two are missing",
    ):
        assert line in exported
    file = ops.folder / "inc-1.md"
    assert f"INC-1 is written to {file}" in types("incidents", "export", "INC-1", "--output", str(file))
    assert file.read_text().startswith("# INC-1: Orders are gone")
    assert "INC-1 wants a post-mortem" in acts(
        "incidents", "postmortem", "INC-1", "--require", "we lost orders"
    )
    draft = types("incidents", "postmortem", "INC-1")
    assert draft.startswith("# Post-mortem of INC-1: Orders are gone")
    assert "- [x] a lock on drop (bogdan), until 2030-01-31" in draft
    assert "nobody wrote anything yet" in acts("incidents", "postmortem", "INC-1", "--publish", fails=True)
    told = types("explain", "INC-1")
    assert "Opened as critical" in told
    assert "Resolved" in told


def test_what_stands_around_incidents_is_typed_as_well(ops: Opsguide, phone: Phone) -> None:
    terminal = Terminal(ops)
    acts, types = terminal.acts, terminal.types

    assert "phone  ana, bogdan, carmen  never used" in types("channels", "list")
    assert "phone took it within" in acts("channels", "test", "phone")
    assert len(phone.rang) == 1
    assert "dead did not take it" in acts("channels", "test", "dead", fails=True)
    listed = types("channels", "list")
    assert re.search(r"^phone .* works, last ", listed, re.MULTILINE)
    assert re.search(r"^dead .* 1 in a row", listed, re.MULTILINE)

    assert "core-platform: ana" in types("oncall", "who")
    assert "core-platform, times in" in types("oncall", "next")
    assert "Nothing was changed" in acts("oncall", "override", "bogdan", "--for", "2h", "--dry-run")
    assert types("oncall", "list") == "No override, no swap.\n"
    assert "OVR-1" in acts("oncall", "override", "bogdan", "--for", "2h", "--reason", "dentist")
    assert "core-platform: bogdan" in types("oncall", "who")
    assert "OVR-1 is withdrawn" in acts("oncall", "withdraw", "OVR-1")
    assert "core-platform: ana" in types("oncall", "who")
    assert "on call" in types("oncall", "load")

    silence = acts("silence", "add", 'alert="slow"', "--for", "1h", "--reason", "we know")
    assert "SIL-1 silences" in silence
    assert "ana: we know" in types("silence", "list")
    assert "SIL-1 is over" in acts("silence", "end", "sil-1")
    assert types("silence", "list") == "No silence is in force.\n"

    day = f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}"
    made = acts("maintenance", "announce", "new disks", "--start", f"{day}T02:00Z", "--for", "2h")
    assert f"MNT-1 is announced: {day} 02:00 to 04:00 UTC" in made
    assert "new disks" in types("maintenance", "list")
    assert "MNT-1 does not take place" in acts("maintenance", "cancel", "mnt-1")

    assert "1.4.2 went to production" in acts("deploy", "announce", "production", "1.4.2")
    assert "production  1.4.2  ana" in types("deploy", "list")

    assert "no account yet" in types("users", "list")
    added = types("users", "add", "carmen", "--role", "responder", "--person", "bogdan")
    assert "carmen is responder" in added
    assert "counts once, for three days" in added
    assert "carmen is operator now" in types("users", "role", "carmen", "operator")
    assert "carmen" in types("users", "list")
    assert "no token yet" in types("tokens", "list")
    made = types("tokens", "make", "Grafana", "--scope", "read", "--for", "carmen")
    (token,) = re.findall(r"(\S+) counts until", made)
    assert token in types("tokens", "list")
    assert f"{token} is revoked" in types("tokens", "revoke", token)
    assert "no token yet" in types("tokens", "list")
    assert "carmen is disabled" in types("users", "disable", "carmen")
    assert "carmen is enabled" in types("users", "enable", "carmen")
    assert "counts once" in types("users", "reset", "carmen")
    assert "carmen is erased" in types("users", "delete", "carmen", "--yes")
    assert "no account yet" in types("users", "list")
