"""The law: plain Python. No Django, network, clock or randomness of its own."""
