"""Registers the app with Django."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """The app `identity`."""

    name = "dangqiao.apps.identity"
    label = "identity"
    default_auto_field = "django.db.models.BigAutoField"
