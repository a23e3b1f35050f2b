"""What `opsguide.toml` says of the public status page, typed."""

from msgspec import Struct


class Component(Struct, frozen=True, kw_only=True):
    """One thing that users know, by the public name `label`. It is as bad as the worst of what it stands on.

    `environment` and `probe` say whether it is up, `promise` (by its id) whether it is as good as promised.
    """

    label: str
    about: str = ""
    group: str = ""
    environment: str | None = None
    probe: str | None = None
    promise: str | None = None


class Announced(Struct, frozen=True, kw_only=True):
    """Maintenance from `start` to `end`: ISO instants, in the bindings' zone where they name none."""

    title: str
    start: str
    end: str
    components: tuple[str, ...] = ()
    text: str = ""


class Mail(Struct, frozen=True, kw_only=True):
    """The SMTP server by which subscribers are told, and the address that they see as its sender."""

    url: str
    sender: str


class StatusPage(Struct, frozen=True, kw_only=True):
    """The public page: served at `listen` and `port`, and written to `folder`. `url` is where people open it.

    `incidents`: `published` shows what somebody wrote for the public; `automatic` also each incident of a component,
    in general words. `windows` shows maintenance that is not in `maintenance`. With `mail` people may subscribe by
    e-mail, with `webhooks` by webhook; `private` lets these lead to loopback and private addresses.
    """

    title: str = ""
    about: str = ""
    listen: str = "127.0.0.1"
    port: int = 8471
    url: str | None = None
    folder: str | None = None
    contact: str | None = None
    incidents: str = "published"
    windows: bool = True
    mail: Mail | None = None
    webhooks: bool = False
    private: bool = False
    components: dict[str, Component] = {}
    maintenance: tuple[Announced, ...] = ()
