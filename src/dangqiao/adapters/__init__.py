"""One folder per outside thing, each behind a Protocol that the core states."""
