"""Pages of an archive's handlers, reviewers and signatories."""
