"""Pages as PDF files, made on the node; nothing of them lies on a disk."""

from typing import Any

from django.http import HttpResponse
from django.template.loader import render_to_string


def as_pdf(template: str, context: dict[str, Any]) -> bytes:
    """Return a template that extends `ui/print.html` as a PDF file; the same words give the same bytes."""
    from mainstay.ui.pdf import html_as_pdf  # its libraries take a second to load, and most processes never print

    return html_as_pdf(render_to_string(template, context))


def pdf_answer(name: str, template: str, context: dict[str, Any]) -> HttpResponse:
    """Answer with a PDF file to keep; `name` tells nothing of a person, and nobody on the way keeps a copy."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"', "Cache-Control": "no-store"}
    return HttpResponse(as_pdf(template, context), content_type="application/pdf", headers=headers)
