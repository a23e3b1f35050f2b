"""opsguide.toml: what it means, what is wrong with it, what it does not bind."""

import re
from pathlib import Path

import msgspec
import pytest

from opsguide.guide.bindings import (
    Bindings,
    Channel,
    Database,
    EnvironmentBinding,
    Heartbeat,
    Layer,
    Limit,
    Override,
    Person,
    Rotation,
    Serve,
    Team,
    check_against,
    parse_limit,
    public,
    read_bindings,
    service_name,
    unbound,
)
from opsguide.guide.bindings.places import Path as KeyPath
from opsguide.guide.bindings.places import Place, Places
from tests.guide.made import FOUR, UPTIME, a_step, alert, an_environment, reading, severity

BAD = sorted((Path(__file__).parent / "bad").glob("*.toml"))

HARBOUR = """
service = "harbour"

[serve]
listen = "::1"
port = 9000

[environments.Production]
url = "http://127.0.0.1:8000/"
metrics = "http://127.0.0.1:8000/metrics"
every = "5s"
timeout = "250ms"
failures = 2
private = true

[signals]
error_rate = 'sum(rate(http_requests_total{status=~"5.."}[1m])) / sum(rate(http_requests_total[1m]))'

[severities]
Warning = "Medium"

[paging]
severities = ["Critical"]

[people.Ana]
name = "Ana Pop"
channels = ["ana-mail", "desk"]

[people.ion]

[teams.Core-Platform]
members = ["ana", "Ion"]

[channels]
ana-mail.url = "env:ANA_MAIL_URL"
desk = { url = "jsons://desk.example/hook" }

[heartbeat]
url = "file:secrets/heartbeat"

[limits]
"monitoring.objective.lock_contention" = "5"
"monitoring.objective.queue" = 7
"""

LATER = """
repository = "https://git.example/acme/harbour"
forge = "forgejo"
zone = "Europe/Bucharest"

[people.ana]
forge = "anapop"
chat = { slack = "U024BE7LH", matrix = "@ana:chat.example" }

[people.ion]
forge = "ion"

[teams."Network Team"]
members = ["ana", "ion"]

[rotations."network team"]
zone = "Europe/Bucharest"
holidays = [2026-12-25, "2027-01-01"]

[[rotations."network team".layers]]
members = ["ana", "ion"]
every = "2w"
handoff = 09:30:00
start = 2026-11-23

[[rotations."network team".layers]]
members = ["Ion"]
start = "2026-11-23"
days = ["SA", "SU"]
hours = "22:00 - 06:00"

[[rotations."network team".overrides]]
person = "ana"
start = 2026-12-24T09:00:00
end = "2026-12-25 09:00+02:00"

[environments.production]

[databases.main]
url = "env:DATABASE_URL"
environment = "Production"

[databases.cache]
url = "redis://cache.example/0"
kind = "redis"

[storage.backups]
url = "s3://shop-backups/production"
endpoint = "https://objects.example"
region = "eu-central-1"
access_key = "env:BACKUPS_KEY_ID"
secret_key = "file:secrets/backups"
"""
"""Keys that nothing uses yet."""


def good(text: str) -> Bindings:
    bindings, diagnostics = read_bindings(text)
    assert not diagnostics
    assert bindings is not None
    return bindings


