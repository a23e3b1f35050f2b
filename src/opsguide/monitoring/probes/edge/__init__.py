"""What talks to the world: asking, the schedule, what regions and jobs send."""
