"""What `opsguide.toml` says, typed. Durations are seconds; names that the guide uses are case-folded."""

from typing import TypeAlias

from msgspec import Struct

from ..values import Op
from .drilling import Drills
from .lab import LabBinding
from .probing import ProbeBinding, RegionBinding
from .status_page import StatusPage

Reference: TypeAlias = str
"""A URL as it stands, or where to find it: `env:NAME`, `file:PATH`. `resolve` turns it into the URL."""


class Serve(Struct, frozen=True, kw_only=True):
    """Where the service listens. Port 0 takes any free one.

    `url` is what people open, where a proxy stands before it; `trusted_proxies` are believed for whom they ask.
    """

    listen: str = "127.0.0.1"
    port: int = 8470
    url: str | None = None
    trusted_proxies: tuple[str, ...] = ()


class EnvironmentBinding(Struct, frozen=True, kw_only=True):
    """Where an environment is: `url` is probed; `metrics`, and what the file `targets` lists, scraped; `access_log`
    followed; each `every` seconds. `pushed`: it sends its metrics itself.

    `failures` failed probes in a row mean "system down". `private` allows loopback and private addresses, `authority`
    is a certificate that is trusted beside the system's. `match` are the labels of its series in a remote engine.
    """

    url: str | None = None
    metrics: str | None = None
    targets: str | None = None
    access_log: str | None = None
    pushed: bool = False
    every: float = 15.0
    timeout: float = 5.0
    failures: int = 3
    private: bool = False
    authority: Reference | None = None
    match: str | None = None

    @property
    def measured(self) -> bool:
        """Does anything bring its metrics?"""
        return bool(self.metrics or self.targets or self.access_log or self.pushed)


class TelemetryBinding(Struct, frozen=True, kw_only=True):
    """Which engine answers PromQL: the embedded one, or one like Prometheus at `url`, asked each `every` seconds.

    `write` is where opsguide's own samples are sent by remote_write, whichever answers. `window` is the rate window of
    built-in signals on a remote engine, in seconds. `rules` are paths of Prometheus rule files beside the bindings.
    """

    source: str = "embedded"
    url: Reference | None = None
    write: Reference | None = None
    user: str | None = None
    password: Reference | None = None
    token: Reference | None = None
    tenant: str | None = None
    headers: dict[str, Reference] = {}
    authority: Reference | None = None
    certificate: Reference | None = None
    timeout: float = 10.0
    every: float = 15.0
    window: float = 240.0
    private: bool = False
    rules: tuple[str, ...] = ()

    @property
    def is_remote(self) -> bool:
        """Whether a Prometheus-compatible engine answers."""
        return self.source != "embedded"


class Paging(Struct, frozen=True, kw_only=True):
    """Severities that page; the others make a ticket in the inbox. None: the two worst of the guide.

    Who acknowledged and then did nothing for `ack_timeout` seconds is paged again; 0 is never. Where nobody
    answered for `repeat_after` seconds after the last step of the route, it starts again; 0 is never. The link in a
    page opens its incident without a login for `link_lives` seconds; 0: a login is needed.
    """

    severities: tuple[str, ...] | None = None
    ack_timeout: float = 3600.0
    repeat_after: float = 1800.0
    link_lives: float = 86_400.0


class BurnRate(Struct, frozen=True, kw_only=True):
    """A budget burns when it is spent `factor` times as fast as it lasts, over the last `long` and `short` seconds."""

    long: float
    short: float
    factor: float
    pages: bool = False


class Monitoring(Struct, frozen=True, kw_only=True):
    """A signal without a value for `no_data_after` seconds opens an incident of `no_data_severity`: a word for a
    severity. `normal_traffic` is in requests a second: below it, what is said of normal traffic is not judged.

    `burn_rates` None: those of the SRE workbook, for the period of each objective; empty: none.
    """

    no_data_after: float = 600.0
    no_data_severity: str | None = None
    normal_traffic: float = 0.1
    burn_rates: tuple[BurnRate, ...] | None = None
    page_severity: str | None = None
    ticket_severity: str | None = None


