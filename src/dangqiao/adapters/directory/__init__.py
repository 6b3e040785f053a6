"""The federation's directory by The Update Framework."""
