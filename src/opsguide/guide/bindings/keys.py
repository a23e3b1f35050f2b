"""Every key of opsguide.toml: how it is read, and what it is for. The reader, the schema and `init` all use this table.

The meanings stand word for word in docs/reference/bindings.md, too (a test holds that).
"""

from typing import Any

from ...kernel.calendar import WEEK
from . import fields, moments, probing_keys, status_keys, urls
from .drilling import Drills, DrillTimes
from .lab_keys import LAB
from .model import (
    Bindings,
    BurnRate,
    Channel,
    Database,
    EnvironmentBinding,
    Group,
    Heartbeat,
    Incidents,
    Inhibit,
    Layer,
    Maintenance,
    Monitoring,
    Notify,
    ObjectiveBinding,
    OnCall,
    Override,
    Paging,
    Person,
    Postmortems,
    Rotation,
    Serve,
    Source,
    SourceMap,
    Storage,
    Team,
    TelemetryBinding,
    Vitals,
)
from .shapes import Field, each, either, several, table

FORGES = ("github", "gitlab", "gitea", "forgejo", "bitbucket")
DATABASES = ("postgresql", "mysql", "mongodb", "redis")
SOURCES = ("alertmanager", "grafana", "pagerduty", "cloudevents", "json")
_CHATS = (
    "slack",
    "teams",
    "discord",
    "telegram",
    "matrix",
    "mattermost",
    "rocketchat",
    "zulip",
    "googlechat",
)

_APPRISE = "an Apprise URL such as `mailto://ana@example.com` or `jsons://desk.example/hook`"
_PING = "an http(s) URL"
_DATABASE = "a URL without a password such as `postgresql://watcher@db.example/shop`"
_POOLER = "a URL without a password such as `postgresql://stats@db.example:6432/pgbouncer`"
_DATABASE_SCHEMES = ("postgresql", "postgres", "mysql", "mariadb", "mongodb", "redis", "rediss")

