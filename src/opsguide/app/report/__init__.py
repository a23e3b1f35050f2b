"""The report of a month, from the ledger alone: `build` folds it; each form is a file of its own."""
