"""Where facts are kept: the ledger on SQLite, its export, its proof."""