_SERVE: dict[str, Field[Any]] = {
    "listen": fields.address.means(
        "where the console listens: an address of this machine, `0.0.0.0` for all"
    ),
    "port": fields.whole(0, 65_535).means("0 takes any free port"),
    "url": urls.origin.means(
        "the address that people open, where a proxy stands before it: links lead there, and its name is answered to"
    ),
    "trusted_proxies": several(fields.network).means(
        "addresses or networks of proxies that are believed for whom they ask, and whether encrypted"
    ),
}
_ENVIRONMENT: dict[str, Field[Any]] = {
    "url": urls.web_url.means("probed: status, latency, certificate"),
    "metrics": urls.web_url.means("scraped, as OpenMetrics or in Prometheus' text format"),
    "targets": fields.text.means(
        "the path of a file of targets to scrape, as Prometheus' `file_sd_configs` reads it"
    ),
    "access_log": fields.text.means("the path of a web server's access log, followed over rotation"),
    "pushed": fields.flag.means(
        "its metrics are sent here (OTLP, remote_write, a log shipper), so nothing is scraped"
    ),
    "every": fields.duration.means("how often, all of them"),
    "timeout": fields.duration.means("an answer that takes longer is a failed probe"),
    "failures": fields.whole(1, 100).means('failed probes in a row that mean "system down"'),
    "private": fields.flag.means("loopback and private addresses are allowed"),
    "authority": urls.reference.means(
        "a certificate (PEM) to trust, where its servers are signed by an authority of your own"
    ),
    "match": fields.matchers.means(
        'its series in a remote engine, by their labels; where it is left out, `environment="NAME"`'
    ),
}
_TELEMETRY: dict[str, Field[Any]] = {
    "source": fields.choice("embedded", "prometheus").means("which engine answers PromQL"),
    "url": urls.api_url.means("the Prometheus-compatible engine, with its path prefix"),
    "write": urls.write_url.means("opsguide's own samples are sent there too, by remote_write"),
    "user": fields.text.means("for basic authentication"),
    "password": urls.reference.means("where to find the user's password"),
    "token": urls.reference.means("where to find a bearer token"),
    "tenant": fields.tenant.means("sent as `X-Scope-OrgID`"),
    "headers": each(urls.reference.means("where to find the value of this header")),
    "authority": urls.reference.means(
        "a certificate (PEM) to trust, where the engine is signed by an authority of your own"
    ),
    "certificate": urls.reference.means("a client certificate and its key (PEM), one after the other"),
    "timeout": fields.duration.means("what is asked together is answered within it, or the engine is away"),
    "every": fields.duration.means("how often the engine is asked"),
    "window": fields.duration.means(
        "the rate window of built-in signals: at least four scrapes of the engine"
    ),
    "private": fields.flag.means("loopback and private addresses are allowed"),
    "rules": several(fields.text).means(
        "Prometheus rule files, by their paths beside this file; `*` stands for any name"
    ),
}
_BURN_RATE: dict[str, Field[Any]] = {
    "long": fields.durations(90).means("over how long the budget is looked at"),
    "short": fields.durations(90).means(
        "and over how long at the end of that, so that it is over when it is over"
    ),
    "factor": fields.number(0.1, 1_000_000).means("how many times faster than it lasts"),
    "pages": fields.flag.means("pages people; else it makes a ticket"),
}
_MONITORING: dict[str, Field[Any]] = {
    "no_data_after": fields.duration.means(
        "a signal that has no value, or a rule of a rule file that cannot be evaluated, for so long opens an incident"
    ),
    "no_data_severity": fields.name.means("the severity of that incident"),
    "normal_traffic": fields.number(0, 1_000_000).means(
        "requests a second from which on traffic is normal: below, a limit for normal traffic is not judged"
    ),
    "burn_rates": several(table(BurnRate, _BURN_RATE)).means("from which speed on a budget burns"),
    "page_severity": fields.name.means("the severity of a budget that burns fast"),
    "ticket_severity": fields.name.means("the severity of a budget that burns slowly"),
}
_OBJECTIVE: dict[str, Field[Any]] = {
    "window": moments.period.means("the period that it is measured over, where the guide names none"),
    "count": fields.choice("time", "requests").means("what is counted: time up, or requests that succeed"),
}
_MAP: dict[str, Field[Any]] = {
    "each": fields.jmespath.means("a list in it, each entry a trouble of its own"),
    "key": fields.jmespath.means("what tells one trouble from another, the same when it is over"),
    "title": fields.jmespath.means("what it is called"),
    "reason": fields.jmespath.means("why it is told"),
    "state": fields.jmespath.means("a word that says whether it is over"),
    "over": several(fields.text).means(
        "the words of `state` that say so; none: `resolved`, `ok` and their like"
    ),
    "severity": fields.jmespath.means("how bad it is, in a word of the guide or of `[severities]`"),
    "condition": fields.jmespath.means(
        "what is so: `system_down`, `degraded`, `data_loss` or `security_breach`; another word says nothing"
    ),
    "labels": fields.jmespath.means("an object whose entries become labels"),
    "runbook": fields.jmespath.means("the address of what to do"),
}
_SOURCE: dict[str, Field[Any]] = {
    "kind": fields.choice(*SOURCES).means("the form in which it sends"),
    "secret": urls.reference.means("where to find the secret that it carries or signs with"),
    "environment": fields.name.means("the environment that its alerts are about"),
    "severity": fields.name.means("for alerts that bring none"),
    "silent_after": fields.duration_or_off.means("nothing heard for so long opens an incident; `off`: never"),
    "deliveries_per_minute": fields.whole(1, 1_000_000).means(
        "more are refused (429), and the sender tries again"
    ),
    "map": table(SourceMap, _MAP),
}
_GROUP: dict[str, Field[Any]] = {
    "match": several(fields.matcher).means("label matchers: these alerts, all where it is left out"),
    "by": several(fields.text).means("labels in which they have to be alike; none: all are one"),
}
_INHIBIT: dict[str, Field[Any]] = {
    "source": several(fields.matcher, at_least_one="name what mutes").means("label matchers of what mutes"),
    "target": several(fields.matcher, at_least_one="name what is muted").means(
        "label matchers of what is muted meanwhile"
    ),
    "equal": several(fields.text).means("labels in which both have to be alike"),
}
_POSTMORTEM: dict[str, Field[Any]] = {
    "reviewers": several(fields.name).means(
        "people, one of whom signs for a post-mortem that another one published; where the guide names nobody"
    ),
}
_INCIDENTS: dict[str, Field[Any]] = {
    "settle": fields.duration.means("how long what opened an incident is over before it is resolved"),
    "reopen_within": fields.duration_or_off.means(
        "the same again so soon after its end reopens the incident; `off`: never"
    ),
    "warn_at": several(fields.whole(1, 99)).means(
        "per cent of a clock used up at which whoever has the incident is told; `[]`: never"
    ),
    "group": several(table(Group, _GROUP), unique=False).means("alerts that become one incident"),
    "inhibit": several(table(Inhibit, _INHIBIT), unique=False).means("incidents that mute others"),
    "postmortem": table(Postmortems, _POSTMORTEM),
}
_NOTIFY: dict[str, Field[Any]] = {
    "channel": fields.text.means("what goes through"),
    "after": fields.duration.means("so long after the page, if nobody acknowledged; else at once"),
    "severities": several(fields.name).means("only of these"),
    "hours": moments.hours.means("only in these hours of the bindings' zone"),
}
_PERSON: dict[str, Field[Any]] = {
    "name": fields.text.means("shown in pages and on the console"),
    "mail": fields.text.means("by which entries of calendars mean them"),
    "zone": fields.zone.means("where they sleep: for the nights of the load report, and their calendar"),
    "channels": several(fields.text).means(
        "told all at once, unless rules say otherwise; the console's inbox always as well"
    ),
    "notify": several(table(Notify, _NOTIFY), unique=False).means("which channel when"),
    "forge": fields.text.means("the login at the service's forge"),
    "chat": each(fields.text.means("the member id there"), among=_CHATS),
}
_LAYER: dict[str, Field[Any]] = {
    "members": several(fields.name, unique=False, at_least_one="name at least one person").means(
        "people who take turns, in this order; one may have several"
    ),
    "every": moments.cadence.means("how long a turn is: hours, days or weeks"),
    "handoff": moments.time_of_day.means("when one hands over to the next"),
    "start": moments.day.means("the day of the first hand-off"),
    "days": several(fields.choice(*WEEK)).means("covers only these days: `MO` to `SU`"),
    "hours": moments.hours.means("covers only these hours of a day"),
    "zone": fields.zone.means("of this layer's hand-offs and hours, for teams that follow the sun"),
    "since": moments.moment.means("covers nothing before it"),
    "until": moments.moment.means("covers nothing from then on"),
}
_OVERRIDE: dict[str, Field[Any]] = {
    "person": fields.name.means("who is on call, whatever the layers say"),
    "start": moments.moment.means("from when on"),
    "end": moments.moment.means("until when"),
    "replaces": fields.name.means("only in the turns of this person"),
}
_ROTATION: dict[str, Field[Any]] = {
    "zone": fields.zone.means("for its hand-offs and hours"),
    "layers": several(
        table(Layer, _LAYER), unique=False, at_least_one="add a layer, or delete the rotation"
    ).means("the last one that covers an instant decides"),
    "calendar": urls.calendar.means(
        "an iCalendar file whose entries go before the layers: its URL, or its path beside this file"
    ),
    "overrides": several(table(Override, _OVERRIDE), unique=False).means("swaps and stand-ins"),
    "holidays": several(moments.day).means("days on which no layer with `days` covers"),
}
_DATABASE_KEYS: dict[str, Field[Any]] = {
    "url": urls.secret_url(_DATABASE, _DATABASE_SCHEMES).means(
        "where it is, with a role that may only watch"
    ),
    "kind": fields.choice(*DATABASES).means("what it is"),
    "environment": fields.name.means("the environment that it belongs to"),
    "pgbouncer": urls.secret_url(_POOLER, ("postgresql", "postgres")).means(
        "the admin console of the PgBouncer before it, with a role of its `stats_users`"
    ),
    "log": fields.text.means(
        "the path of the server's log, or of the folder that its collector writes to: exact query times"
    ),
}
_STORAGE: dict[str, Field[Any]] = {
    "url": urls.storage_url.means("the bucket and the prefix in it, or a folder"),
    "endpoint": urls.web_url.means("of an S3-compatible service that is not AWS"),
    "region": fields.text.means("where the bucket is"),
    "access_key": urls.reference.means("where to find the key's id"),
    "secret_key": urls.reference.means("where to find the key"),
}
_DRILL_TIMES: dict[str, Field[Any]] = {
    "days": several(fields.choice(*WEEK)).means("a drill by schedule starts only on these days"),
    "hours": moments.hours.means("and only in these hours, so that it wakes nobody"),
    "zone": fields.zone.means("of its days and hours; default: the bindings'"),
}
_EVERY = fields.durations(366)
_OWN_TIMES = table(DrillTimes, {"every": _EVERY.means("how often it is proven"), **_DRILL_TIMES})
_DRILLS: dict[str, Field[Any]] = {
    "every": _EVERY.means("how often each alert and uptime is proven by a drill"),
    **_DRILL_TIMES,
    "holidays": several(moments.day).means("days on which none starts"),
    "promises": each(
        either(_EVERY, _OWN_TIMES).means("how often this promise is proven, by its id; or times of its own")
    ),
    "skip": several(fields.text).means("promises of which no proof is asked, by their ids"),
}

