"""A phone as the protocol's documents describe it, written apart from the node's own code, and small forms for it."""

import base64
import json
import os
import re
import zlib
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from hashlib import md5 as any_md5
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from defusedxml.ElementTree import fromstring
from django.test import Client

from mainstay.accounts.models import User
from mainstay.identify.engine.xlsform import read_instrument
from mainstay.identify.services.instruments import install_instrument
from mainstay.identify.types import Instrument
from tests.factories import NOW
from tests.identify.builders import workbook

HEAD = ["type", "name", "label", "relevant", "constraint"]
md5 = partial(any_md5, usedforsecurity=False)
JPEG = b"\xff\xd8\xff\xe0 made-up picture "


def visit_form(version: str = "1", **extra: str) -> Instrument:
    """Return a form with a group, several choices, a date, a condition and two pictures, as pyxform makes it."""
    survey = [
        HEAD,
        ["start", "start", "", "", ""],
        ["end", "end", "", "", ""],
        ["calculate", "sum", "", "", ""],
        ["select_one sexes", "sex", "Sex?", "", ""],
        ["select_one ages", "age_group", "Age?", "", ""],
        ["begin_group", "work", "Work", "", ""],
        ["select_multiple signs", "seen", "What was seen?", "", ""],
        ["date", "since", "Since when?", "", ". <= today()"],
        ["integer", "hours", "Hours a day?", "", ". <= 24"],
        ["end_group", "", "", "", ""],
        ["image", "room", "Picture of the room", "", ""],
        ["image", "papers", "Picture of the papers", "", ""],
    ]
    head, rows = [*HEAD, "calculation"], [[*row, "1 + 1" if row[0] == "calculate" else ""] for row in survey[1:]]
    choices = [["list_name", "name", "label"]]
    for of, names in (("sexes", "female male"), ("ages", "0-17 18+ unknown"), ("signs", "locks beds guards")):
        choices += [[of, name, name] for name in names.split()]
    settings = [["form_id", "version"], ["visit", version]]
    return read_instrument("visit.xlsx", workbook([head, *rows], choices, settings))


def appointment_form() -> Instrument:
    """Return a form that lets one of the day's appointments be chosen."""
    survey = [["type", "name", "label"], ["select_one_from_file appointments.csv", "who", "Who?"], ["text", "a", "A?"]]
    return read_instrument("followup.xlsx", workbook(survey, None, [["form_id", "version"], ["followup", "1"]]))


def install(instrument: Instrument, now: datetime = NOW) -> Instrument:
    install_instrument(instrument, actor=None, now=now)
    return instrument


def filled(instrument: Instrument, values: dict[str, str], instance_id: str = "", **changes: str) -> bytes:
    """Return the XML that a phone makes of a form's own instance: paths below the first element, and their values."""
    found = re.search(r"<instance><([\w:]+) (.*?)>(.*?)</\1></instance>", instrument.xform, re.S)
    assert found is not None
    xml = f'<{found[1]} xmlns:orx="http://openrosa.org/xforms" {found[2]}>{found[3]}</{found[1]}>'
    for space in ("jr", "odk", "entities"):
        xml = xml.replace(f"{space}:", f"{space}_")
    root = fromstring(xml)
    for path, value in {"meta/instanceID": instance_id or f"uuid:{uuid4()}", **values}.items():
        node = root.find(path)
        assert node is not None, path
        node.text = value
    for name, value in changes.items():
        root.set(name, value)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def read_xml(content: bytes) -> Any:
    """Return the first element of a document that the node sent."""
    return fromstring(content)


def read_qr_text(text: str) -> dict[str, Any]:
    """Return the settings of a code's text, as ODK Collect reads them."""
    settings: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(text)))
    return settings


@dataclass
class Part:
    """One part of a post."""

    name: str
    content: bytes
    filename: str | None = None
    kind: str = "application/octet-stream"


def multipart(parts: list[Part]) -> tuple[bytes, str]:
    """Return a body and its content type."""
    boundary = uuid4().hex
    lines = []
    for part in parts:
        named = f'; filename="{part.filename}"' if part.filename is not None else ""
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{part.name}"{named}\r\n'
        lines.append(f"{head}Content-Type: {part.kind}\r\n\r\n".encode() + part.content + b"\r\n")
    return b"".join(lines) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def post_parts(xml: bytes, files: dict[str, bytes] | None = None, *, incomplete: bool = False) -> list[Part]:
    """Return the parts that ODK Collect sends."""
    parts = [Part("xml_submission_file", xml, "interview.xml", "text/xml")]
    parts += [Part(name, content, name, "image/jpeg") for name, content in (files or {}).items()]
    return [*parts, Part("*isIncomplete*", b"yes", None, "text/plain")] if incomplete else parts


