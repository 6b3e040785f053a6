"""The acts on requests and referrals: one function each, by side.

`asking`: receive, supplement, withdraw. `holding`: accept, search, fetch originals, extend, transfer. `deciding`:
decide, review, sign off.
"""

from dangqiao.apps.lookups.policies import set_policy
from dangqiao.apps.lookups.services.asking import request_withdrawal, submit, supplement
from dangqiao.apps.lookups.services.deciding import approve_review, approve_sign_off, decide, return_for_rework
from dangqiao.apps.lookups.services.holding import (
    accept,
    ask_supplement,
    extend,
    fetch_originals,
    not_accept,
    originals_arrived,
    search,
    transfer,
)

__all__ = [
    "accept",
    "approve_review",
    "approve_sign_off",
    "ask_supplement",
    "decide",
    "extend",
    "fetch_originals",
    "not_accept",
    "originals_arrived",
    "request_withdrawal",
    "return_for_rework",
    "search",
    "set_policy",
    "submit",
    "supplement",
    "transfer",
]
