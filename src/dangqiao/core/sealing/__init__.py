"""What a deliverable is, and what a verifier may conclude about one."""