KEYS: dict[str, Field[Any]] = {
    "service": fields.text.means("what pages and the console call it"),
    "repository": urls.web_url.means("the service's repository, as a browser opens it"),
    "forge": fields.choice(*FORGES).means("what serves the repository, where its host does not say so"),
    "zone": fields.zone.means("for times of day where the guide names no zone"),
    "serve": table(Serve, _SERVE),
    "environments": each(table(EnvironmentBinding, _ENVIRONMENT), fold=True),
    "telemetry": table(TelemetryBinding, _TELEMETRY),
    "signals": each(fields.promql.means("what to ask for a signal that the guide names")),
    "scopes": each(
        fields.matchers_or_all.means(
            "the series of a part of the service of which the guide says something, by their labels; `*`: all of it"
        ),
        fold=True,
    ),
    "severities": each(
        fields.name.means("what a word means that the guide uses and does not define"), fold=True
    ),
    "paging": table(
        Paging,
        {
            "severities": several(fields.name).means(
                "these page people; the others make a ticket in the inbox"
            ),
            "ack_timeout": fields.duration_or_off.means(
                "acknowledged, then nothing for so long: paged again; `off`: never"
            ),
            "repeat_after": fields.duration_or_off.means(
                "all were told and nobody acknowledged for so long: all are paged again; `off`: never"
            ),
            "link_lives": fields.durations_or_off(90).means(
                "a page's link opens its incident without a login for so long; `off`: never"
            ),
        },
    ),
    "incidents": table(Incidents, _INCIDENTS),
    "monitoring": table(Monitoring, _MONITORING),
    "objectives": each(table(ObjectiveBinding, _OBJECTIVE)),
    "people": each(table(Person, _PERSON), fold=True, ids=True),
    "teams": each(
        table(
            Team,
            {
                "members": several(
                    fields.name, at_least_one="name at least one person: the first is on call"
                ).means("who is in it; the first member is on call")
            },
        ),
        fold=True,
    ),
    "rotations": each(table(Rotation, _ROTATION), fold=True),
    "oncall": table(
        OnCall,
        {
            "warn_ahead": fields.durations(90).means(
                "so far ahead a time with nobody on call, or with somebody whom no channel reaches, opens a ticket"
            )
        },
    ),
    "channels": each(
        table(
            Channel,
            {"url": urls.secret_url(_APPRISE).means("where a message goes: mail, chat, SMS, webhook")},
        ),
        ids=True,
    ),
    "databases": each(table(Database, _DATABASE_KEYS), ids=True),
    "storage": each(table(Storage, _STORAGE), ids=True),
    "vitals": table(
        Vitals,
        {
            "origins": several(urls.origin, at_least_one="name at least one origin").means(
                "the service's pages whose visitors' browsers may report web vitals"
            )
        },
    ),
    "heartbeat": table(
        Heartbeat,
        {
            "url": urls.secret_url(_PING, ("http", "https")).means(
                "pinged while opsguide decides, so that its own death pages"
            ),
            "every": fields.duration.means("how often"),
        },
    ),
    "probes": probing_keys.PROBES,
    "regions": probing_keys.REGIONS,
    "sources": each(table(Source, _SOURCE), ids=True),
    "chromium": fields.text.means("the path of Chromium, where the lab does not find it by itself"),
    "lab": LAB,
    "runbooks": each(
        urls.web_url.means("what to do when it fires or breaks: shown on its incidents and in pages")
    ),
    "status": status_keys.STATUS,
    "drills": table(Drills, _DRILLS),
    "maintenance": table(
        Maintenance,
        {
            "every_time": several(fields.text).means(
                "windows of the guide in which work is done every time, by their promises' ids: "
                "they need no announcement"
            )
        },
    ),
    "limits": each(fields.limit.means("the limit of a promise to which the guide gives none")),
}

NOTHING_USES = ("repository", "forge", "storage")
NOTHING_USES_OF_PEOPLE = ("forge", "chat")
"""Keys that are read and checked, and that nothing of this version uses. They turn no line green."""

ROOT = table(Bindings, KEYS)
