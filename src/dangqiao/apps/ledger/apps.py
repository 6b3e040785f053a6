"""Registers the app with Django."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """The app `ledger`."""

    name = "dangqiao.apps.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"
