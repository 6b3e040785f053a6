"""Who runs a command."""

import getpass

from django.conf import settings

from dangqiao.core.vocabulary.actor import Actor, operator


def local_operator(name: str = "") -> Actor:
    """Whoever runs the command on the node's machine; `name` where they say who they are."""
    return operator(name or getpass.getuser(), settings.PLATFORM_CODE)
