"""Shifts change hands: recorded when they do, and the next one is told what they take over."""
