"""Alertmanager's configuration: inhibitions, routes, receivers, time intervals."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsguide.guide.bindings import Bindings
from opsguide.importers import alertmanager
from opsguide.importers.draft import Draft
from opsguide.importers.model import Found
from opsguide.incidents.grouping import group_of
from opsguide.kernel.errors import ImportFailed
from opsguide.kernel.matching import fulfils, parse_matcher
from tests.importers.house import NOW, drafted, on_duty, texts

CONFIG = """\
global:
  slack_api_url: https://hooks.slack.example/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnl
  smtp_auth_password: correct-horse
route:
  receiver: default
  group_wait: 30s
  repeat_interval: 4h
  group_by: [cluster, alertname]
  routes:
    - receiver: database-pager
      matchers: [ 'service=~"mysql|cassandra"', foo != bar ]
      routes:
        - match: { severity: info }
          receiver: "null"
    - receiver: frontend-pager
      group_by: [product, environment]
      matchers:
        - '{team="frontend", text="a, \\"b\\""}'
      active_time_intervals: [office]
      continue: true
    - receiver: night-desk
      match_re: { service: "in.*" }
      group_by: ["..."]
      mute_time_intervals: [office, holidays]
receivers:
  - name: default
    email_configs: [{ to: ops@harbour.example, auth_password: correct-horse }]
  - name: database-pager
    pagerduty_configs: [{ routing_key: 0123456789abcdef0123456789abcdef }]
    slack_configs: [{ channel: "#db", api_url_file: /run/slack }]
  - name: frontend-pager
    webhook_configs: [{ url: "https://x.example/hook?token=abc123def456" }]
  - name: night-desk
    telegram_configs: [{ bot_token: "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", chat_id: -1 }]
  - name: "null"
inhibit_rules:
  - source_matchers: [severity="critical"]
    target_matchers: [severity=~"warning|info"]
    equal: [cluster, alertname]
  - source_match: { alertname: ClusterDown }
    target_match_re: { service: ".+" }
time_intervals:
  - name: office
    time_intervals:
      - times: [{ start_time: "09:00", end_time: "17:00" }]
        weekdays: ["monday:friday"]
        location: Europe/Bucharest
mute_time_intervals:
  - name: holidays
    time_intervals: [{ months: ["december"], days_of_month: ["25", "26"] }]
