"""Pages of a person's safety: risk to them, their plan, how to reach them, where they are."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mainstay.accounts.requests import SignedInRequest
from mainstay.core import access, clock
from mainstay.core.errors import RefusalError
from mainstay.core.once import sent_once
from mainstay.protect.forms.safety import (
    AddressForm,
    ContactForm,
    OpenAddressForm,
    RiskForm,
    SafetyPlanForm,
    language_choices,
)
from mainstay.protect.models import Case, ProtectedAddress
from mainstay.protect.models.safety import (
    BECAUSE_WORDS,
    CHANNEL_WORDS,
    DOMAIN_WORDS,
    LEVEL_WORDS,
    PLAN_PARTS,
    WHY_WORDS,
)
from mainstay.protect.queries.addresses import may_open, who_may_be_named
from mainstay.protect.queries.contact import rules_of
from mainstay.protect.rules.contact import Channel, may_contact
from mainstay.protect.rules.safety import Domain, Level, compare, overall
from mainstay.protect.services import addresses, contact, safety
from mainstay.protect.views.person import case_or_404, people_crumbs, person_page, today

SECTION = "protect:safety"


@access.guarded("protect.keep_safe")
@require_http_methods(["GET", "POST"])
def page(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Show what keeps a person safe, by its coded facts; a post opens what was written, and is noted."""
    case = case_or_404(request, pk)
    opened: dict[str, Any] | None = None
    if request.method == "POST":
        notes = {row.assessment.pk: row.notes for row in safety.read_assessments(case, actor=request.user)}
        plan = case.safety_plans.first()
        opened = {
            "notes": notes,
            "plan": safety.read_plan(plan, actor=request.user) if plan else {},
            "contact": contact.read_contact(case, actor=request.user),
        }
    address = ProtectedAddress.objects.filter(case=case).first()
    context = {
        **_risk_context(case, opened["notes"] if opened else None),
        "opened": opened,
        "plans": case.safety_plans.select_related("written_by"),
        "plan_parts": [(label, opened["plan"][name]) for name, label in PLAN_PARTS if name in opened["plan"]]
        if opened
        else [],
        "contact": contact_shown(case),
        "address": address,
        "may_open": address is not None and may_open(address, request.user),
        "openings": case.address_openings.select_related("opened_by")[:10] if address else [],
        "open_form": OpenAddressForm(),
    }
    return person_page(request, "protect/safety.html", case, SECTION, context)


