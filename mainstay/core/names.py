"""Names in any script as comparable tokens."""

import re
import unicodedata
from dataclasses import dataclass

from normality import ascii_text

# Articles and patronymic links that come and go between spellings of one name.
_PARTICLES = frozenset({"al", "el", "ul", "bin", "ibn", "ben", "bint"})
_ARABIC = re.compile(r"[\u0600-\u06ff\u0750-\u077f]")
_ARABIC_LETTERS = str.maketrans(
    {"ة": "ه", "ى": "ا", "أ": "ا", "إ": "ا", "آ": "ا", "ؤ": "و", "ئ": "ي", "ع": "ا", "ء": None}
)
# Spellings of one sound in transliterations, longer ones first.
_SOUNDS = (
    ("kh", "k"),
    ("gh", "g"),
    ("dh", "d"),
    ("th", "t"),
    ("ph", "f"),
    ("ou", "u"),
    ("oo", "u"),
    ("ee", "i"),
    ("q", "k"),
    ("j", "y"),
    ("e", "a"),
    ("o", "u"),
)


@dataclass(frozen=True, slots=True)
class Token:
    """A part of a name as it is compared, and its consonants where its script writes few vowels."""

    text: str
    consonants: str = ""


def tokens_of(name: str) -> tuple[Token, ...]:
    """Return the parts of a name: Latin letters, lower case, one spelling for sounds that are spelt in several ways."""
    arabic = _ARABIC.search(name) is not None
    plain = unicodedata.normalize("NFKC", name).translate(_ARABIC_LETTERS) if arabic else name
    latin = re.sub(r"[ʿʾ’‘'`´?]", "", ascii_text(plain) or "").lower()
    words = [_folded(word, arabic) for word in re.findall(r"[a-z0-9]+", latin)]
    kept = [word for word in words if word and word not in _PARTICLES] or [word for word in words if word]
    return tuple(Token(word, consonants(word) if arabic else "") for word in kept)


def _folded(word: str, arabic: bool) -> str:
    if word.startswith("al") and len(word) > (4 if arabic else 5):
        word = word[2:]
    for spelling, sound in _SOUNDS:
        word = word.replace(spelling, sound)
    return re.sub(r"(.)\1+", r"\1", word)


def consonants(word: str) -> str:
    """Return a word without vowels, half-vowels and a final h, as Arabic script writes it."""
    bare = re.sub(r"[aeiouwy]", "", word)
    return bare[:-1] if bare.endswith("h") and len(bare) > 2 else bare


def variants(tokens: tuple[Token, ...]) -> list[tuple[Token, ...]]:
    """Return the tokens, and again with each neighbouring pair written as one word (Abdel Razak, Abdelrazak)."""
    found = [tokens]
    for at in range(len(tokens) - 1):
        one = Token(tokens[at].text + tokens[at + 1].text)
        found.append((*tokens[:at], one, *tokens[at + 2 :]))
    return found


# Sounds that one script or mouth has and another has not.
_NEAR = str.maketrans({"w": "u", "p": "b", "v": "f", "c": "k", "z": "s"})


def sound_keys(name: str) -> frozenset[str]:
    """Return what parts of a name sound like, the same for its spellings in several scripts.

    For look-ups that suggest and never decide: the keys are the consonants of each part, so that a name in Arabic,
    Cyrillic, Ge'ez or Latin letters gives the same keys, and different names sometimes do too.
    """
    texts = {token.text for spelling in variants(tokens_of(name)) for token in spelling}
    return frozenset(_sound_of(text) for text in texts)


def _sound_of(text: str) -> str:
    """The consonants; of a part with fewer than two of them all of it."""
    bare = consonants(text)
    return (bare if len(bare) > 1 else text).translate(_NEAR)