class TestReading:
    def test_every_key_arrives_typed(self) -> None:
        bindings = good(HARBOUR)
        assert bindings.service == "harbour"
        assert bindings.serve == Serve(listen="::1", port=9000)
        assert bindings.environments == {
            "production": EnvironmentBinding(
                url="http://127.0.0.1:8000/",
                metrics="http://127.0.0.1:8000/metrics",
                every=5.0,
                timeout=0.25,
                failures=2,
                private=True,
            )
        }
        assert bindings.severities == {"warning": "medium"}
        assert bindings.paging.severities == ("critical",)
        assert bindings.people == {
            "ana": Person(name="Ana Pop", channels=("ana-mail", "desk")),
            "ion": Person(),
        }
        assert bindings.teams == {"core-platform": Team(members=("ana", "ion"))}
        assert bindings.channels["desk"] == Channel(url="jsons://desk.example/hook")
        assert bindings.heartbeat == Heartbeat(url="file:secrets/heartbeat", every=60.0)
        assert bindings.limits["monitoring.objective.lock_contention"] == Limit(text="5", count=5)
        assert bindings.limits["monitoring.objective.queue"] == Limit(text="7", count=7)

    def test_what_nothing_uses_yet_is_typed_and_said(self) -> None:
        bindings, told = read_bindings(LATER)
        assert bindings is not None
        assert bindings.repository == "https://git.example/acme/harbour"
        assert bindings.zone == "Europe/Bucharest"
        assert bindings.people["ana"].chat == {"slack": "U024BE7LH", "matrix": "@ana:chat.example"}
        assert bindings.rotations["network team"] == Rotation(
            zone="Europe/Bucharest",
            holidays=("2026-12-25", "2027-01-01"),
            layers=(
                Layer(members=("ana", "ion"), every="2w", handoff="09:30", start="2026-11-23"),
                Layer(members=("ion",), start="2026-11-23", days=("SA", "SU"), hours="22:00-06:00"),
            ),
            overrides=(Override(person="ana", start="2026-12-24T09:00:00", end="2026-12-25T09:00:00+02:00"),),
        )
        assert bindings.databases["main"] == Database(url="env:DATABASE_URL", environment="production")
        assert bindings.storage["backups"].secret_key == "file:secrets/backups"
        assert {(d.level, d.code) for d in told} == {("note", "not-used-yet")}
        assert [d.message.partition("` ")[0].strip("`") for d in told] == [
            *("repository", "forge", "people.ana.forge", "people.ana.chat"),
            "storage",
        ]

    def test_what_nothing_uses_yet_binds_nothing(self) -> None:
        guide = reading(*FOUR, alert("errors", "warning"), a_step("@core-platform"), UPTIME)
        bindings, _ = read_bindings(LATER)
        assert bindings is not None
        assert unbound(guide, bindings) == unbound(guide, Bindings())

    @pytest.mark.parametrize("text", ["", "\n", "# nothing yet\n"])
    def test_an_empty_file_binds_nothing(self, text: str) -> None:
        assert good(text) == Bindings()

    def test_a_service_without_a_name_is_called_by_the_guides_title(self) -> None:
        assert service_name(Bindings(), reading()) == "Harbour operations"
        assert service_name(Bindings(service="harbour"), reading()) == "harbour"
        assert service_name(Bindings(), msgspec.structs.replace(reading(), title=" ")) == "service"

    def test_expressions_are_read_as_the_engine_reads_them(self) -> None:
        written = r'sum(rate(http_requests_total{path=~`/v\d+`, host=~"\\Qshop.example\\E"}[5m]))'
        bound = good(f"[signals]\nerrors = '''{written}'''\n[scopes]\ncheckout = 'path=~`/pay/\\d+`'\n")
        assert bound.signals["errors"] == written
        assert bound.scopes == {"checkout": r"path=~`/pay/\d+`"}

    def test_an_expression_without_end_is_refused_and_ends_nothing(self) -> None:
        bindings, (told,) = read_bindings(f"[signals]\nerrors = '{'(' * 9_000}up{')' * 9_000}'\n")
        assert bindings is None
        assert (told.code, told.line) == ("bad-promql", 2)
        assert "nests deeper than 50" in told.message

    def test_bindings_survive_json_as_on_the_ledger(self) -> None:
        bindings = good(HARBOUR)
        assert msgspec.json.decode(msgspec.json.encode(bindings), type=Bindings) == bindings


