"""Registers the app with Django."""

from django.apps import AppConfig


class DeliverablesConfig(AppConfig):
    """The app `deliverables`."""

    name = "dangqiao.apps.deliverables"
    label = "deliverables"
    default_auto_field = "django.db.models.BigAutoField"
