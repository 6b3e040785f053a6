"""What people and programs see. Only translates."""
