"""Registers the app with Django."""

from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    """The app `directory`."""

    name = "dangqiao.apps.directory"
    label = "directory"
    default_auto_field = "django.db.models.BigAutoField"
