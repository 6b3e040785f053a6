"""Taking in files of catalogue entries: source (bytes) → rows (cells) → entries (values) → store (database)."""
