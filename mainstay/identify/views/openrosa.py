"""The OpenRosa protocol for ODK Collect: form list, forms, manifests, appointments, submissions.

The phone's token stands in the address; each address checks it. No cookies, no session, no CSRF token: nothing here
is reached by a browser's own authority.
"""

from collections.abc import Callable
from functools import wraps
from io import BytesIO
from urllib.parse import urlencode

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.urls import reverse
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from mainstay.core import access, clock
from mainstay.core.errors import NotFoundError
from mainstay.core.uploads import InMemoryOnly
from mainstay.identify.engine import openrosa
from mainstay.identify.errors import SubmissionRefusedError, TooLargeError
from mainstay.identify.models.devices import Device
from mainstay.identify.queries import instruments as instrument_queries
from mainstay.identify.services import appointments as appointment_services
from mainstay.identify.services import devices as device_services
from mainstay.identify.services import submissions as submission_services
from mainstay.identify.types import Instrument

View = Callable[..., HttpResponse]
MOST_IDS = 500
PIECE = 64 * 1024


def protocol(*methods: str) -> Callable[[View], View]:
    """Make a view one of the protocol: the token is checked first, and every answer carries the protocol's headers."""

    def wrap(view: View) -> View:
        @csrf_exempt
        @access.open_to_all("a device's token stands in the address and is checked there")
        @wraps(view)
        def answered(request: HttpRequest, token: str) -> HttpResponse:
            device = device_services.let_in(token, now=clock.now())
            allowed = request.method in methods
            answer = view(request, device, token) if allowed else HttpResponseNotAllowed(methods)
            for name, value in {**openrosa.HEADERS, "Date": http_date(clock.now().timestamp())}.items():
                answer.headers[name] = value
            return answer

        return answered

    return wrap


@protocol("GET", "HEAD")
def form_list(request: HttpRequest, device: Device, token: str) -> HttpResponse:
    """List the forms that can be asked; `formID` narrows to one."""
    wanted = request.GET.get("formID", "")
    forms = [form for form in instrument_queries.instruments_visible_to(device.owner) if wanted in ("", form.name)]
    public = device_services.public_key(now=clock.now())
    return _xml(openrosa.form_list(_listed(request, token, form, public) for form in forms))


@protocol("GET", "HEAD")
def form(request: HttpRequest, device: Device, token: str) -> HttpResponse:
    """Return one version of a form, with this node's public key in it."""
    found = _version(request)
    content, _digest = openrosa.served_form_with_digest(found.xform, device_services.public_key(now=clock.now()))
    return _xml(content)


@protocol("GET", "HEAD")
def manifest(request: HttpRequest, device: Device, token: str) -> HttpResponse:
    """Return which files a form takes along: the day's appointments, where it lets one be chosen."""
    if not openrosa.takes_appointments(_version(request).xform):
        return _xml(openrosa.manifest("", "", ""))
    content = appointment_services.list_for_phone(device.owner, clock.today())
    urls = (_address(request, token, "appointments_csv"), _address(request, token, "integrity"))
    return _xml(openrosa.manifest(openrosa.digest(content), *urls))


@protocol("GET", "HEAD")
def appointments_csv(request: HttpRequest, device: Device, token: str) -> HttpResponse:
    """Return the day's appointments of the phone's screener."""
    content = appointment_services.take_along(device.owner, clock.today())
    return HttpResponse(content, content_type="text/csv; charset=utf-8")


@protocol("GET", "HEAD")
def integrity(request: HttpRequest, device: Device, token: str) -> HttpResponse:
    """Say which appointments are no longer among the day's."""
    ids = [one for one in request.GET.get("id", "").split(",") if one][:MOST_IDS]
    return _xml(openrosa.integrity(appointment_services.gone(ids, owner=device.owner, day=clock.today())))


@protocol("GET", "HEAD", "POST")
def submission(request: HttpRequest, device: Device, token: str) -> HttpResponse:
    """Take an interview in, whole or in pieces; asked without one, say how much is taken in one post."""
    if request.method != "POST":
        return HttpResponse(status=204)
    receipt = submission_services.receive(_post(request), device=device, now=clock.now())
    if receipt.complete:
        return _xml(openrosa.response(_("The interview is kept.")), status=201)
    waits = _("Kept, sealed. The interview waits for %(count)d more files.") % {"count": receipt.missing}
    return _xml(openrosa.response(waits), status=202)


def _post(request: HttpRequest) -> submission_services.Post:
    if request.content_type != "multipart/form-data":
        raise SubmissionRefusedError(_("Send the interview as multipart/form-data."))
    body = _body(request)
    about = {**request.META, "CONTENT_LENGTH": str(len(body))}
    try:
        fields, files = MultiPartParser(about, BytesIO(body), [InMemoryOnly(request)], "utf-8").parse()
    except (MultiPartParserError, SuspiciousOperation, ValueError, LookupError):
        raise SubmissionRefusedError(_("What was sent is not whole, or is no multipart/form-data.")) from None
    parts = [upload.read() for upload in files.getlist(openrosa.SUBMISSION)]
    parts += [text.encode() for text in fields.getlist(openrosa.SUBMISSION)]
    if len(parts) != 1:
        raise SubmissionRefusedError(_("Send exactly one part named %s.") % openrosa.SUBMISSION)
    beside: dict[str, bytes] = {}
    for name, uploads in files.lists():
        for upload in uploads if name != openrosa.SUBMISSION else ():
            content = upload.read()
            beside[name] = content
            beside[upload.name or name] = content
    return submission_services.Post(parts[0], beside, more_follow=fields.get(openrosa.INCOMPLETE) == "yes")


def _body(request: HttpRequest) -> bytes:
    """Read what was sent into memory, up to the limit; a length is not always announced (chunked transfer)."""
    length = request.META.get("CONTENT_LENGTH") or ""
    chunked = "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()
    if length.isdigit() and int(length) > openrosa.MAX_POST_BYTES:
        raise _too_large()
    source = request.META["wsgi.input"] if chunked and not length else request
    body = bytearray()
    while piece := source.read(PIECE):
        body += piece
        if len(body) > openrosa.MAX_POST_BYTES:
            raise _too_large()
    return bytes(body)


def _too_large() -> TooLargeError:
    limit = openrosa.MAX_POST_BYTES // 1024**2
    return TooLargeError(
        _("This is more than the %d MB that are taken in one post.") % limit,
        todo=_("Keep the interview; make the picture or recording smaller."),
    )


def _version(request: HttpRequest) -> Instrument:
    found = instrument_queries.exact_version(request.GET.get("formID", ""), request.GET.get("version", ""))
    if found is None:
        raise NotFoundError(_("This node has no such version of the form."))
    return found


def _listed(request: HttpRequest, token: str, form: Instrument, public: str) -> openrosa.ListedForm:
    _content, digest = openrosa.served_form_with_digest(form.xform, public)
    query = urlencode({"formID": form.name, "version": form.version})
    takes_files = openrosa.takes_appointments(form.xform)
    return openrosa.ListedForm(
        name=form.name,
        version=form.version,
        title=form.title,
        digest=digest,
        download_url=f"{_address(request, token, 'form')}?{query}",
        manifest_url=f"{_address(request, token, 'manifest')}?{query}" if takes_files else "",
    )


def _address(request: HttpRequest, token: str, name: str) -> str:
    return request.build_absolute_uri(reverse(f"identify:openrosa_{name}", args=[token]))


def _xml(content: bytes, status: int = 200) -> HttpResponse:
    return HttpResponse(content, status=status, content_type=openrosa.XML_TYPE)
