"""What a deliverable is, what it may say, and what its verification concludes."""