"""


SEVERITIES = """
[severities]
critical = "critical"
warning = "medium"
"""


def imported(text: str) -> tuple[Found, Draft, Bindings]:
    found = alertmanager.read({"alertmanager.yml": text}, NOW)
    return found, *drafted(found, SEVERITIES)


def test_inhibitions_are_the_same_for_alerts_of_prometheus() -> None:
    _, _, bindings = imported(CONFIG)
    first, second = bindings.incidents.inhibit
    assert first.source == ('alertname!=""', 'severity="critical"')
    assert first.target == ('alertname!=""', 'severity=~"medium|info"'), (
        "in the guide's words, where they are known"
    )
    assert first.equal == ("cluster", "alertname")
    assert second.source == ('alertname="ClusterDown"',)
    assert second.target == ('alertname!=""', 'service=~".+"')


def test_an_alert_is_grouped_as_its_route_says_and_the_guides_own_never() -> None:
    _, _, bindings = imported(CONFIG)
    groups = bindings.incidents.group
    assert [group.by for group in groups] == [
        ("cluster", "alertname"),
        ("cluster", "alertname"),
        ("product", "environment"),
        ("cluster", "alertname"),
    ]
    frontend = {"alertname": "Slow", "team": "frontend", "text": 'a, "b"', "product": "shop"}
    assert group_of(groups, frontend, "high") == 'group 3, high, environment="", product="shop"'
    assert group_of(groups, {"alertname": "Slow", "cluster": "eu"}, "high").startswith("group 4")
    assert group_of(groups, {"kind": "alert", "alert": "slow_response_time"}, "high") == ""


def test_receivers_become_teams_that_a_route_may_name_and_no_secret_comes_along() -> None:
    found, draft, bindings = imported(CONFIG)
    assert {*bindings.teams} == {"default", "database-pager", "frontend-pager", "night-desk"}
    assert bindings.people["default-desk"].channels == ("default-desk-mail",)
    assert bindings.channels["database-pager-desk-chat"].url == "env:DATABASE_PAGER_DESK_CHAT"
    assert "# mailtos://USER:PASSWORD@SMTP-SERVER?to=ops@harbour.example" in draft.text
    for secret in ("correct-horse", "TIiajkdnl", "abc123def456", "0123456789abcdef", "AAHdqTcv"):
        assert secret not in draft.text
        assert secret not in str(found.notes)


def test_a_receiver_is_told_in_the_times_of_its_routes() -> None:
    _, _, bindings = imported(CONFIG)
    asked = [
        datetime.fromisoformat(f"2026-12-{at}:00+00:00")
        for at in ("01T06", "01T07", "01T14", "01T15", "05T10")
    ]
    told = {team: [on_duty(bindings, team, at) is not None for at in asked] for team in bindings.rotations}
    assert told["frontend-pager"] == [False, True, True, False, False]
    assert told["night-desk"] == [True, False, False, True, True]
    assert "default" not in told, "who is always told needs no rotation"


def test_what_has_no_equal_is_said() -> None:
    found, draft, _ = imported(CONFIG)
    said = "\n".join(texts(found, draft, "missing"))
    for part in (
        "route of line 5: group_wait 30s, repeat_interval 4h: here the guide's clocks and delays say when",
        "route of line 15: `continue`",
        'route of line 10: sent service=~"mysql|cassandra", foo!="bar" to database-pager: say in the guide',
        "receiver database-pager: goes to PagerDuty, whose work is done here now",
        "time interval holidays: depends on days_of_month and months",
    ):
        assert part in said
    assert dict.fromkeys(texts(found, draft, "approximated")) == dict.fromkeys(
        [
            "route of line 21: groups by all labels, which is no grouping: "
            "here a later group may still take its alerts",
            "severity info: is matched as it is, and no severity of the guide: "
            "write `[severities]`, or name the guide",
        ]
    )


NAMES = ("alertname", "severity", "team")
VALUES = ("", "Down", "critical", "web")
MATCHERS = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.sampled_from(["=", "!=", "=~", "!~"]),
        st.sampled_from([*VALUES, "web|Down"]),
    ),
    max_size=2,
)
Tree = tuple[list[tuple[str, str, str]], str, list["Tree"]]
A_ROUTE: st.SearchStrategy[Tree] = st.recursive(
    st.tuples(MATCHERS, st.sampled_from(NAMES), st.just([])),
    lambda children: st.tuples(MATCHERS, st.sampled_from(NAMES), st.lists(children, max_size=3)),
    max_leaves=8,
)


def written(tree: Tree, indent: str = "") -> str:
    matchers, by, children = tree
    lines = [f"{indent}  group_by: [{by}]", f"{indent}  matchers:"]
    lines += [f"{indent}    - '{name}{op}\"{value}\"'" for name, op, value in matchers]
    lines += [f"{indent}  routes:"] + [
        f"{indent}    -\n{written(child, indent + '    ')}" for child in children
    ]
    return "\n".join(lines)


def chosen(tree: Tree, labels: dict[str, str]) -> str | None:
    """What Alertmanager groups this alert by: that of the deepest first match."""
    matchers, by, children = tree
    if not fulfils((parse_matcher(f'{name}{op}"{value}"') for name, op, value in matchers), labels):
        return None
    return next((found for child in children if (found := chosen(child, labels)) is not None), by)


@given(
    children=st.lists(A_ROUTE, max_size=4),
    values=st.tuples(st.sampled_from(VALUES[1:]), *2 * [st.sampled_from(VALUES)]),
)
def test_every_alert_is_grouped_as_the_tree_of_routes_groups_it(
    children: list[Tree], values: tuple[str, ...]
) -> None:
    root: Tree = ([], "team", children)
    labels = dict(zip(NAMES, values, strict=True))
    found = alertmanager.read(
        {"a.yml": f"route:\n{written(root)}\n  receiver: x\nreceivers: [{{name: x}}]\n"}, NOW
    )
    first = next(one for one in found.groups if fulfils(map(parse_matcher, one.match), labels))
    assert first.by == (chosen(root, labels),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("route: [", "alertmanager.yml:1: this is no YAML"),
        ("groups: []\n", "alertmanager.yml:1: there is no `route`"),
        ("route:\n  matchers:\n    - severity\n", "alertmanager.yml:3: `severity` is no matcher"),
        ("route:\n  match_re: { a: '(' }\n", "alertmanager.yml:2: bad regular expression"),
        (
            "route: {}\ninhibit_rules:\n  - equal: [a]\n",
            "alertmanager.yml:3: the inhibition has no source matchers",
        ),
        (
            "route: {}\ntime_intervals:\n  - name: a\n    time_intervals:\n      - weekdays: [someday]\n",
            "alertmanager.yml:5: `someday` is no weekday",
        ),
        (
            "route: {}\ntime_intervals:\n  - time_intervals:\n      - times: [{start_time: '9', end_time: '10:00'}]\n",
            "alertmanager.yml:4: `start_time` cannot be `9`",
        ),
        ("a: &a [*a]\nroute: *a\n", "alertmanager.yml:1: "),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, said: str) -> None:
    with pytest.raises(ImportFailed) as refused:
        alertmanager.read({"alertmanager.yml": text}, NOW)
    assert str(refused.value).startswith(said)
