"""Requests and referrals: from the application to the outcome."""
