"""One request as those see it who made it: the citizen at home, and the counter that received it."""
