"""Input of the calculator of unpaid wages."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mainstay.core.vocabularies import currencies
from mainstay.protect.forms.people import day_field
from mainstay.protect.rules.wages import Claim, Deduction, Payment, Period

PER = [("hour", _("an hour")), ("day", _("a day")), ("week", _("a week")), ("month", _("a month"))]
SOURCES = [("agreed", _("What was agreed")), ("minimum", _("The legal minimum wage"))]
DEDUCTIONS = [
    ("recruitment_fee", _("Recruitment fee")),
    ("housing", _("Housing")),
    ("food", _("Food")),
    ("travel", _("Travel")),
    ("fine", _("Fine or debt")),
    ("tax", _("Tax or social insurance")),
    ("other", _("Something else")),
]


def money(label: Any, *, required: bool = False, **options: Any) -> forms.DecimalField:
    """Return a field for an amount."""
    return forms.DecimalField(
        label=label, required=required, min_value=Decimal(0), max_digits=12, decimal_places=2, **options
    )


def figure(label: Any, most: int, *, least: Any = 0, **options: Any) -> forms.DecimalField:
    """Return a field for hours, days or a factor."""
    return forms.DecimalField(
        label=label,
        required=False,
        min_value=Decimal(least),
        max_value=Decimal(most),
        max_digits=8,
        decimal_places=2,
        **options,
    )


class ClaimForm(forms.Form):
    """What holds for the whole estimate."""

    currency = forms.CharField(
        label=_("Currency"), max_length=3, min_length=3, help_text=_("Three letters: EUR, USD, KES.")
    )
    until = day_field(_("Worked out until"))
    rate = figure(_("Simple interest, per cent a year"), 100, help_text=_("Leave it empty for no interest."))
    rate_source = forms.CharField(label=_("Where this rate comes from"), max_length=200, required=False)

    def clean_currency(self) -> str:
        """Refuse what is no currency of ISO 4217."""
        code: str = self.cleaned_data["currency"].strip().upper()
        if code not in currencies():
            raise forms.ValidationError(_("This is no currency: write three letters, such as EUR."))
        return code

    def clean(self) -> dict[str, Any]:
        """A rate comes from somewhere."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("rate") and not data.get("rate_source"):
            self.add_error("rate_source", _("Say which law or decision sets this rate."))
        return data


class PeriodForm(forms.Form):
    """Work at one wage; an empty one is left out."""

    start = day_field(_("Worked from"), required=False)
    end = day_field(_("To"), required=False)
    wage = money(_("Wage"))
    per = forms.ChoiceField(label=_("For"), choices=PER)
    source = forms.ChoiceField(label=_("This wage is"), choices=SOURCES)
    note = forms.CharField(label=_("Where it comes from"), max_length=300, required=False)
    hours = figure(_("Hours worked in a usual week, without rest days"), 168)
    normal_hours = figure(_("Hours of a normal week"), 168)
    days = figure(_("Working days in a week"), 7, least="0.5")
    overtime_factor = figure(_("Overtime is paid times"), 5, least=1)
    rest_hours = figure(_("Hours on rest days, all together"), 20_000)
    rest_factor = figure(_("Rest days are paid times"), 5, least=1)

    def clean(self) -> dict[str, Any]:
        """Ask for all that a written period needs, and for days in their order."""
        data: dict[str, Any] = super().clean() or {}
        if not self.is_written:
            return data
        for name in ("start", "end", "wage", "hours", "normal_hours", "note"):
            if data.get(name) in (None, "") and name not in self.errors:
                self.add_error(name, _("Fill this in."))
        if data.get("per") == "day" and not data.get("days") and "days" not in self.errors:
            self.add_error("days", _("Fill this in."))
        for name, hours in (("overtime_factor", self._has_overtime(data)), ("rest_factor", data.get("rest_hours"))):
            if hours and not data.get(name) and name not in self.errors:
                self.add_error(
                    name, _("Write how many times such an hour is paid, by law or agreement; 1 for no more.")
                )
        if data.get("start") and data.get("end") and data["start"] > data["end"]:
            self.add_error("end", _("This is before the first day."))
        return data

    @staticmethod
    def _has_overtime(data: dict[str, Any]) -> bool:
        hours, normal = data.get("hours"), data.get("normal_hours")
        return hours is not None and normal is not None and hours > normal

    @property
    def is_written(self) -> bool:
        """Whether anything that makes a period was written."""
        data = self.cleaned_data
        return any(data.get(name) not in (None, "") for name in ("start", "end", "wage", "hours", "note"))

    @property
    def period(self) -> Period | None:
        """The period, or nothing where none was written."""
        if not self.is_written:
            return None
        data = self.cleaned_data
        return Period(
            start=data["start"],
            end=data["end"],
            wage=data["wage"],
            per=data["per"],
            source=data["source"],
            hours=data["hours"],
            normal_hours=data["normal_hours"],
            days=data["days"] or Decimal(1),
            overtime_factor=data["overtime_factor"] or Decimal(1),
            rest_hours=data["rest_hours"] or Decimal(0),
            rest_factor=data["rest_factor"] or Decimal(1),
            note=data["note"],
        )


