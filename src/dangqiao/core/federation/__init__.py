"""What nodes say to one another, and what makes a message acceptable."""
