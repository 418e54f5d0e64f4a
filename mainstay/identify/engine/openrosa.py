"""The OpenRosa protocol as data: what a phone sends, and the documents it is sent.

Submissions are read by expat with every document type refused, so that no entity is ever expanded. Forms go out with
this node's public key in them (ODK XForms specification, Encryption) and without any address that the author wrote
to send answers elsewhere. Documents follow docs.getodk.org: OpenRosa Form List, Manifest, Form Submission, Integrity.
"""

import csv
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from io import StringIO
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from lxml import etree

from mainstay.core.errors import BadInputError, Fault
from mainstay.identify.engine.answering import SILENT
from mainstay.identify.engine.xform import JR, XF, compile_form
from mainstay.identify.types import EntityRow, Instrument, SentForm

SUBMISSION = "xml_submission_file"
INCOMPLETE = "*isIncomplete*"
"""The part by which ODK Collect says that more posts follow for the same interview."""
MAX_POST_BYTES = 16 * 1024 * 1024
"""What is taken in one post; a phone splits an interview with more files into several."""
HEADERS = {"X-OpenRosa-Version": "1.0", "X-OpenRosa-Accept-Content-Length": str(MAX_POST_BYTES)}
XML_TYPE = "text/xml; charset=utf-8"
MAX_XML_BYTES = 2_000_000
MAX_ELEMENTS = 20_000
DEEPEST = 60
LONGEST_ID = 100
LONGEST_PATH = 2_000
"""Letters from the first element down to a question: each answer is kept under its own, so that long ones add up."""
META = "/meta/"
RESPONSE = "http://openrosa.org/http/response"
FORM_LIST = "http://openrosa.org/xforms/xformsList"
MANIFEST = "http://openrosa.org/xforms/xformsManifest"
ENTITY_LIST = "appointments.csv"
ENTITY_COLUMNS = ("name", "label", "__version", "starts", "instrument")
"""`name` is the value a form keeps and `label` what is shown; ODK Collect drops a list without `__version`."""


@dataclass(frozen=True, slots=True)
class ListedForm:
    """A form as the form list names it; `manifest_url` only where it takes a file along."""

    name: str
    version: str
    title: str
    digest: str
    download_url: str
    manifest_url: str = ""


def read_sent(content: bytes) -> SentForm:
    """Read what a phone sent as its XML part; raise BadInputError where it is not a submission."""
    if len(content) > MAX_XML_BYTES:
        raise _refused(f"at most {MAX_XML_BYTES // 1_000_000} MB of answers")
    try:
        root = fromstring(content, forbid_dtd=True)
    except DefusedXmlException:
        raise _refused("XML without a document type or entities") from None
    except (ParseError, ValueError, LookupError, RecursionError):
        raise _refused("well-formed XML") from None
    values = _leaves(root)
    instance_id = next(iter(values.get("/meta/instanceID", ())), "")
    form_id = (root.get("id") or "").strip()
    if not form_id or not form_id.isprintable():
        raise _refused("the form's id on the first element", "id")
    if not instance_id or len(instance_id) > LONGEST_ID or not instance_id.isprintable():
        raise _refused(f"an instance id of at most {LONGEST_ID} characters", "meta/instanceID")
    version = root.get("version")
    return SentForm(
        form_id, version if version is None else version.strip(), instance_id, root.get("encrypted") == "yes", values
    )


def answers_of(sent: SentForm, instrument: Instrument) -> dict[str, str]:
    """Return the values by the name of their question; raise BadInputError where one is not of this form.

    Values that the form itself works out (calculations, start, device) are not answers and are left out.
    """
    repeated = sorted(path for path, values in sent.values.items() if len(values) > 1)
    if repeated:
        raise BadInputError("submission", [Fault("one answer", field=path[:120]) for path in repeated[:20]])
    form = compile_form(instrument.xform)
    root = form.root
    asked = {question.name for question in instrument.questions if question.type not in SILENT}
    names = {path.removeprefix(root): name for name, path in form.paths.items() if name in asked}
    known = {path.removeprefix(root) for path in form.nodes}
    unknown = [path for path in sent.values if path not in known and not path.startswith(META)]
    if unknown:
        raise BadInputError("submission", [Fault("a question of the form", field=path[:120]) for path in unknown[:20]])
    return {names[path]: sent.value(path) for path in sent.values if path in names}


def attachments_of(sent: SentForm, xform: str) -> tuple[str, ...]:
    """Return the names of the files that the answers refer to (pictures, recordings, the audit log of the phone)."""
    form = compile_form(xform)
    root = form.root
    binary = [path.removeprefix(root) for path, bind in form.binds.items() if bind.type == "binary"]
    return tuple(dict.fromkeys(value for path in binary if (value := sent.value(path))))


def served_form(xform: str, public_key: str) -> str:
    """Return a form as a phone gets it: submissions are encrypted for this node, and go nowhere else."""
    root: Any = etree.fromstring(xform.encode(), _parser())
    model = root.find(f".//{XF}model")
    for old in model.findall(f"{XF}submission"):
        model.remove(old)
    submission = etree.Element(f"{XF}submission", base64RsaPublicKey=public_key)
    instances = model.findall(f"{XF}instance")
    model.insert(list(model).index(instances[-1]) + 1, submission)
    return str(etree.tostring(root, encoding="unicode"))


