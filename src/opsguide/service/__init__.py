"""The asyncio shell around the pure core: it decides on the ledger, does deeds, watches the guide and the world."""
