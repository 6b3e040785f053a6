"""Short messages to citizens."""
