"""People who use the node: accounts, roles, how surely they are known."""
