"""Finds the entry that a query means: normalise -> keys -> compare -> weigh -> decide.

The caller keeps entries under `entry_keys`, fetches those under `query_keys` stage by stage, gives them to `decide` and
stops when the verdict is certain. It also counts names (`Frequencies`) in its own catalogue.
"""

from dangqiao.core.matching.acts import kind_of_act, meant_by
from dangqiao.core.matching.compare import is_named
from dangqiao.core.matching.decide import Candidate, Case, Ground, MatchVerdict, Outcome, decide
from dangqiao.core.matching.explain import Explanation, explain
from dangqiao.core.matching.fact import Fact
from dangqiao.core.matching.features import ENDING, REISSUE, EntryFeatures, Frequencies, IdParts, Person, Query
from dangqiao.core.matching.keys import STAGES, entry_keys, keys_by_stage, query_keys
from dangqiao.core.matching.parameters import DEFAULT, SHIPPED, Parameters, load
from dangqiao.core.matching.reasons import Reason
from dangqiao.core.matching.train import Change, Levels, Trained, estimate
from dangqiao.core.matching.weigh import Rarity, names_to_count
from dangqiao.core.vocabulary.names import fold_name, pinyin_key

__all__ = [
    "DEFAULT",
    "ENDING",
    "REISSUE",
    "SHIPPED",
    "STAGES",
    "Candidate",
    "Case",
    "Change",
    "EntryFeatures",
    "Explanation",
    "Fact",
    "Frequencies",
    "Ground",
    "IdParts",
    "Levels",
    "MatchVerdict",
    "Outcome",
    "Parameters",
    "Person",
    "Query",
    "Rarity",
    "Reason",
    "Trained",
    "decide",
    "entry_keys",
    "estimate",
    "explain",
    "fold_name",
    "is_named",
    "keys_by_stage",
    "kind_of_act",
    "load",
    "meant_by",
    "names_to_count",
    "pinyin_key",
    "query_keys",
]