class DeductionForm(forms.Form):
    """Money that was kept or taken."""

    kind = forms.ChoiceField(label=_("What for"), choices=DEDUCTIONS)
    amount = money(_("Amount"))
    how = forms.ChoiceField(
        label=_("How it was taken"),
        choices=[("paid", _("They paid it themselves")), ("wage", _("It was kept out of the wage"))],
    )
    lawful = forms.BooleanField(label=_("The law allows it"), required=False)

    @property
    def deduction(self) -> Deduction | None:
        """The deduction, or nothing where no amount was written."""
        data = self.cleaned_data
        if not data.get("amount"):
            return None
        return Deduction(data["kind"], data["amount"], data["how"] == "wage", data["lawful"])


class PaymentForm(forms.Form):
    """What they really got into their hand."""

    on = day_field(_("Paid on"), required=False)
    amount = money(_("Amount"))

    def clean(self) -> dict[str, Any]:
        """Ask for the day of an amount."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("amount") and not data.get("on"):
            self.add_error("on", _("Write the day, as well as they know it."))
        return data

    @property
    def payment(self) -> Payment | None:
        """The payment, or nothing where none was written."""
        data = self.cleaned_data
        return Payment(data["on"], data["amount"]) if data.get("amount") else None


PeriodSet = forms.formset_factory(PeriodForm, extra=1, max_num=40, absolute_max=40)
DeductionSet = forms.formset_factory(DeductionForm, extra=3, max_num=60, absolute_max=60)
PaymentSet = forms.formset_factory(PaymentForm, extra=3, max_num=200, absolute_max=200)


class WageForms:
    """The forms of the calculator together."""

    def __init__(self, posted: Any, initial: dict[str, Any]) -> None:
        self.claim_form = ClaimForm(posted, initial=initial)
        self.periods = PeriodSet(posted, prefix="periods")
        self.deductions = DeductionSet(posted, prefix="deductions")
        self.payments = PaymentSet(posted, prefix="payments")

    def is_valid(self) -> bool:
        """Say whether all of them are filled in well, with one period at least."""
        good = [self.claim_form.is_valid(), self.periods.is_valid()]  # each is asked, so that each shows its faults
        good += [self.deductions.is_valid(), self.payments.is_valid()]
        if not all(good):
            return False
        if not any(form.is_written for form in self.periods):
            self.claim_form.add_error(None, _("Write at least one period of work."))
            return False
        return True

    @property
    def claim(self) -> Claim:
        """What was written."""
        data = self.claim_form.cleaned_data
        return Claim(
            currency=data["currency"],
            until=data["until"],
            periods=tuple(form.period for form in self.periods if form.period is not None),
            deductions=tuple(form.deduction for form in self.deductions if form.deduction is not None),
            payments=tuple(form.payment for form in self.payments if form.payment is not None),
            rate=data["rate"] or Decimal(0),
            rate_source=data["rate_source"],
        )
