"""Registers the app with Django."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """The app `exchange`."""

    name = "dangqiao.apps.exchange"
    label = "exchange"
    default_auto_field = "django.db.models.BigAutoField"