@access.guarded("protect.keep_safe")
@require_http_methods(["GET", "POST"])
@sent_once
def assess(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Assess risk to a person, domain by domain."""
    case = case_or_404(request, pk)
    form = RiskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        safety.assess_risk(case, form.levels(), form.notes(), actor=request.user, today=today(), now=clock.now())
        return redirect(SECTION, pk=case.pk)
    crumbs = people_crumbs(case, _("Assess the risk to them"))
    return render(request, "protect/assess_risk.html", {"form": form, "case": case, "breadcrumbs": crumbs})


@access.guarded("protect.keep_safe")
@require_http_methods(["GET", "POST"])
@sent_once
def plan(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Agree a safety plan, or a new version of it: the form begins with what was agreed last, opened and noted."""
    case = case_or_404(request, pk)
    form = SafetyPlanForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        parts = {name: data[name] for name, _label in PLAN_PARTS}
        try:
            safety.agree_plan(
                case,
                parts,
                agreed_on=data["agreed_on"],
                language=data["language"],
                actor=request.user,
                today=today(),
                now=clock.now(),
            )
            return redirect(SECTION, pk=case.pk)
        except RefusalError as error:
            form.add_error(None, str(error))
    if request.method == "GET":
        last = case.safety_plans.first()
        before = safety.read_plan(last, actor=request.user) if last else {}
        language = last.language if last else translation.get_language()
        form = SafetyPlanForm(initial={**before, "agreed_on": today(), "language": language})
    note = _("Agree it with the person, in their words. Each version is kept.")
    return _form(request, case, form, (_("Safety plan"), _("Keep this version"), note))


@access.guarded("protect.keep_safe")
@require_http_methods(["GET"])
def print_plan(request: SignedInRequest, pk: Any, plan_pk: Any) -> HttpResponse:
    """Show one version of a plan to print, in the person's language and a look that tells nothing; it is noted."""
    case = case_or_404(request, pk)
    row = get_object_or_404(case.safety_plans, pk=plan_pk)
    parts = safety.read_plan(row, actor=request.user)
    language = row.language if row.language in dict(language_choices()) else "en"
    with translation.override(language):
        shown = [(label, parts[name]) for name, label in PLAN_PARTS if name in parts]
        return render(request, "protect/print_plan.html", {"parts": shown})


@access.guarded("protect.keep_safe")
@require_http_methods(["GET", "POST"])
def reach(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Agree how a person may be reached; the form begins with what holds now, opened and noted."""
    case = case_or_404(request, pk)
    form = ContactForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        draft = contact.ContactDraft(form.rules(), form.cleaned_data["say_one_is"], form.cleaned_data["through"])
        contact.agree_contact(case, draft, actor=request.user, now=clock.now())
        return redirect(SECTION, pk=case.pk)
    if request.method == "GET" and (held := contact.read_contact(case, actor=request.user)) is not None:
        rules = held.rules
        form = ContactForm(
            initial={
                "channels": sorted(rules.channels),
                "say_one_is": held.say_one_is,
                "through": held.through,
                **{
                    name: getattr(rules, name)
                    for name in (
                        "no_contact",
                        "no_contact_until",
                        "from_hour",
                        "to_hour",
                        "voicemail",
                        "language",
                        "ask_again_on",
                    )
                },
            }
        )
    note = _("Ask the person. Until somebody asked them, no page here offers to call or write to them.")
    return _form(request, case, form, (_("How they may be reached"), _("Keep these rules"), note))


@access.guarded("protect.open_address")
@require_http_methods(["GET", "POST"])
def write_address(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Keep where a person is apart from their file."""
    case = case_or_404(request, pk)
    people = who_may_be_named(case)
    held = ProtectedAddress.objects.filter(case=case).first()
    form = AddressForm(request.POST or None, people=people, initial={"readers": held.readers.all() if held else ()})
    status = 200
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            addresses.protect_address(case, data["address"], data["readers"], actor=request.user, now=clock.now())
            return redirect(SECTION, pk=case.pk)
        except RefusalError as error:
            form.add_error(None, str(error))
            status = error.status
    note = _("It is in no list, no print, no share. What “Where they are now” says in the file is taken out there.")
    words = (_("Protected address"), _("Keep it apart"), note)
    return _form(request, case, form, words, status=status)


@access.guarded("protect.open_address")
@require_http_methods(["POST"])
def open_address(request: SignedInRequest, pk: Any) -> HttpResponse:
    """Open a protected address for a purpose, and note who did."""
    case = case_or_404(request, pk)
    row = get_object_or_404(ProtectedAddress, case=case)
    form = OpenAddressForm(request.POST)
    if not form.is_valid():
        words = (
            _("Protected address"),
            _("Open it (noted)"),
            _("Say what you open it for; it is kept with your name."),
        )
        return _form(request, case, form, words, status=422)
    address = addresses.open_address(row, form.cleaned_data["why"], actor=request.user, now=clock.now())
    context = {"address": address, "case": case, "breadcrumbs": people_crumbs(case, _("Protected address"))}
    return render(request, "protect/address.html", context)


def contact_shown(case: Case) -> dict[str, Any]:
    """Return how a person may be reached, in words, and what is open at this moment."""
    moment = timezone.localtime(clock.now())
    rules = rules_of(case, moment.date())
    answers = {channel: may_contact(rules, channel, moment) for channel in Channel}
    return {
        "rules": rules,
        "lines": [(CHANNEL_WORDS[c], answer.allowed, WHY_WORDS[answer.why]) for c, answer in answers.items()],
        "may_call": answers[Channel.CALL].allowed,
        "may_text": answers[Channel.TEXT].allowed,
        "is_closed": not any(answer.allowed for answer in answers.values()),
        "language": dict(language_choices()).get(rules.language, "") if rules else "",
    }


def _risk_context(case: Case, notes: dict[Any, Any] | None) -> dict[str, Any]:
    rows = list(case.risk_assessments.select_related("assessed_by")[:10])
    if not rows:
        return {"assessments": []}
    latest = rows[0]
    found = overall(latest.by_domain())
    changes = compare(rows[1].by_domain(), latest.by_domain()) if len(rows) > 1 else []
    written = (notes or {}).get(latest.pk, {})
    levels = latest.by_domain()
    return {
        "assessments": rows,
        "latest": latest,
        "level": found.level,
        "level_words": LEVEL_WORDS[found.level],
        "because": BECAUSE_WORDS[found.because],
        "leads": [DOMAIN_WORDS[domain] for domain in found.leads] if found.level is not Level.UNKNOWN else [],
        "lines": [_line(domain, levels, written) for domain in Domain],
        "changes": [(DOMAIN_WORDS[c.domain], LEVEL_WORDS[c.before], LEVEL_WORDS[c.now], c.worse) for c in changes],
    }


def _line(domain: Domain, levels: dict[Domain, Level], written: dict[str, str]) -> tuple[Any, str, Any, str]:
    level = levels.get(domain, Level.UNKNOWN)
    return DOMAIN_WORDS[domain], level.value, LEVEL_WORDS[level], written.get(domain.value, "")


def _form(
    request: SignedInRequest, case: Case, form: Any, words: tuple[str, str, str], *, status: int = 200
) -> HttpResponse:
    heading, button, note = words
    context = {"form": form, "heading": heading, "button": button, "note": note}
    crumbs = people_crumbs(case, heading)
    return render(request, "protect/form.html", {**context, "breadcrumbs": crumbs}, status=status)
