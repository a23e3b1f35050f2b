"""Who may do what: accounts, roles, sessions, tokens, and the one `authorize()`."""
