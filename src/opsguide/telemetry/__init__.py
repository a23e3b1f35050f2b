"""Signals in, and asked for: exposition → store → PromQL. `embedded.Embedded` fulfils the kernel's port."""
