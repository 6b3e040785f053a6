"""What the demonstration shows is so: each of its people is found, or not, as their story says."""

from pathlib import Path

import pytest

from dangqiao.adapters.sampling import Sample, write_sample
from dangqiao.adapters.sampling.curated import CuratedPerson, curated
from dangqiao.apps.directory.models import Archive, Platform
from dangqiao.apps.holdings import queries, services, tables
from dangqiao.core.matching import Outcome, Query
from dangqiao.core.vocabulary.archives import ARCHIVES
from dangqiao.core.vocabulary.dates import parse_partial_date
from dangqiao.core.vocabulary.purpose import Purpose

pytestmark = pytest.mark.django_db

WHY = Purpose.CATALOGUING
PEOPLE = {person.use: person for person in curated()}
EXPECTED = {
    "instant": (Outcome.MATCH, True),
    "handler": (Outcome.MATCH, False),
    "images": (Outcome.MATCH, False),
    "two-marriages": (Outcome.REVIEW, False),
    "only-child": (Outcome.MATCH, True),
    "educated-youth": (Outcome.MATCH, False),
    "unknown-custodian": (Outcome.MATCH, True),
    "rare-name": (Outcome.MATCH, True),
    "clan-name": (Outcome.REVIEW, False),
}
"""Outcome of a query with what the person knows, and whether a machine may issue."""


@pytest.fixture
def catalogue(tmp_path: Path, clerk):
    def load(person: CuratedPerson):
        """The file of the person's first record, as the demonstration takes it in (the node here is the archive's)."""
        record = person.records[0]
        archive = next(one for one in ARCHIVES if one.code == record.archive)
        platform, _ = Platform.objects.get_or_create(code="310000", defaults={"name": "上海市"})
        Archive.objects.create(code=archive.code, platform=platform, name=archive.name)
        wanted = Sample(archive.platform, 1000, categories=(record.category,), images=0, archives=(archive.code,))
        write_sample(wanted, tmp_path, lambda _done, _rows: None)
        file = tmp_path / f"{archive.code}-{record.category}.csv"
        services.import_file(clerk, WHY, file, category=record.category, archive_code=archive.code)
        for table in tmp_path.glob("*.pages.csv"):
            services.attach_pages(clerk, WHY, archive.code, tables.pages(table, archive.code, record.category))
        for table in tmp_path.glob("*.checked.csv"):
            services.mark_checked(clerk, WHY, archive.code, record.category, tables.entries(table))

    return load


def what_they_know(person: CuratedPerson) -> Query:
    """Their own name and number, the spouse (but for the one who married twice), the year."""
    spouse = person.spouse if person.use != "two-marriages" else ""
    year = int(person.as_document()["records"][0]["year"]) if person.use != "two-marriages" else None
    who = queries.person(
        person.name, sex=person.sex, birth=parse_partial_date(person.birth), identity_number=person.identity_number
    )
    return queries.query(who, others=[queries.person(spouse)] if spouse else [], event_year=year)


@pytest.mark.parametrize("use", list(EXPECTED))
def test_the_demonstrations_people_are_found_as_told(use, catalogue, clerk):
    person = PEOPLE[use]
    catalogue(person)
    found = queries.find(clerk, WHY, None, person.records[0].category, what_they_know(person))
    outcome, at_once = EXPECTED[use]
    assert found.outcome is outcome
    assert found.records[0].citation.reference_code in {record.reference for record in person.records}
    assert found.records[0].issuable_at_once is at_once
    if at_once:
        assert len({candidate.event for candidate in found.verdict.candidates}) == 1
        assert len(found.records[0].images) == found.records[0].pages
