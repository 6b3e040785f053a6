"""Messages between nodes: outbox, inbox, receipts."""
