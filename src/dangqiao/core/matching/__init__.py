"""Does this catalogue entry record the event that is asked for?"""
