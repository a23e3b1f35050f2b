"""What is learned from an incident: drafted from its facts, written by people, required where the guide requires it."""
