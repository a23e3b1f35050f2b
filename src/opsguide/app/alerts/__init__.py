"""`opsguide alerts`: unit tests of alerts, checks of rule files, the guide's alerts as a rule file."""
