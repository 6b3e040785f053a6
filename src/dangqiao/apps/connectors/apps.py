"""Registers the app with Django."""

from django.apps import AppConfig


class ConnectorsConfig(AppConfig):
    """The app `connectors`."""

    name = "dangqiao.apps.connectors"
    label = "connectors"
    default_auto_field = "django.db.models.BigAutoField"
