"""The language server: a guide checked while it is written. `server` speaks the protocol, `desk` keeps what is open."""
