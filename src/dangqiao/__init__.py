"""档桥 (Dangqiao): one node per platform, no centre that holds data. See docs/contributors/ for the rooms."""
