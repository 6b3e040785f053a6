"""What a platform counts of a day, by the measures of the archives' yearbook (利用人次, 卷次/件次, pages, certificates)
and of cooperation across platforms. Counts only."""

from datetime import datetime

from django.conf import settings
from django.db.models import Count, Q, Sum

from dangqiao.apps.lookups.models import LookupRequest, Referral
from dangqiao.core.lookup.states import Outcome


def of_day(begin: datetime, end: datetime) -> dict[str, int]:
    """Figure → count, of what happened from `begin` up to and without `end`; what is nought is left out.

    requests, persons, requests.counter: applications received by this platform, and 人次;
    requests.purpose.<purpose>: by purpose of use (利用目的);
    requests.elsewhere: those of them that were passed to an archive of another platform;
    referrals, referrals.from_elsewhere: applications to archives of this platform, and those from other platforms;
    closed, closed.<outcome>, overdue: those that ended, how, and those that ended after their limit;
    files_used, pages_copied, certificates_issued: 卷次/件次, pages and certificates in answers.
    """
    own = settings.PLATFORM_CODE
    received = LookupRequest.objects.filter(asking_platform=own, received_at__gte=begin, received_at__lt=end)
    asked = received.aggregate(
        requests=Count("id"), persons=Sum("persons_served"), counter=Count("id", filter=Q(channel="counter"))
    )
    elsewhere = Referral.objects.filter(request__in=received).exclude(holder_platform=own)
    held = Referral.objects.filter(holder_platform=own)
    came = held.filter(sent_at__gte=begin, sent_at__lt=end)
    ended = held.filter(closed_at__gte=begin, closed_at__lt=end)
    sums = ended.aggregate(
        closed=Count("id"),
        overdue=Count("id", filter=Q(overdue=True)),
        files_used=Sum("files_used"),
        pages_copied=Sum("pages_copied"),
        certificates_issued=Sum("certificates_issued"),
    )
    figures = {
        "requests": asked["requests"],
        "persons": asked["persons"],
        "requests.counter": asked["counter"],
        "requests.elsewhere": elsewhere.values("request").distinct().count(),
        "referrals": came.count(),
        "referrals.from_elsewhere": came.exclude(request__asking_platform=own).count(),
        **sums,
    }
    for purpose, number in received.values_list("purpose_of_use").annotate(number=Count("id")):
        figures[f"requests.purpose.{purpose}"] = number
    for outcome, number in ended.values_list("outcome").annotate(number=Count("id")):
        figures[f"closed.{outcome or Outcome.TRANSFERRED.value}"] = number
    return {name: int(number) for name, number in figures.items() if number}
