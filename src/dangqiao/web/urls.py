"""Every address of a node. What stands behind it is marked `@public` or `@needs(…)` (see `guards`)."""

from django.urls import URLPattern, URLResolver, path
from django.views.i18n import set_language

from dangqiao.apps.deliverables.models import Format
from dangqiao.web import exchange, files, oai
from dangqiao.web.accounts import views as accounts
from dangqiao.web.api import v1
from dangqiao.web.counter import views as counter
from dangqiao.web.guards import public
from dangqiao.web.portal import views as portal
from dangqiao.web.verify import programs
from dangqiao.web.verify import views as verify
from dangqiao.web.workbench import documents as issued
from dangqiao.web.workbench import views as workbench

ACCOUNTS: list[URLPattern | URLResolver] = [
    path("accounts/login/", accounts.phone, name="account_login"),
    path("accounts/login/", accounts.phone, name="account_request_login_code"),
    path("accounts/login/code/", accounts.code, name="account_confirm_login_code"),
    path("accounts/staff/", accounts.staff, name="staff_login"),
    path("accounts/logout/", accounts.log_out, name="account_logout"),
    path("accounts/welcome/", accounts.welcome, name="welcome"),
    path("accounts/real-name/", accounts.real_name, name="real_name"),
    path("accounts/stay/", accounts.stay, name="stay"),
    path("display/", accounts.display, name="display"),
    path("language/", public(set_language), name="set_language"),
]

PORTAL: list[URLPattern | URLResolver] = [
    path("", portal.home, name="home"),
    path("apply/", portal.apply, name="apply"),
    path("apply/<slug:category>/<slug:step>/", portal.apply_step, name="apply_step"),
    path("requests/", portal.requests, name="requests"),
    path("requests/find/", portal.find_request, name="find_request"),
    path("requests/<str:number>/", portal.request, name="request"),
]

COUNTER: list[URLPattern | URLResolver] = [
    path("counter/", counter.counter, name="counter"),
    path("counter/<str:point>/", counter.point, name="counter_point"),
    path("counter/<str:point>/apply/<slug:category>/<slug:step>/", counter.receive_step, name="receive_step"),
    path("counter/<str:point>/find/", counter.find, name="counter_find"),
    path("counter/<str:point>/requests/<str:number>/", counter.request, name="counter_request"),
    path("counter/<str:point>/requests/<str:number>/hand-over/", counter.hand_over, name="hand_over"),
    path("counter/<str:point>/requests/<str:number>/copy/", counter.order_copy, name="order_copy"),
]

WORKBENCH: list[URLPattern | URLResolver] = [
    path("workbench/", workbench.workbench, name="workbench"),
    path("workbench/documents/<uuid:document>/", issued.issued, name="issued_document"),
    path("workbench/documents/<uuid:document>/revoke/", issued.revoke, name="revoke_document"),
    path("workbench/<uuid:referral>/", workbench.referral, name="referral"),
    path("workbench/<uuid:referral>/sheet/", workbench.sheet, name="sheet"),
    path("workbench/<uuid:referral>/page/", workbench.page_image, name="page_image"),
]

FILES: list[URLPattern | URLResolver] = [
    path("documents/<uuid:document>/", files.document, {"format": Format.PDF}, name="document"),
    path("documents/<uuid:document>/<slug:format>/", files.document, name="document_in"),
    path("materials/<int:material>/", files.material, name="material"),
]

VERIFY: list[URLPattern | URLResolver] = [
    path("verify/", verify.verify, name="verify"),
    path("verify/keys.json", programs.keys, name="verify_keys"),
    path("verify/offline/", programs.offline, name="verify_offline"),
    path("verify/worker.js", programs.worker, name="verify_worker"),
    path("verify/<str:code>/", verify.verify_code, name="verify_code"),
]

PROGRAMS: list[URLPattern | URLResolver] = [
    path("api/v1/", v1.patterns()),
    path("exchange/v1/messages", exchange.messages, name="exchange_messages"),
    path("exchange/v1/look-ups", programs.look_ups, name="exchange_look_ups"),
    path("status/v1/<int:number>", programs.status_list, name="status_list"),
    path("exchange/v1/summary", exchange.summary, name="exchange_summary"),
    path("exchange/v1/ledger/<int:old>", exchange.log, name="exchange_log"),
    path("exchange/v1/objects/<str:sha256>", exchange.objects, name="exchange_objects"),
    path("oai", oai.oai, name="oai"),
    path("directory/<path:path>", exchange.directory, name="directory_file"),
]

urlpatterns: list[URLPattern | URLResolver] = [*ACCOUNTS, *PORTAL, *COUNTER, *WORKBENCH, *FILES, *VERIFY, *PROGRAMS]

handler500 = "dangqiao.web.broken.broken"