class ObjectiveBinding(Struct, frozen=True, kw_only=True):
    """How an availability target is weighed where the guide leaves it open. `window`: a calendar period (`month`) or
    a rolling one (`30d`); `count`: `time` or `requests`."""

    window: str | None = None
    count: str | None = None


class Group(Struct, frozen=True, kw_only=True):
    """Alerts that fulfil all matchers of `match` and are alike in the labels `by` are one incident."""

    by: tuple[str, ...]
    match: tuple[str, ...] = ()


class Inhibit(Struct, frozen=True, kw_only=True):
    """While an incident of `source` is open, those of `target` are muted that have the same labels `equal`."""

    source: tuple[str, ...]
    target: tuple[str, ...]
    equal: tuple[str, ...] = ()


class Postmortems(Struct, frozen=True, kw_only=True):
    """`reviewers` are people, one of whom signs for a post-mortem of others, where the guide names nobody."""

    reviewers: tuple[str, ...] = ()


class Incidents(Struct, frozen=True, kw_only=True):
    """What opened an incident has to be over for `settle` before it is resolved; the same again within
    `reopen_within` of that reopens it. Whoever has it is told when `warn_at` per cent of a clock are used up."""

    settle: float = 120.0
    reopen_within: float = 600.0
    warn_at: tuple[int, ...] = (50, 80)
    group: tuple[Group, ...] = ()
    inhibit: tuple[Inhibit, ...] = ()
    postmortem: Postmortems = Postmortems()


class Notify(Struct, frozen=True, kw_only=True):
    """`channel` is told `after` so many seconds without an acknowledgement, of these severities (none: of all), in
    these hours (HH:MM-HH:MM, in the bindings' zone; None: always)."""

    channel: str
    after: float = 0.0
    severities: tuple[str, ...] = ()
    hours: str | None = None


class Person(Struct, frozen=True, kw_only=True):
    """`channels` are told at once, or as the rules `notify` say; the console inbox always as well. No name: the id is
    shown.

    `forge` is the login at the service's forge; `chat` the member id by chat service. No zone: the bindings'.
    """

    name: str = ""
    zone: str | None = None
    mail: str | None = None
    channels: tuple[str, ...] = ()
    notify: tuple[Notify, ...] = ()
    forge: str | None = None
    chat: dict[str, str] = {}


class Team(Struct, frozen=True, kw_only=True):
    """`members` are ids of people; the first is on call."""

    members: tuple[str, ...]


class Layer(Struct, frozen=True, kw_only=True):
    """`members` take turns in this order, each for `every` (`12h`, `1d`, `1w`), from the date `start` on.

    The hand-off is at `handoff` (HH:MM). `days` (MO … SU) and `hours` (HH:MM-HH:MM) restrict the layer to a part of the
    week, `since` and `until` (ISO instants) to a part of time. All are in `zone`; None: the rotation's.
    """

    members: tuple[str, ...]
    start: str
    every: str = "1w"
    handoff: str = "09:00"
    days: tuple[str, ...] = ()
    hours: str | None = None
    zone: str | None = None
    since: str | None = None
    until: str | None = None


class Override(Struct, frozen=True, kw_only=True):
    """`person` is on call from `start` to `end`: ISO instants, in the rotation's zone where they name none.

    With `replaces` only in the turns of that person.
    """

    person: str
    start: str
    end: str
    replaces: str | None = None


class Rotation(Struct, frozen=True, kw_only=True):
    """Who of a team is on call when: the last layer that covers an instant decides, an override before all layers.

    `calendar` is an iCalendar file whose events win over the layers. `holidays` are dates on which no layer with `days`
    covers. No zone: the bindings'.
    """

    layers: tuple[Layer, ...] = ()
    calendar: Reference | None = None
    overrides: tuple[Override, ...] = ()
    holidays: tuple[str, ...] = ()
    zone: str | None = None


class OnCall(Struct, frozen=True, kw_only=True):
    """So many seconds ahead a time with nobody on call, or with somebody whom no channel reaches, is an alarm."""

    warn_ahead: float = 30 * 86_400.0


class Database(Struct, frozen=True, kw_only=True):
    """A database of the service; `environment` by the name of its table.

    `pgbouncer` is the admin console of a PgBouncer before it, `log` its server's log: a file or the folder of them.
    """

    url: Reference
    kind: str = "postgresql"
    environment: str | None = None
    pgbouncer: Reference | None = None
    log: str | None = None


