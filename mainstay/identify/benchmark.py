"""The benchmark `identify`: how fast answers are assessed, a page opens, and a node takes many phones at once.

Each measure is a function that returns lines of the document; there is no peer to put beside them.
"""

import asyncio
import base64
import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import load_der_public_key

from mainstay.core.benches import Row, document, fresh_node, p95, postgresql, row
from mainstay.core.errors import MainstayError
from mainstay.identify import benchmark_assess, benchmark_page

PHONES = 100
PAUSE = 3.0
"""Seconds between two interviews of one phone, so that some thirty arrive in a second: many more than people ask."""
WARM_PAUSE = 2.0
P95_GOAL_MS = 300.0
EMAIL = "bench@example.org"
FORM = "rapid_screen"
ANSWERS = {"danger_now": "no", "brought_here": "yes", "threats": "yes", "made_to": "work beg", "debt": "declined"}


def run(quick: bool) -> dict[str, Any]:
    """Run every measure and return the document; with `quick` in less than 50 seconds."""
    results = [row for measure in MEASURES for row in measure(quick)]
    return document("identify", quick, results)


def phones_on_sqlite(quick: bool) -> list[Row]:
    """Measure a hundred phones that submit to a node on SQLite."""
    return _phones("SQLite", "", quick)


def phones_on_postgresql(quick: bool) -> list[Row]:
    """Measure the same on PostgreSQL: the one of MAINSTAY_BENCH_POSTGRES, or one started for this, if there is any."""
    if quick:
        return [row("100 parallel phones submitting to PostgreSQL, p95: not in a quick run", None, "ms", P95_GOAL_MS)]
    with postgresql() as url:
        if not url:
            return [row("100 parallel phones submitting to PostgreSQL, p95", None, "ms", P95_GOAL_MS)]
        return _phones("PostgreSQL", url, quick)


def page_without_network(quick: bool) -> list[Row]:
    """Measure the page that works without network on a slow line; a quick run leaves its first visit out."""
    return benchmark_page.form_page_seconds(first_visit=not quick)


MEASURES: tuple[Callable[[bool], list[Row]], ...] = (
    benchmark_assess.measure,
    page_without_network,
    phones_on_sqlite,
    phones_on_postgresql,
)


def _phones(database: str, url: str, quick: bool) -> list[Row]:
    """Measure phones that send at their own moments, and then all of them at the same instant."""
    rounds = 2 if quick else 20
    with _node(url) as served:
        public = served.public_key()
        _submit_all(served, [[_post(served, phone, public)] for phone in served.phones], WARM_PAUSE)
        posts = [[_post(served, phone, public) for _ in range(rounds)] for phone in served.phones]
        steady = _submit_all(served, posts, PAUSE)
        burst = _submit_all(served, [[_post(served, phone, public)] for phone in served.phones], 0)
    each = f"each an encrypted interview every {PAUSE:.0f} s"
    failed = sum(1 for status, _taken in steady + burst if status != 201)
    return [
        row(f"{PHONES} parallel phones submitting to {database}, {each}, p95", _taken_p95(steady), "ms", P95_GOAL_MS),
        row(f"{PHONES} phones submitting to {database} in the same instant, p95", _taken_p95(burst), "ms", P95_GOAL_MS),
        row(f"submissions to {database} that failed, of {len(steady + burst)}", failed, "submissions", 0),
    ]


def _taken_p95(answers: Sequence[tuple[int, float]]) -> float:
    return p95([taken for _status, taken in answers])


@dataclass(frozen=True, slots=True)
class _Served:
    """A node that runs, and the addresses of its phones."""

    port: int
    phones: Sequence[str]

    def public_key(self) -> Any:
        """Return the key that the shipped form carries, as a phone gets it."""
        address = f"http://127.0.0.1:{self.port}{self.phones[0]}/formXml?formID={FORM}&version=1"
        form = httpx.get(address, timeout=30).raise_for_status().text
        found = re.search(r'base64RsaPublicKey="([^"]+)"', form)
        if found is None:
            raise MainstayError("The form carries no key.")
        return load_der_public_key(base64.b64decode(found[1]))


