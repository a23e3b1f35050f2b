"""How what was found is written: for people, for other programs, for the services that run checks."""
