"""One comparison, laid open: what each field weighs, what was believed before, and what follows."""

from dataclasses import dataclass
from math import exp2, log2

from dangqiao.core.matching.decide import MatchVerdict, decide
from dangqiao.core.matching.evidence import contradictions
from dangqiao.core.matching.features import EntryFeatures, Frequencies, Query
from dangqiao.core.matching.parameters import DEFAULT, Parameters
from dangqiao.core.matching.reasons import Reason
from dangqiao.core.matching.weigh import Rarity, Weigher


@dataclass(frozen=True, slots=True)
class Explanation:
    """A query against one entry.

    Attributes:
        reasons: field by field.
        bits: their sum.
        prior_bits: odds before anything was compared that this entry and no other is the one, as a power of two.
        probability: that it is the one if no other entry competed and it told of no other event.
        contradictions: fields that forbid a match without a human.
        verdict: the decision if this were the only candidate.
    """

    reasons: tuple[Reason, ...]
    bits: float
    prior_bits: float
    probability: float
    contradictions: tuple[str, ...]
    verdict: MatchVerdict


def explain(
    query: Query, entry: EntryFeatures, frequencies: Frequencies, population: int, parameters: Parameters = DEFAULT
) -> Explanation:
    """Compares one entry with a query; the arguments are those of `decide`."""
    weighed = Weigher(query, Rarity(frequencies, parameters)).weigh(entry)
    found = parameters.prior.found
    prior = log2(found / (1.0 - found) / max(population, 1))
    odds = exp2(min(weighed.bits + prior, 200.0))
    return Explanation(
        tuple(finding.reason() for finding in weighed.findings),
        weighed.bits,
        prior,
        odds / (1.0 + odds),
        tuple(contradictions(weighed)),
        decide(query, [entry], frequencies, population, parameters),
    )
