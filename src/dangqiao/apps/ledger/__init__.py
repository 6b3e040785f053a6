"""The node's evidence: rows appended to a Merkle log by one sequencer."""
