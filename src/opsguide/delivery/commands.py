"""What can be wanted of deliveries."""

from ..kernel.part import Command


class AnnounceDeploy(Command, frozen=True):
    """`version` went to `environment` just now. `by` is a person or the pipeline; `url` is http(s) or "".

    `key`, if any, names the request: a second one with the same key is refused as `already_announced`.
    """

    environment: str
    version: str
    by: str
    url: str = ""
    key: str = ""
