"""What one message between two nodes costs."""