@lru_cache(maxsize=64)
def served_form_with_digest(xform: str, public_key: str) -> tuple[bytes, str]:
    """Return a served form's bytes and its digest; both change only with the form or the key."""
    content = b'<?xml version="1.0" encoding="UTF-8"?>\n' + served_form(xform, public_key).encode()
    return content, digest(content)


def takes_appointments(xform: str) -> bool:
    """Say whether a form lets an appointment be chosen, out of the list that a phone takes along."""
    return f'src="jr://file-csv/{ENTITY_LIST}"' in xform


def form_list(forms: Iterable[ListedForm]) -> bytes:
    """Return the form list document."""
    top = _top(FORM_LIST, "xforms")
    for form in forms:
        entry = etree.SubElement(top, f"{{{FORM_LIST}}}xform")
        texts = [("formID", form.name), ("name", form.title), ("version", form.version), ("hash", form.digest),
                 ("downloadUrl", form.download_url)]  # fmt: skip
        if form.manifest_url:
            texts.append(("manifestUrl", form.manifest_url))
        _texts(entry, FORM_LIST, texts)
    return _document(top)


def manifest(list_digest: str, download_url: str, integrity_url: str) -> bytes:
    """Return the manifest of a form that takes the appointments along; without a digest, an empty one."""
    top = _top(MANIFEST, "manifest")
    if list_digest:
        entry = etree.SubElement(top, f"{{{MANIFEST}}}mediaFile", type="entityList")
        texts = [("filename", ENTITY_LIST), ("hash", list_digest), ("downloadUrl", download_url),
                 ("integrityUrl", integrity_url)]  # fmt: skip
        _texts(entry, MANIFEST, texts)
    return _document(top)


def entity_list(rows: Iterable[EntityRow]) -> bytes:
    """Return appointments as the CSV of an entity list."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(ENTITY_COLUMNS)
    writer.writerows((row.id, row.label, "1", row.starts, row.instrument) for row in rows)
    return out.getvalue().encode()


def integrity(deleted: Mapping[str, bool]) -> bytes:
    """Return the integrity document: for each id that was asked for, whether it is gone."""
    top = etree.Element("data")
    entities = etree.SubElement(top, "entities")
    for entity, gone in deleted.items():
        _texts(etree.SubElement(entities, "entity", id=entity), "", [("deleted", "true" if gone else "false")])
    return _document(top)


def response(message: str, nature: str = "") -> bytes:
    """Return an OpenRosaResponse; `nature` is empty or `error`."""
    top = _top(RESPONSE, "OpenRosaResponse")
    said = etree.SubElement(top, f"{{{RESPONSE}}}message", {"nature": nature} if nature else {})
    said.text = message
    return _document(top)


def digest(content: bytes) -> str:
    """Return a digest as OpenRosa writes it; it tells a changed file, it proves nothing."""
    return f"md5:{hashlib.md5(content, usedforsecurity=False).hexdigest()}"


def _leaves(root: Element) -> dict[str, tuple[str, ...]]:
    """The values by their path below the first element, in document order, in a walk without recursion."""
    values: dict[str, tuple[str, ...]] = {}
    waiting: list[tuple[Element, str, int]] = [(root, "", 0)]
    seen = 0
    while waiting:
        element, path, depth = waiting.pop()
        seen += 1
        if seen > MAX_ELEMENTS or depth > DEEPEST or len(path) > LONGEST_PATH:
            raise _refused("a submission of this size")
        children = [(child, f"{path}/{_local(child)}", depth + 1) for child in element]
        waiting.extend(reversed(children))
        text = "" if children else (element.text or "").strip()
        if text:
            values[path] = (*values.get(path, ()), text)
    return values


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _refused(expected: str, field: str | None = None) -> BadInputError:
    return BadInputError("submission", Fault(expected, field=field))


def _top(space: str, name: str) -> Any:
    without_prefix: Any = {None: space}
    return etree.Element(f"{{{space}}}{name}", nsmap=without_prefix)


def _texts(parent: Any, space: str, texts: Sequence[tuple[str, str]]) -> None:
    for name, text in texts:
        etree.SubElement(parent, f"{{{space}}}{name}" if space else name).text = text


def _document(top: Any) -> bytes:
    return bytes(etree.tostring(top, encoding="UTF-8", xml_declaration=True))


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def clock_of(sent: SentForm, xform: str) -> tuple[datetime | None, datetime | None]:
    """Return when the interview began and ended by the phone's own clock, as far as the form asks for it."""
    starts, ends = _clock_paths(xform)
    began = next((moment for path in starts if (moment := _moment(sent.value(path)))), None)
    ended = next((moment for path in ends if (moment := _moment(sent.value(path)))), None)
    return began, ended


@lru_cache(maxsize=64)
def _clock_paths(xform: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    root: Any = etree.fromstring(xform.encode(), _parser())
    top = compile_form(xform).root
    binds = [bind for bind in root.iterfind(f".//{XF}bind") if bind.get(f"{{{JR}}}preload") == "timestamp"]
    by_kind = {
        kind: tuple(
            bind.get("nodeset").removeprefix(top) for bind in binds if bind.get(f"{{{JR}}}preloadParams") == kind
        )
        for kind in ("start", "end")
    }
    return (*by_kind["start"], "/meta/timeStart"), (*by_kind["end"], "/meta/timeEnd")


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) if text else None
    except ValueError:
        return None
