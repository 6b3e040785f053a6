"""How allauth keeps phones: encrypted, found by keyed hash."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """The node's account adapter."""
