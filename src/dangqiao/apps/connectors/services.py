"""Acts on connectors: harvesting a platform, asking it about one person, hearing later answers."""

from dangqiao.apps.connectors.asking import Consulted, consult, hear
from dangqiao.apps.connectors.harvesting import Harvested, harvest, harvest_what_is_due

__all__ = ["Consulted", "Harvested", "consult", "harvest", "harvest_what_is_due", "hear"]
