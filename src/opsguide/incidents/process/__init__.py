"""How an incident is worked on: its severity corrected, clocks warned of, roles, status updates, tasks."""
