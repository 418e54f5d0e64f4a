"""The words of the pages that work without network, in every language, as the browser keeps them."""

from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from mainstay.core.labels import country_choices
from mainstay.identify.engine.answering import LONGEST_TEXT
from mainstay.identify.forms.interview import AGE_TEXTS, SEX_TEXTS
from mainstay.identify.models.labels import URGENT_LABELS

WORDS: dict[str, str | Promise] = {
    # everywhere
    "questions": _("Questions"),
    "stop_and_hide": _("Stop and hide"),
    "esc_twice": _("Or press Esc twice"),
    "back": _("Back"),
    "next": _("Next"),
    "stop": _("Stop"),
    "optional": _("(optional)"),
    "step": _("Step %(number)s of %(count)s"),
    "progress": _("%(number)s of %(count)s"),
    "now_urgent": _("See to this before anything else."),
    # the passphrase
    "once_online": _("Open this page once with network"),
    "once_online_how": _(
        "It keeps the questions on this device and then works without network. Nothing is kept here yet."
    ),
    "not_secure": _("This browser seals nothing here, because the line to the node is not encrypted (https)."),
    "try_again": _("Try again"),
    "set_title": _("A passphrase for this device"),
    "set_why": _(
        "Interviews that you take without network are sealed on this device under a passphrase of your own. "
        "Nobody can open them without it, and nobody can give it back to you."
    ),
    "passphrase": _("Passphrase"),
    "passphrase_help": _("At least 10 characters. Four words that do not belong together are good."),
    "passphrase_again": _("The same once more"),
    "set": _("Keep interviews under this passphrase"),
    "too_short": _("This is shorter than 10 characters."),
    "too_plain": _("Use letters or words, not digits only: digits are tried out within hours."),
    "not_same": _("The two are not the same."),
    "unlock_title": _("Open what this device keeps"),
    "unlock_why": _("Interviews on this device are sealed. Your passphrase opens them, also without network."),
    "unlock": _("Open"),
    "opening": _("Opening…"),
    "wrong": _("This is not the passphrase. Nothing was lost."),
    "wait": _("Too many tries. Wait %(seconds)s seconds, then try again. Nothing was lost."),
    "another": _("Another colleague uses this device"),
    "another_how": _("Whoever is signed in can set a passphrase of their own; each opens only their own interviews."),
    "another_set": _("Set my own passphrase"),
    "forgot": _("Passphrase forgotten"),
    "forgot_how": _(
        "What you did not finish cannot be opened by anybody any more. Finished interviews stay and can still be sent. "
        "With network and signed in, you can set a new passphrase."
    ),
    "give_up": _("Throw my unfinished interviews away"),
    "sure_give_up": _("This cannot be undone. Throw them away"),
    "lock": _("Lock"),
    # what waits
    "home_title": _("Interviews on this device"),
    "screen": _("Screen a person"),
    "line_up": _("There is network. This device is still being made ready to work without."),
    "line_ready": _("There is network, and this device is ready to work without."),
    "line_down": _("No network. You can work on; everything is sealed and kept on this device."),
    "waiting": _("Waiting to be sent"),
    "nothing_waits": _("Nothing waits to be sent"),
    "nothing_waits_how": _("A finished interview appears here, without its answers, until the node has it."),
    "drafts": _("Not finished"),
    "taken": _("Taken"),
    "size": _("Size"),
    "kilobytes": _("%(size)s kB"),
    "send": _("Send now"),
    "sending": _("Sending…"),
    "sent": _("Sent, and taken off this device: %(count)s"),
    "see_result": _("See the result"),
    "sign_in_again": _("Sign in again to send. Everything is kept here."),
    "sign_in": _("Sign in"),
    "line_lost": _("The line broke. What was not received is still here."),
    "node_busy": _("The node cannot take it right now. It is kept here and can be sent again."),
    "others": _("Other colleagues' interviews wait on this device too: %(count)s. They send them themselves."),
    "refused": _("The node did not take this interview. It is kept here."),
    "open_again": _("Open again"),
    "go_on": _("Go on"),
    "throw_away": _("Throw away"),
    "sure": _("Throw it away: it is on no other device"),
    "leave": _("Back to the pages with network"),
    # the interview
    "begin_title": _("Before you begin"),
    "begin_how": _(
        "Speak alone with the person, with an interpreter they trust. Say that they may skip any question and stop "
        "at any time, and what will happen with the answers."
    ),
    "language": _("The person's language"),
    "age": _("How old is the person?"),
    "age_help": _("Somebody who may be under 18 is treated as a child until the age is known."),
    "sex": _("Sex"),
    "begin": _("Begin"),
    "not_now": _("Not now"),
    "sealed_offline": _("No network: the interview is kept and sealed on this device."),
    "sealed_online": _("The interview is kept and sealed on this device until you send it."),
    "elsewhere": _("This question is answered in the phone app, not in the browser."),
    "expected": _("Expected: %(expected)s"),
    "whole_number": _("a whole number"),
    "number": _("a number"),
    "day": _("a date as YYYY-MM-DD"),
    "time": _("a time as HH:MM"),
    "ok": _("OK"),
    "choice": _("one of the answers of this question"),
    "shorter": _("at most %(count)s characters"),
    "meets": _("a value that meets the condition of this question"),
    "last_title": _("Last page"),
    "missing": _("These questions need an answer:"),
    "open_count": _("Questions without an answer: %(count)s. That is all right: it does not count as no."),
    "note": _("Anything to add"),
    "note_help": _("Sealed. In the person's own words if you can; leave names of others out."),
    "name": _("Name, as the person says it"),
    "name_help": _(
        "Sealed. It helps to see whether somebody screened the person before. Leave it empty if they prefer."
    ),
    "nationality": _("Nationality"),
    "after": _("After this it waits here to be sent. The node assesses the answers when it arrives."),
    "finish": _("Finish"),
    "done_title": _("Finished and sealed"),
    "done_how": _("It waits on this device and is sent when there is network. The result is on the node then."),
    "to_list": _("To the interviews on this device"),
    "not_kept": _("This device cannot keep it: its storage is full or closed to this page. Do not close the page."),
}


def in_every_language() -> dict[str, dict[str, Any]]:
    """Return the words, the codes' labels and the countries by language, with each language's name and direction."""
    return {code: _in_language(code) for code, _name in settings.LANGUAGES}


def _in_language(code: str) -> dict[str, Any]:
    info = get_language_info(code)
    with translation.override(code):
        return {
            "rtl": info["bidi"],
            "words": {key: str(text) for key, text in WORDS.items()},
            "ages": {key: str(text) for key, text in AGE_TEXTS.items()},
            "sexes": {key: str(text) for key, text in SEX_TEXTS.items()},
            "urgent": {str(need): str(text) for need, text in URGENT_LABELS.items()},
            "countries": country_choices(),
            "longest": LONGEST_TEXT,
        }