class Storage(Struct, frozen=True, kw_only=True):
    """A place for objects: a bucket and a prefix in it, or a folder. Without keys: those of the machine."""

    url: str
    endpoint: str | None = None
    region: str | None = None
    access_key: Reference | None = None
    secret_key: Reference | None = None


class Vitals(Struct, frozen=True, kw_only=True):
    """Pages whose visitors' browsers may report web vitals, by their origins: `https://shop.example`."""

    origins: tuple[str, ...]


class Channel(Struct, frozen=True, kw_only=True):
    """An Apprise URL, or a reference to one."""

    url: Reference


class Heartbeat(Struct, frozen=True, kw_only=True):
    """Pinged every so many seconds that the engine decides, so that its own death pages."""

    url: Reference
    every: float = 60.0


class Maintenance(Struct, frozen=True, kw_only=True):
    """`every_time`: windows of the guide in which work is done every time, by their promises' ids."""

    every_time: tuple[str, ...] = ()


class Limit(Struct, frozen=True, kw_only=True):
    """A limit for a promise that the guide leaves open: `text` as written, and the amount in it."""

    text: str
    op: Op | None = None
    seconds: float | None = None
    ratio: float | None = None
    count: float | None = None
    bytes: int | None = None


class SourceMap(Struct, frozen=True, kw_only=True):
    """Where in a source's JSON what stands: JMESPath expressions, relative to an entry of the list `each`.

    `over` are the words of `state` that say that it is over.
    """

    key: str
    each: str = ""
    title: str = ""
    reason: str = ""
    state: str = ""
    over: tuple[str, ...] = ()
    severity: str = ""
    condition: str = ""
    labels: str = ""
    runbook: str = ""


class Source(Struct, frozen=True, kw_only=True):
    """A system that sends alerts, in the form `kind`; it proves itself by `secret`.

    `severity` is for alerts that bring none, `environment` becomes a label of theirs. Nothing heard for
    `silent_after` seconds is a trouble of its own; 0 is never. `deliveries_per_minute` is twice a storm of 10,000
    alerts a minute that are delivered one by one.
    """

    kind: str
    secret: Reference
    environment: str | None = None
    severity: str | None = None
    silent_after: float = 0.0
    deliveries_per_minute: int = 20_000
    map: SourceMap | None = None


class Bindings(Struct, frozen=True, kw_only=True):
    """The whole file. `Bindings()` is what a missing file means.

    Ids of people and teams, names of environments and words for severities are case-folded; `signals` go by
    the guide's names and `limits` by promise ids, `runbooks` by either, as they are. `scopes` are label matchers by the
    parts of the service that the guide names, case-folded. `service_name` says what to call
    the service.
    """

    service: str | None = None
    repository: str | None = None
    forge: str | None = None
    zone: str = "UTC"
    serve: Serve = Serve()
    environments: dict[str, EnvironmentBinding] = {}
    telemetry: TelemetryBinding = TelemetryBinding()
    signals: dict[str, str] = {}
    scopes: dict[str, str] = {}
    severities: dict[str, str] = {}
    paging: Paging = Paging()
    incidents: Incidents = Incidents()
    monitoring: Monitoring = Monitoring()
    objectives: dict[str, ObjectiveBinding] = {}
    people: dict[str, Person] = {}
    teams: dict[str, Team] = {}
    rotations: dict[str, Rotation] = {}
    oncall: OnCall = OnCall()
    channels: dict[str, Channel] = {}
    databases: dict[str, Database] = {}
    storage: dict[str, Storage] = {}
    vitals: Vitals | None = None
    heartbeat: Heartbeat | None = None
    probes: dict[str, ProbeBinding] = {}
    regions: dict[str, RegionBinding] = {}
    chromium: str | None = None
    lab: dict[str, LabBinding] = {}
    runbooks: dict[str, str] = {}
    status: StatusPage | None = None
    drills: Drills | None = None
    sources: dict[str, Source] = {}
    maintenance: Maintenance = Maintenance()
    limits: dict[str, Limit] = {}
