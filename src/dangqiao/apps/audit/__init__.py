"""Who did and read what, and why."""
