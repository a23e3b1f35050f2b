"""The guide, read: Markdown → statements → promises, with findings and bindings. Pure, deterministic, no model."""
