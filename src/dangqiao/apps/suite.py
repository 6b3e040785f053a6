"""The algorithm suite of this node's federation."""

from django.conf import settings

from dangqiao.core.vocabulary.suites import SUITES, Suite


def suite() -> Suite:
    """What this node signs, seals and hashes with towards the others."""
    return SUITES[settings.SUITE]
