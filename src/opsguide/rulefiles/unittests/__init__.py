"""Unit tests of alerts: promtool's files, run on the real rules with a clock of their own."""
