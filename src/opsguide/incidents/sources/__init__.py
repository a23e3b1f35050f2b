"""Alerts of other systems, as they send them: each form's reader gives `Told`s, which become commands."""
