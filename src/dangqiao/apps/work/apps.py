"""Registers the app with Django."""

from django.apps import AppConfig


class WorkConfig(AppConfig):
    """The app `work`."""

    name = "dangqiao.apps.work"
    label = "work"
    default_auto_field = "django.db.models.BigAutoField"
