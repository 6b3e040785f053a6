"""Routing: coverage first, then a blind inquiry, never for adoption; nobody only with a reason."""

from hypothesis import given
from hypothesis import strategies as st

from dangqiao.core.lookup.routing import (
    ROUTING_SENTENCES,
    Coverage,
    CoverageState,
    Place,
    RouteFacts,
    RoutingReason,
    route,
)

PUDONG = Coverage("310115", "310000", "marriage", "310115", "浦东新区民政局婚姻登记处", 1980, 2005)
PUDONG_RECENT = Coverage(
    "310115", "310000", "marriage", "310115", "", 2006, None, CoverageState.NOT_HANDED_OVER, "浦东新区民政局"
)
ANQING = Coverage("340800", "340000", "marriage", "340800", "", 1950, 1999)
ROWS = [PUDONG, PUDONG_RECENT, ANQING]
PLATFORMS = {
    "310000": {"marriage", "educated-youth", "adoption"},
    "320000": {"marriage"},
    "330000": {"marriage", "adoption"},
    "340000": {"marriage"},
}


def asked(verdict):
    return [target.archive for target in verdict.referrals]


def test_a_known_custodian_gets_one_referral():
    verdict = route(RouteFacts("marriage", (Place("310115", "浦东新区民政局"),), 1987, 1987), ROWS, PLATFORMS)
    assert (asked(verdict), verdict.inquiries, verdict.reasons) == (["310115"], (), (RoutingReason.CUSTODIAN_KNOWN,))


def test_a_citys_archive_is_asked_for_its_counties():
    assert asked(route(RouteFacts("marriage", (Place("340803"),), 1987, 1987), ROWS)) == ["340800"]


def test_an_office_remembered_by_another_name_still_leads_to_its_division():
    assert asked(route(RouteFacts("marriage", (Place("310115", "川沙镇人民政府"),), 1987, 1987), ROWS)) == ["310115"]


def test_an_office_alone_is_enough():
    assert asked(route(RouteFacts("marriage", (Place(office="浦东新区民政局"),), 1987), ROWS)) == ["310115"]


def test_records_not_yet_handed_over_are_sought_where_they_are():
    verdict = route(RouteFacts("marriage", (Place("310115"),), 2015, 2015), ROWS, PLATFORMS)
    assert verdict.nobody
    assert (verdict.elsewhere, verdict.reasons) == (("浦东新区民政局",), (RoutingReason.NOT_HANDED_OVER,))


def test_destroyed_records_are_said_to_be_destroyed():
    row = Coverage("310115", "310000", "marriage", "310115", state=CoverageState.DESTROYED)
    assert route(RouteFacts("marriage", (Place("310115"),)), [row]).reasons == (RoutingReason.DESTROYED,)


def test_educated_youth_are_sought_where_they_left_and_where_they_were_sent():
    rows = [
        Coverage("310104", "310000", "educated-youth", "310104"),
        Coverage("341124", "340000", "educated-youth", "341124"),
    ]
    facts = RouteFacts("educated-youth", (Place("310104"), Place("341124")), 1969, 1979)
    verdict = route(facts, rows)
    assert asked(verdict) == ["310104", "341124"]
    assert RoutingReason.SEVERAL_PLACES in verdict.reasons


def test_an_unknown_custodian_is_sought_blindly_in_the_province_named():
    facts = RouteFacts("marriage", (Place("320100"),), 1987, consent=True)
    verdict = route(facts, ROWS, PLATFORMS)
    assert (asked(verdict), verdict.inquiries) == ([], ("320000",))


def test_without_a_place_every_platform_that_serves_the_category_is_asked():
    verdict = route(RouteFacts("marriage", consent=True), ROWS, PLATFORMS)
    assert verdict.inquiries == ("310000", "320000", "330000", "340000")


def test_without_consent_nobody_is_asked_blindly():
    verdict = route(RouteFacts("marriage"), ROWS, PLATFORMS)
    assert verdict.nobody
    assert RoutingReason.CONSENT_MISSING in verdict.reasons


def test_adoption_is_never_asked_blindly():
    verdict = route(RouteFacts("adoption", consent=True, blind_inquiry=True), [], PLATFORMS)
    assert verdict.nobody
    assert RoutingReason.INQUIRY_FORBIDDEN in verdict.reasons


def test_a_place_outside_the_region_has_nobody():
    verdict = route(RouteFacts("marriage", (Place("110101"),), consent=True), ROWS, PLATFORMS)
    assert RoutingReason.NOBODY_SERVES in verdict.reasons


def test_a_whole_province_is_too_vague_for_direct_referrals():
    rows = [Coverage(f"3205{n:02}", "320000", "marriage", f"3205{n:02}") for n in range(5, 12)]
    verdict = route(RouteFacts("marriage", (Place("320000"),), consent=True), rows, PLATFORMS)
    assert (asked(verdict), verdict.inquiries) == ([], ("320000",))
    assert asked(route(RouteFacts("marriage", (Place("320509"),), consent=True), rows, PLATFORMS)) == ["320509"]


places = st.builds(
    Place, st.sampled_from(["", "310115", "340803", "320000", "110101"]), st.sampled_from(["", "浦东新区民政局"])
)


@given(
    st.builds(
        RouteFacts,
        st.sampled_from(["marriage", "adoption", "only-child"]),
        st.lists(places, max_size=3).map(tuple),
        st.none() | st.integers(1950, 2030),
        st.none() | st.integers(1950, 2030),
        st.booleans(),
        st.booleans(),
    )
)
def test_every_verdict_has_a_reason_and_asks_each_archive_once(facts):
    verdict = route(facts, ROWS, PLATFORMS)
    assert verdict.reasons
    assert all(reason in ROUTING_SENTENCES for reason in verdict.reasons)
    assert len(set(asked(verdict))) == len(verdict.referrals)
    assert not verdict.inquiries or (facts.consent and facts.blind_inquiry and facts.category != "adoption")
