"""Registers the app with Django."""

from django.apps import AppConfig


class HoldingsConfig(AppConfig):
    """The app `holdings`."""

    name = "dangqiao.apps.holdings"
    label = "holdings"
    default_auto_field = "django.db.models.BigAutoField"