@contextmanager
def _node(database_url: str) -> Iterator[_Served]:
    """Set up a node with a hundred phones, serve it, and take it down again."""
    with fresh_node(database_url) as node:
        names = [f"Phone {number}" for number in range(PHONES)]
        commands = [
            *([["init"]] if database_url else []),  # a node on SQLite is set up by its first command
            ["add-person", EMAIL, "Bench", "screener", f"Bench {uuid4()}"],
            ["identify", "register-device", EMAIL, *names, "--json"],
        ]
        made = json.loads(node.run(commands))
        with node.served():
            yield _Served(node.port, [urlsplit(phone["server_url"]).path for phone in made["devices"]])


def _post(served: _Served, address: str, public: Any) -> bytes:
    """Return one encrypted interview with the shipped form as the bytes that a phone sends."""
    instance_id, boundary = f"uuid:{uuid4()}", uuid4().hex
    values = "".join(f"<{name}>{value}</{name}>" for name, value in ANSWERS.items())
    xml = f'<data id="{FORM}" version="1">{values}<meta><instanceID>{instance_id}</instanceID></meta></data>'
    manifest, sealed = _encrypted(xml.encode(), instance_id, public)
    parts = (("xml_submission_file", "i.xml", manifest), ("submission.xml.enc", "submission.xml.enc", sealed))
    body = b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n\r\n'.encode()
        + content
        + b"\r\n"
        for name, file, content in parts
    )
    body += f"--{boundary}--\r\n".encode()
    head = (
        f"POST {address}/submission HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nConnection: close\r\n"
        f"Content-Type: multipart/form-data; boundary={boundary}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _encrypted(xml: bytes, instance_id: str, public: Any) -> tuple[bytes, bytes]:
    """Encrypt an interview without files, as ODK Collect does."""
    key = os.urandom(32)

    def under_rsa(plain: bytes) -> str:
        return base64.b64encode(public.encrypt(plain, OAEP(MGF1(SHA256()), SHA256(), None))).decode()

    vector = bytearray(hashlib.md5(instance_id.encode() + key, usedforsecurity=False).digest())
    vector[0] = (vector[0] + 1) % 256
    padder, cipher = PKCS7(128).padder(), Cipher(AES256(key), CFB(bytes(vector))).encryptor()
    sealed = cipher.update(padder.update(xml) + padder.finalize()) + cipher.finalize()
    secret = under_rsa(key)
    digest = hashlib.md5(xml, usedforsecurity=False).hexdigest()
    lines = f"{FORM}\n1\n{secret}\n{instance_id}\nsubmission.xml::{digest}\n"
    signature = under_rsa(hashlib.md5(lines.encode(), usedforsecurity=False).digest())
    manifest = (
        f'<data id="{FORM}" version="1" encrypted="yes"><base64EncryptedKey>{secret}</base64EncryptedKey>'
        f"<meta><instanceID>{instance_id}</instanceID></meta><encryptedXmlFile>submission.xml.enc</encryptedXmlFile>"
        f"<base64EncryptedElementSignature>{signature}</base64EncryptedElementSignature></data>"
    )
    return manifest.encode(), sealed


def _submit_all(served: _Served, posts: Sequence[Sequence[bytes]], pause: float) -> list[tuple[int, float]]:
    """Let all phones send at once; return each answer's status and how long it took, in seconds."""

    async def phones() -> list[list[tuple[int, float]]]:
        starts = (pause * place / len(posts) for place in range(len(posts)))
        return await asyncio.gather(
            *(_phone(served.port, own, pause, start) for own, start in zip(posts, starts, strict=True))
        )

    return [answer for answers in asyncio.run(phones()) for answer in answers]


async def _phone(port: int, posts: Sequence[bytes], pause: float, start: float) -> list[tuple[int, float]]:
    """Send a phone's interviews one after another, from its own moment on."""
    await asyncio.sleep(start)
    answers = []
    for post in posts:
        begin = time.perf_counter()
        status = await _send(port, post)
        taken = time.perf_counter() - begin
        answers.append((status, taken))
        await asyncio.sleep(max(0.0, pause - taken))
    return answers


async def _send(port: int, post: bytes) -> int:
    """Send one post on a line of its own and return the status; 0 where there was no answer."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(post)
        await writer.drain()
        answer = await reader.read()
        writer.close()
    except OSError:
        return 0
    found = re.match(rb"HTTP/1\.[01] (\d{3})", answer)
    return int(found[1]) if found else 0
