"""Registers the app with Django."""

from django.apps import AppConfig


class LookupsConfig(AppConfig):
    """The app `lookups`."""

    name = "dangqiao.apps.lookups"
    label = "lookups"
    default_auto_field = "django.db.models.BigAutoField"