@dataclass
class Phone:
    """ODK Collect over Django's test client; `path` is the server's address without the host."""

    path: str
    client: Client = field(default_factory=Client)

    def get(self, address: str, **query: str) -> Any:
        return self.client.get(f"{self.path}/{address}", query)

    def send(self, xml: bytes, files: dict[str, bytes] | None = None, *, incomplete: bool = False) -> Any:
        return self.send_parts(post_parts(xml, files, incomplete=incomplete))

    def send_parts(self, parts: list[Part]) -> Any:
        body, kind = multipart(parts)
        return self.client.post(f"{self.path}/submission", body, content_type=kind)


def a_phone(owner: User, name: str = "Blue phone") -> Phone:
    """Return a registered phone of a screener."""
    from mainstay.identify.services.devices import register_device

    made = register_device(name, owner=owner, actor=owner, now=NOW)
    return Phone(f"/odk/key/{made.token}", Client(enforce_csrf_checks=True))


def bare(xml: bytes) -> bytes:
    """Return a document without its declaration."""
    return xml.partition(b"?>")[2].lstrip() if xml.startswith(b"<?xml") else xml


def encrypt(
    xml: bytes, files: dict[str, bytes], form: bytes, *, mask: hashes.HashAlgorithm | None = None, **changes: Any
) -> tuple[bytes, dict[str, bytes]]:
    """Encrypt an interview as the specification says (getodk.github.io/xforms-spec/encryption).

    `changes` spoil one thing each: `signature`, `padding`, `key`, `wrap`.
    """
    root = fromstring(xml)
    form_id, version = root.attrib["id"], root.attrib.get("version")
    instance_id = root.findtext("meta/instanceID") or ""
    match = re.search(rb'base64RsaPublicKey="([^"]+)"', form)
    assert match is not None, "the form carries no key"
    public: Any = serialization.load_der_public_key(base64.b64decode(match[1]))
    secret = changes.get("key", os.urandom(32))

    def under_rsa(plain: bytes) -> str:
        way = padding.OAEP(padding.MGF1(mask or hashes.SHA256()), hashes.SHA256(), None)
        return base64.b64encode(public.encrypt(plain, way)).decode()

    seed = list(md5(instance_id.encode("utf-8") + secret).digest())
    sealed, lines = {}, []
    for counter, (name, content) in enumerate(
        [*files.items(), ("submission.xml", changes.get("wrap", b"") + bare(xml))]
    ):
        seed[counter % 16] = (seed[counter % 16] + 1) & 0xFF
        fill = 16 - len(content) % 16
        padded = content + (b"" if changes.get("padding") == "none" else bytes([fill]) * fill)
        cipher = Cipher(algorithms.AES(secret), CFB(bytes(seed))).encryptor()
        sealed[f"{name}.enc"] = cipher.update(padded) + cipher.finalize()
        lines.append(f"{name}::{md5(content).hexdigest()}")
    key = under_rsa(secret)
    source = [form_id, *([version] if version is not None else []), key, instance_id, *lines]
    signature = changes.get("signature") or under_rsa(md5(("\n".join(source) + "\n").encode()).digest())
    media = "".join(f"<media><file>{name}.enc</file></media>\n" for name in files)
    attribute = f' version="{version}"' if version is not None else ""
    manifest = (
        f'<data xmlns="http://www.opendatakit.org/xforms/encrypted" id="{form_id}"{attribute} encrypted="yes">'
        f"<base64EncryptedKey>{key}</base64EncryptedKey>"
        f'<orx:meta xmlns:orx="http://openrosa.org/xforms"><orx:instanceID>{instance_id}</orx:instanceID></orx:meta>\n'
        f"{media}<encryptedXmlFile>submission.xml.enc</encryptedXmlFile>"
        f"<base64EncryptedElementSignature>{signature}</base64EncryptedElementSignature></data>"
    )
    return manifest.encode(), sealed
