"""The page of nodes, and the one address that letters come to."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from mainstay.accounts.requests import SignedInRequest
from mainstay.cooperate import queries
from mainstay.cooperate.errors import BadLetterError
from mainstay.cooperate.services import exchange, letters, peers
from mainstay.cooperate.types import LETTER_BYTES
from mainstay.core import access, clock
from mainstay.ui.paging import CappedPaginator


@csrf_exempt
@access.open_to_all("a pinned node's signature is its sign-in")
@require_POST
def inbox(request: HttpRequest) -> HttpResponse:
    """Take a sealed letter of another node and answer with a sealed receipt."""
    if int(request.headers.get("Content-Length") or 0) > LETTER_BYTES:
        raise BadLetterError(_("This letter is too large."), todo=_("Send it in parts."))
    try:
        text = request.body.decode("ascii")
    except UnicodeDecodeError:
        raise BadLetterError(_("This is no letter.")) from None
    return HttpResponse(letters.receive(text, take=exchange.take, now=clock.now()), content_type="application/jose")


@access.guarded("cooperate.see_peers")
def peer_list(request: SignedInRequest) -> HttpResponse:
    """Show the nodes that are pinned here, this node's own card, and letters that wait."""
    context = {
        "page": CappedPaginator(queries.peers_visible_to(request.user), 50).get_page(request.GET.get("page")),
        "card": peers.card_document(),
        "waiting": queries.letters_waiting(request.user).count(),
        "refused": queries.letters_refused(request.user)[:20],
    }
    return render(request, "cooperate/peers.html", context)
