"""What of a picture or a table is left out, and for whom; numbers and letters, so that no pointer is needed."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mainstay.protect.rules.areas import Area, read_areas
from mainstay.protect.rules.tables import Cells, read_places, said_places


class _ForWhom(forms.Form):
    recipient = forms.ChoiceField(label=_("For whom"), required=False)

    def __init__(self, *args: Any, recipients: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["recipient"].choices = [("", _("For everybody")), *recipients]  # type: ignore[attr-defined]  # a ChoiceField


class LeftOutAreasForm(_ForWhom):
    """Which areas of a picture are black."""

    areas = forms.CharField(
        label=_("Areas to black out, one a line"),
        help_text=_(
            "Four numbers in percent of the picture: from the left, from the top, how wide, how high. "
            "For example: 10 20 30 15. The lines on the picture are ten percent apart."
        ),
        required=False,
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def clean_areas(self) -> list[Area]:
        """Return the rectangles, or say which line is none."""
        areas, wrong = read_areas(self.cleaned_data["areas"])
        if wrong:
            raise forms.ValidationError(
                _("Four numbers from 0 to 100 that stay in the picture are expected, not “%s”.") % wrong
            )
        return areas


class LeftOutCellsForm(_ForWhom):
    """Which rows and columns of each sheet are left out."""

    def __init__(self, *args: Any, sheets: list[str], cells: list[Cells], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sheets = sheets
        marked = {one.sheet: one for one in cells}
        for number, name in enumerate(sheets):
            mine = marked.get(name, Cells(name))
            self.fields[f"rows_{number}"] = forms.CharField(
                label=_("%s: rows to leave out") % name if name else _("Rows to leave out"),
                help_text=_("Numbers, for example: 2, 5-7"),
                required=False,
                max_length=2_000,
                initial=said_places(mine.rows, letters=False),
            )
            self.fields[f"columns_{number}"] = forms.CharField(
                label=_("%s: columns to leave out") % name if name else _("Columns to leave out"),
                help_text=_("Letters, for example: A, C-E"),
                required=False,
                max_length=2_000,
                initial=said_places(mine.columns, letters=True),
            )

    def clean(self) -> dict[str, Any]:
        """Read rows as numbers and columns as letters, or say what was expected."""
        data: dict[str, Any] = super().clean() or {}
        for name in [name for name in data if name != "recipient"]:
            letters = name.startswith("columns_")
            places = read_places(data[name], letters=letters)
            if places is None:
                expected = (
                    _("Write letters, for example: A, C-E") if letters else _("Write numbers, for example: 2, 5-7")
                )
                self.add_error(name, expected)
            data[name] = places or set()
        return data

    def marked(self) -> list[Cells]:
        """Return what is left out of each sheet."""
        data = self.cleaned_data
        return [
            Cells(name, frozenset(data[f"rows_{number}"]), frozenset(data[f"columns_{number}"]))
            for number, name in enumerate(self.sheets)
        ]
