"""Encrypted submissions (ODK XForms specification, Encryption): reading them, and the key pair they are made for.

A phone encrypts each file under a fresh AES-256 key (CFB, padded as PKCS#7), each with its own initialization vector,
and that key and a digest of everything under the node's RSA key. The scheme proves nothing about who sent it, and
whoever knows the public key can make one: what it protects is a finished interview on a lost phone.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from mainstay.core.errors import BadInputError, Fault
from mainstay.identify.types import SentForm

RSA_BITS = 2048  # what ODK Central makes: with 256 bytes, the QR code and the form stay small
KEY_BYTES = 32
DIGEST_BYTES = 16
XML_NAME = "submission.xml"
ENCRYPTED = ".enc"


@dataclass(frozen=True, slots=True)
class EncryptedManifest:
    """What the XML part of an encrypted submission says."""

    form_id: str
    version: str | None
    instance_id: str
    encrypted_key: str
    xml_file: str
    media: tuple[str, ...]
    signature: str

    @property
    def files(self) -> tuple[str, ...]:
        """The encrypted files, in the order in which they were encrypted."""
        return (*self.media, self.xml_file)


@dataclass(frozen=True, slots=True)
class OpenedFiles:
    """What an encrypted submission held."""

    xml: bytes
    media: Mapping[str, bytes]


def new_private_key() -> bytes:
    """Make a key pair; return its private half."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def load_private_key(content: bytes) -> rsa.RSAPrivateKey:
    """Return the private key out of its bytes."""
    key = load_der_private_key(content, None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("forms are encrypted for an RSA key")
    return key


def public_text(key: rsa.RSAPrivateKey) -> str:
    """Return the public half as a form carries it."""
    return base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def read_manifest(sent: SentForm) -> EncryptedManifest:
    """Read the manifest of an encrypted submission; raise BadInputError where something is missing."""
    media = sent.values.get("/media/file", ())
    found = {name: sent.value(f"/{name}") for name in (
        "base64EncryptedKey", "encryptedXmlFile", "base64EncryptedElementSignature")}  # fmt: skip
    missing = [Fault("a value", field=name) for name, value in found.items() if not value]
    if missing:
        raise BadInputError("submission", missing)
    names = [*media, found["encryptedXmlFile"]]
    if len(set(names)) != len(names) or not all(name.endswith(ENCRYPTED) and "/" not in name for name in names):
        raise BadInputError("submission", Fault("encrypted files, each named once", field="media"))
    return EncryptedManifest(
        form_id=sent.form_id,
        version=sent.version,
        instance_id=sent.instance_id,
        encrypted_key=found["base64EncryptedKey"],
        xml_file=found["encryptedXmlFile"],
        media=media,
        signature=found["base64EncryptedElementSignature"],
    )


def open_files(manifest: EncryptedManifest, files: Mapping[str, bytes], key: rsa.RSAPrivateKey) -> OpenedFiles:
    """Decrypt the files of a submission and check the digest over all of them; raise BadInputError where one fails."""
    symmetric = _open_under(key, manifest.encrypted_key, KEY_BYTES, "base64EncryptedKey")
    signed = _open_under(key, manifest.signature, DIGEST_BYTES, "base64EncryptedElementSignature")
    vectors = _vectors(manifest.instance_id, symmetric)
    plain = {name.removesuffix(ENCRYPTED): _open_file(files[name], symmetric, next(vectors)) for name in manifest.files}
    if not hmac.compare_digest(signed, _signed_digest(manifest, plain)):
        raise BadInputError("submission", Fault("the digest of what was encrypted", found="another"))
    xml = plain.pop(manifest.xml_file.removesuffix(ENCRYPTED))
    return OpenedFiles(xml, plain)


def _open_under(key: rsa.RSAPrivateKey, text: str, length: int, field: str) -> bytes:
    """Open a value under the node's key. Collect masks with SHA-256, others with SHA-1: Java's name allows both."""
    try:
        sealed = base64.b64decode(text, validate=True)
    except ValueError:
        raise BadInputError("submission", Fault("base64", field=field)) from None
    for mask in (SHA256(), SHA1()):  # noqa: S303 - the mask of OAEP, as some clients make it; no collision matters there
        opened = _open_with(key, sealed, mask)
        if opened is not None and len(opened) == length:
            return opened
    raise BadInputError("submission", Fault("a value encrypted for this node's form", field=field))


def _open_with(key: rsa.RSAPrivateKey, sealed: bytes, mask: HashAlgorithm) -> bytes | None:
    try:
        return key.decrypt(sealed, padding.OAEP(padding.MGF1(mask), SHA256(), label=None))
    except ValueError:
        return None


def _vectors(instance_id: str, symmetric: bytes) -> Iterator[bytes]:
    """The initialization vectors: a digest of which one byte after the other is counted up, file by file."""
    seed = bytearray(hashlib.md5(instance_id.encode() + symmetric, usedforsecurity=False).digest())
    turn = 0
    while True:
        seed[turn % len(seed)] = (seed[turn % len(seed)] + 1) % 256
        turn += 1
        yield bytes(seed)


def _open_file(content: bytes, symmetric: bytes, vector: bytes) -> bytes:
    decryptor = Cipher(AES256(symmetric), CFB(vector)).decryptor()
    unpadder = PKCS7(128).unpadder()
    try:
        padded = decryptor.update(content) + decryptor.finalize()
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError:
        raise BadInputError("submission", Fault("files encrypted under the key that was sent")) from None


def _signed_digest(manifest: EncryptedManifest, plain: Mapping[str, bytes]) -> bytes:
    """The digest over form, version, key, instance and every file; names are without `.enc`."""
    versions = [] if manifest.version is None else [manifest.version]
    files = [f"{name}::{_hex(content)}" for name, content in plain.items()]
    lines = [manifest.form_id, *versions, manifest.encrypted_key, manifest.instance_id, *files]
    return hashlib.md5("".join(f"{line}\n" for line in lines).encode(), usedforsecurity=False).digest()


def _hex(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