def expected(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^# (\w+): (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE))


class TestMistakes:
    @pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
    def test_one_mistake_gives_one_error_at_its_place_with_a_way_out(self, path: Path) -> None:
        bindings, diagnostics = read_bindings(path.read_text(encoding="utf-8"))
        assert bindings is None
        told = [
            {"at": f"{d.line}:{d.column}", "code": d.code, "message": d.message, "hint": d.hint}
            for d in diagnostics
            if d.level != "note"
        ]
        assert told == [expected(path)]

    def test_labels_of_a_remote_engine_that_nobody_asks_are_a_warning(self) -> None:
        text = "[environments.production]\nmatch = 'env=\"prod\"'\n"
        bindings, (told,) = read_bindings(text)
        assert bindings is not None
        assert (told.level, told.code, told.line) == ("warning", "not-asked", 2)
        remote = '[telemetry]\nsource = "prometheus"\nurl = "https://metrics.example/prometheus/"\n'
        bound = good(text + remote)
        assert bound.telemetry.url == "https://metrics.example/prometheus"
        assert bound.environments["production"].match == 'env="prod"'
        shown = public(bound).telemetry
        assert (shown.source, shown.url) == ("prometheus", "withheld")

    def test_all_errors_are_told_at_once_in_the_order_of_the_text(self) -> None:
        text = "servce = 1\nzone = 'Nowhere'\n[serve]\nport = true\n[people.ana]\nchannels = ['x', 'y', 3]\n"
        _, diagnostics = read_bindings(text)
        assert [(d.line, d.code) for d in diagnostics if d.level == "error"] == [
            (1, "unknown-key"),
            (2, "unknown-zone"),
            (4, "wrong-type"),
            (6, "unknown-channel"),
            (6, "unknown-channel"),
            (6, "wrong-type"),
        ]

    def test_a_reference_to_an_entry_with_a_mistake_is_no_second_mistake(self) -> None:
        text = (
            "[people.ana]\nchannels = ['desk']\n[channels.desk]\nurl = 5\n[teams.core]\nmembers = ['ana']\n"
        )
        _, diagnostics = read_bindings(text)
        assert [diagnostic.code for diagnostic in diagnostics] == ["wrong-type"]

    @pytest.mark.parametrize(
        "text",
        [
            "a = " + "[" * 50_000,
            "a = " + "{a=" * 50_000,
            "a" + ".a" * 5_000 + " = 1",
            "\0\0\0",
            "[",
            '"',
            'x = """',
            "= 1",
            "[a]\n[a]",
            "[[people]]\n[[people]]",
            "[people]\nana = 3\n'' = {}\n",
            "x = " + "9" * 5_000,
            "x = 2026-11-23T03:00:00Z\r\ny = 07:32:00 # no\r\n",
        ],
        ids=lambda text: text[:12],
    )
    def test_no_text_crashes_it(self, text: str) -> None:
        bindings, diagnostics = read_bindings(text)
        assert bindings is None
        assert all(diagnostic.line >= 1 and diagnostic.column >= 1 for diagnostic in diagnostics)

    def test_a_file_that_is_too_large_is_refused_unread(self) -> None:
        _, diagnostics = read_bindings("# " + "x" * 1_000_000)
        assert [diagnostic.code for diagnostic in diagnostics] == ["unusable"]

    def test_messages_never_repeat_a_secret(self) -> None:
        for path in BAD:
            _, diagnostics = read_bindings(path.read_text(encoding="utf-8"))
            assert not [d for d in diagnostics if "correct" in d.message + d.hint]


class TestPlaces:
    def test_keys_and_values_are_found_where_they_stand(self) -> None:
        text = 'a.b = [1, "x,]", { c = 3 }]  # [a]\n["q.r".s]\nd = """\nlong""" \n[[t]]\ne = 1979-05-27 07:32:00\n'
        places = Places(text)
        assert places.key(("a", "b")) == Place(1, 3, 4)
        assert places.value(("a", "b", 1)) == Place(1, 11, 16)
        assert places.key(("a", "b", 2, "c")) == Place(1, 20, 21)
        assert places.key(("q.r", "s")) == Place(2, 8, 9)
        assert places.value(("q.r", "s", "d")) == Place(3, 5, 8)
        assert places.value(("t", 0, "e")) == Place(6, 5, 24)

    def test_tables_of_an_array_are_told_apart(self) -> None:
        text = "[[a.b]]\nx = 1\n[[a.b]]\nx = 2\n[a.b.c]\nx = 3\n[[a.b.d]]\nx = 4\n[[a.b.d]]\nx = 5\n[[a.b]]\nx = 6\n"
        places = Places(text)
        paths: list[KeyPath] = [("a", "b", 0, "x"), ("a", "b", 1, "x"), ("a", "b", 1, "c", "x")]
        paths += [("a", "b", 1, "d", 0, "x"), ("a", "b", 1, "d", 1, "x"), ("a", "b", 2, "x")]
        assert [places.value(path).line for path in paths] == [2, 4, 6, 8, 10, 12]

    def test_what_is_not_there_stands_where_its_table_does(self) -> None:
        assert Places("\n[serve]\n").value(("serve", "port")) == Place(2, 2, 7)
        assert Places("").key(("serve",)) == Place(1, 1, 1)


class TestLimits:
    @pytest.mark.parametrize(
        ("text", "limit"),
        [
            ("5", Limit(text="5", count=5)),
            ("80%", Limit(text="80%", ratio=0.8)),
            ("< 200ms", Limit(text="< 200ms", op="<", seconds=0.2)),
            (">=1.5h", Limit(text=">=1.5h", op=">=", seconds=5400)),
            ("2GiB", Limit(text="2GiB", bytes=2 * 2**30)),
            ("3 MB", Limit(text="3 MB", bytes=3_000_000)),
        ],
    )
    def test_an_operator_a_number_a_unit(self, text: str, limit: Limit) -> None:
        assert parse_limit(text) == limit

    @pytest.mark.parametrize("text", ["", "few", "5 parsecs", "-1", "1e3", "5 5", "%", "=> 5"])
    def test_anything_else_is_no_limit(self, text: str) -> None:
        assert parse_limit(text) is None


class TestPublic:
    def test_names_and_addresses_stay_out(self) -> None:
        shown = msgspec.json.encode(public(good(HARBOUR))).decode()
        later, _ = read_bindings(LATER)
        assert later is not None
        for private in (
            "anapop",
            "U024BE7LH",
            "git.example",
            "DATABASE_URL",
            "cache.example",
            "shop-backups",
        ):
            assert private not in msgspec.json.encode(public(later)).decode()
        for private in ("Ana Pop", "127.0.0.1:8000", "desk.example", "ANA_MAIL_URL", "secrets/heartbeat"):
            assert private not in shown

    def test_what_is_bound_and_what_is_not_stays_to_be_seen(self) -> None:
        bindings = good(HARBOUR + "\n[environments.staging]\n")
        guide = reading(*FOUR, alert("errors", "warning"), a_step("@core-platform"), UPTIME)
        assert unbound(guide, public(bindings)) == unbound(guide, bindings)
        assert public(public(bindings)) == public(bindings)
        assert public(bindings).environments["staging"].url is None


class TestAgainstTheGuide:
    def told(self, text: str) -> list[tuple[str, int, str, str]]:
        guide = reading(*FOUR, alert("errors", "warning"), an_environment("Production"))
        found = check_against(guide, good(text), text=text)
        return [(d.level, d.line, d.message, d.hint) for d in found]

    def test_words_and_promises_that_the_guide_does_not_have(self) -> None:
        text = (
            '[severities]\nwarning = "meduim"\n[paging]\nseverities = ["critical", "sev1"]\n'
            '[limits]\n"monitoring.alert.error" = "5"\n[environments.prodction]\n'
        )
        assert self.told(text) == [
            ("error", 2, "the guide has no severity `meduim`", "did you mean `medium`?"),
            (
                "error",
                4,
                "the guide has no severity `sev1`",
                "the guide has `critical`, `high`, `medium`, `low`",
            ),
            (
                "error",
                6,
                "the guide has no promise `monitoring.alert.error`",
                "did you mean `monitoring.alert.errors`?",
            ),
            ("warning", 7, "the guide has no environment `prodction`", "did you mean `production`?"),
        ]

    def test_what_fits_is_not_mentioned(self) -> None:
        assert not self.told(
            '[severities]\nwarning = "Medium"\n[paging]\nseverities = ["warning", "high"]\n[environments.blue]\n'
        )

    def test_a_severity_goes_by_its_code_or_its_label(self) -> None:
        guide = reading(severity("sev-1", 1, "Critical"))
        bindings = Bindings(severities={"warning": "critical", "page": "sev-1"})
        assert not check_against(guide, bindings)
