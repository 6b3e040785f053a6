"""Reading requests and referrals: `following` for the asking side, `working` for the archive, `files` to open."""

from dangqiao.apps.lookups.queries.decided import decided
from dangqiao.apps.lookups.queries.documents import DocumentView, document_for_archive
from dangqiao.apps.lookups.queries.files import File, deliverable_file, material_file
from dangqiao.apps.lookups.queries.following import my_requests, point_requests, request_for_applicant
from dangqiao.apps.lookups.queries.paging import Page
from dangqiao.apps.lookups.queries.working import acts_of, referral_for_handler, worklist

__all__ = [
    "DocumentView",
    "File",
    "Page",
    "acts_of",
    "decided",
    "deliverable_file",
    "document_for_archive",
    "material_file",
    "my_requests",
    "point_requests",
    "referral_for_handler",
    "request_for_applicant",
    "worklist",
]
