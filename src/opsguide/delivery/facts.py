"""What happens to releases, as it stands on the ledger."""

from ..kernel.facts import Data, FactTypes

FACTS = FactTypes()


@FACTS.register("deploy.announced")
class DeployAnnounced(Data, frozen=True):
    """Whoever deploys said that `version` went to `environment`; `url` leads to the pipeline's run, "" without one.

    `key` is the announcer's, so that the same announcement sent twice is one deploy; empty where it gave none.
    """

    environment: str
    version: str
    by: str
    url: str = ""
    key: str = ""
