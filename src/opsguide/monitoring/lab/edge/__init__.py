"""What talks to the world: Chromium, its one way out, and the schedule."""
