"""What this node knows of platforms, archives and acceptance points."""
