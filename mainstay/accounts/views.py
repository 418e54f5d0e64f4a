"""Pages of accounts: colleagues, invitations, one's own settings."""

from django.conf import settings as django_settings
from django.contrib import messages
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.accounts import queries, services
from mainstay.accounts.errors import InvitationNotOpenError
from mainstay.accounts.forms import AcceptForm, AgencyForm, InvitationForm, TokenForm
from mainstay.accounts.models import ROLE_CHOICES
from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.access import Role
from mainstay.ui.paging import CappedPaginator


@access.guarded("accounts.see_people")
def people(request: SignedInRequest) -> HttpResponse:
    """Show who works on this node, and the invitations that wait."""
    rows = queries.people_visible_to(request.user)
    if role := request.GET.get("role"):
        rows = rows.filter(role=role)
    context = {
        "page": CappedPaginator(rows, 50).get_page(request.GET.get("page")),
        "invitations": queries.open_invitations(request.user, clock.now()),
        "roles": ROLE_CHOICES,
    }
    return render(request, "accounts/people.html", context)


@access.guarded("accounts.invite")
@require_http_methods(["GET", "POST"])
def invite(request: SignedInRequest) -> HttpResponse:
    """Invite a colleague; the link goes out by mail alone, or is shown once where the node sends no mail."""
    form = InvitationForm(request.POST or None, agencies=queries.agencies_visible_to(request.user))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        token = services.invite(
            data["email"], role=Role(data["role"]), agency=data["agency"], actor=request.user, now=clock.now()
        )
        link = request.build_absolute_uri(reverse("accounts:accept", args=[token]))
        by_mail = bool(django_settings.CONFIG.email_url)
        if by_mail:
            send_mail(_("An invitation"), _("Open this link within seven days: %s") % link, None, [data["email"]])
        return render(request, "accounts/invited.html", {"link": "" if by_mail else link})
    return render(request, "accounts/invite.html", {"form": form})


@access.guarded("accounts.see_people")
def agencies(request: SignedInRequest) -> HttpResponse:
    """List the agencies that take part."""
    page = CappedPaginator(queries.agencies_visible_to(request.user), 50).get_page(request.GET.get("page"))
    return render(request, "accounts/agencies.html", {"page": page})


@access.guarded("accounts.invite")
@require_http_methods(["GET", "POST"])
def new_agency(request: SignedInRequest) -> HttpResponse:
    """Add an agency."""
    form = AgencyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.create_agency(**form.cleaned_data, actor=request.user)
        return redirect("accounts:agencies")
    return render(request, "accounts/new_agency.html", {"form": form})


@access.open_to_all("who was invited has no account yet")
@require_http_methods(["GET", "POST"])
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Take an invitation up."""
    if not queries.is_open_invitation(token, clock.now()):
        raise InvitationNotOpenError(
            _("This link was used, is too old, or is not whole."), todo=_("Ask the person who invited you for another.")
        )
    form = AcceptForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.accept_invitation(token, now=clock.now(), **form.cleaned_data)
        messages.success(request, _("Welcome. Please sign in with your address and the password that you chose."))
        return redirect("account_login")
    return render(request, "accounts/accept.html", {"form": form})


@access.guarded("accounts.change_person")
@require_http_methods(["GET", "POST"])
def end_access(request: SignedInRequest, pk: str) -> HttpResponse:
    """Ask whether to take a colleague's access away, and do it."""
    person = get_object_or_404(queries.people_visible_to(request.user), pk=pk)
    if request.method == "GET":
        return render(request, "accounts/end_access.html", {"person": person})
    services.end_access(person, actor=request.user, now=clock.now())
    return redirect("accounts:people")


@access.guarded("accounts.make_token")
@require_http_methods(["GET", "POST"])
def settings(request: SignedInRequest) -> HttpResponse:
    """Show one's own settings: second factor, language, API tokens."""
    form = TokenForm(request.POST or None)
    made = ""
    if request.method == "POST" and form.is_valid():
        made = services.make_token(form.cleaned_data["label"], actor=request.user, now=clock.now())
        form = TokenForm()
    context = {"form": form, "made": made, "tokens": queries.tokens_of(request.user), "now": clock.now()}
    return render(request, "accounts/settings.html", context)


@access.guarded("accounts.make_token")
@require_POST
def revoke_token(request: SignedInRequest, pk: str) -> HttpResponse:
    """End one of one's own tokens."""
    token = get_object_or_404(queries.tokens_of(request.user), pk=pk)
    services.revoke_token(token, actor=request.user, now=clock.now())
    return redirect("accounts:settings")
