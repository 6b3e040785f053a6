"""Keys in files of the node's secrets folder, and the test authorities of a demo."""
