"""Durable jobs in the node's own database, enqueued in the caller's transaction."""
