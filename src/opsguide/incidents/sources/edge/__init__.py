"""What is taken from sources, and how they have been."""
