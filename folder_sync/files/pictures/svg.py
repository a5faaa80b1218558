"""SVG: well-formed, and nothing in it that acts or reaches out when somebody looks at it.

Read as a stream of events: the length of the drawing costs no memory. What is allowed to refer to
something is listed (a place in the drawing itself, an embedded pixel picture or font); everything else is refused.
"""

from __future__ import annotations

import re
from typing import BinaryIO, Final
from xml.sax import SAXException
from xml.sax.handler import ContentHandler, LexicalHandler, property_lexical_handler
from xml.sax.xmlreader import AttributesNSImpl

from defusedxml.common import DefusedXmlException, EntitiesForbidden, ExternalReferenceForbidden
from defusedxml.expatreader import DefusedExpatParser

from folder_sync.files.pictures.cursor import PIECE, parts_max
from folder_sync.files.pictures.flaws import corrupt, foreign, oversized_part, too_many_parts, truncated, unsafe
from folder_sync.photo import Format

PART_MAX: Final = 2_000_000
"""Bytes of one tag, comment or style sheet: the parser has to hold each of them whole, several times over."""

DEPTH_MAX: Final = 1000
"""Elements inside each other; drawing programs stay below a hundred. The parser remembers each of them."""

NAMES_MAX: Final = 2000
"""Different names of elements, attributes and namespaces; drawing programs use some hundred. The parser keeps each of
them to the end: half a gigabyte for a file of 50 MB that is made of nothing else."""

_W3C: Final = re.compile(r"https?://www\.w3\.org/")
_NAMESPACES: Final = (None, "http://www.w3.org/2000/svg")
_XHTML: Final = "http://www.w3.org/1999/xhtml"
_ELEMENTS: Final = {
    "script": "a script",
    "handler": "a script",
    "foreignobject": "a piece of a web page (foreignObject)",
    "iframe": "a piece of a web page (iframe)",
    "object": "a piece of a web page (object)",
    "embed": "a piece of a web page (embed)",
}
_ELEMENTS_OF_PAGES: Final = frozenset({"applet", "base", "form", "frame", "link", "meta"})
"""Harmless in a drawing by itself; some pages take drawings in, and read them as HTML."""
_REFERENCES: Final = frozenset({"href", "src", "base"})
_OF_LINKS: Final = frozenset({None, "http://www.w3.org/1999/xlink", "http://www.w3.org/XML/1998/namespace"})
"""Namespaces in which these are links; in those of drawing programs they are notes of the program's own."""

_ALLOWED: Final = re.compile(
    r"\s*(?:#|$|data:(?:(?:image|img)/(?!svg|[\w.+-]*xml)[\w.+-]+|font/[\w.+-]+|application/(?:x-)?font[\w.+-]*"
    r"|application/vnd\.ms-(?:fontobject|opentype)|application/octet-stream)\s*[;,]"
    r"|data:;base64,\s*(?-i:iVBORw0KGgo|/9j/|R0lGOD|UklGR))",
    re.IGNORECASE,
)
"""Places in the drawing itself, and what is embedded: pixel pictures and fonts, under all the names that programs give
them (Photoshop writes ``data:img/png``); and under no name, where the first bytes are those of a PNG, JPEG, GIF or
WebP: that is what a browser goes by, too."""

_STYLES: Final = frozenset(
    {
        "style", "fill", "stroke", "filter", "mask", "clip-path", "marker", "marker-start", "marker-mid", "marker-end",
        "cursor", "color-profile", "mask-image", "mask-border-source", "background", "background-image", "content",
        "border-image", "border-image-source", "list-style", "list-style-image", "shape-inside", "shape-outside",
        "shape-subtract", "offset-path", "behavior", "src",
        "values", "to", "from", "by",
    }
)  # fmt: skip
"""Attributes that are read as CSS: the presentation attributes that can name a file, and what they are animated to."""

_ILLUSTRATOR: Final = 'In Illustrator, save it without "Preserve Illustrator Editing Capabilities"'
_CSS_ESCAPE: Final = re.compile(r"\\(?:([0-9a-f]{1,6})\s?|(.))", re.IGNORECASE | re.DOTALL)
_CSS_URL: Final = re.compile(r"url\(\s*+[\"']?([^\"')]*+)", re.IGNORECASE)
_CSS_OUTSIDE: Final = re.compile(r"@import|image-set\s*\(", re.IGNORECASE)


def check(source: BinaryIO, size: int) -> None:
    """Raises the flaw *truncated*, *corrupt*, *unsafe_svg*, *wrong_format* (another root) or *too_large*."""
    source.seek(0)
    watcher = _Watcher(parts_max(size) * 2)  # an element is written in as little as four bytes
    parser = _Parser(watcher)
    try:
        while piece := source.read(PIECE):
            parser.feed(piece)
            watcher.count(len(piece))
    except EntitiesForbidden:
        raise unsafe("shortcuts for text (XML entities) in its first lines", _ILLUSTRATOR) from None
    except DefusedXmlException:
        raise unsafe("a link to another file in its first lines") from None
    except (SAXException, ValueError, LookupError):
        raise corrupt(Format.SVG) from None
    try:
        parser.close()
    except (SAXException, ValueError, LookupError):
        raise truncated() from None


class _Parser(DefusedExpatParser):
    """Refuses entities and other files. Lets pass, unread, the W3C's definition that most drawing programs name."""

    def __init__(self, watcher: _Watcher) -> None:
        super().__init__(namespaceHandling=1, forbid_external=False)  # external_entity_ref below refuses them
        self.setContentHandler(watcher)
        self.setProperty(property_lexical_handler, watcher)

    def external_entity_ref(self, context: str, base: str | None, sysid: str, pubid: str | None) -> int:
        if not (sysid and _W3C.match(sysid)):
            raise ExternalReferenceForbidden(context, base or "", sysid, pubid or "")
        return 1


class _Watcher(ContentHandler, LexicalHandler):
    def __init__(self, parts: int) -> None:
        super().__init__()
        self._parts = parts
        self._names: set[object] = set()
        self._unheard = 0
        self._depth = 0
        self._style: list[str] | None = None

    def count(self, size: int) -> None:
        """``size`` more bytes were read: too many of them without an event are one part too large to hold."""
        self._unheard += size
        if self._unheard > PART_MAX:
            raise oversized_part(PART_MAX)

    def startElementNS(  # noqa: N802  # the name is SAX's, as below
        self, name: tuple[str | None, str], _qname: str | None, attrs: AttributesNSImpl
    ) -> None:
        self._part(name)
        space, local = name
        if not self._depth and (local != "svg" or space not in _NAMESPACES):
            raise foreign("a text file (XML)", Format.SVG)
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise corrupt(Format.SVG)
        if found := _ELEMENTS.get(local.lower()):
            raise unsafe(found, _ILLUSTRATOR) if local.lower() == "foreignobject" else unsafe(found)
        if space == _XHTML or (space in _NAMESPACES and local.lower() in _ELEMENTS_OF_PAGES):
            raise unsafe(f"a piece of a web page ({local})")
        self._names.update(attrs.keys())
        for (attribute_space, attribute), value in attrs.items():
            _check_attribute(attribute_space, attribute.lower(), value, is_drawn=space in _NAMESPACES)
        if local.lower() == "style":
            self._style = []

    def endElementNS(self, name: tuple[str | None, str], _qname: str | None) -> None:  # noqa: N802 -- SAX's name
        self._unheard = 0
        self._depth -= 1
        if self._style is not None and name[1].lower() == "style":
            _check_css("".join(self._style))
            self._style = None

    def characters(self, content: str) -> None:
        if self._style is None:
            self._unheard = 0
        else:
            self._style.append(content)

    def startPrefixMapping(self, prefix: str | None, uri: str) -> None:  # noqa: N802 -- SAX's name
        self._names.update((prefix, uri))

    def comment(self, content: str) -> None:
        self._part()
        if self._style is not None:  # to a page that takes the drawing in, no comment at all
            self._style.append(content)

    def processingInstruction(self, target: str, _data: str) -> None:  # noqa: N802 -- SAX's name
        self._part()
        if target.lower() == "xml-stylesheet":
            raise unsafe("a link to a style sheet outside of it")
        if target.lower() == "php":
            raise unsafe("a script (php)")

    def _part(self, name: object = None) -> None:
        self._unheard = 0
        self._parts -= 1
        self._names.add(name)
        if self._parts < 0 or len(self._names) > NAMES_MAX:
            raise too_many_parts()


def _check_attribute(space: str | None, name: str, value: str, *, is_drawn: bool) -> None:
    if space is None and name.startswith("on"):
        raise unsafe(f"a script ({name})")
    if name in _REFERENCES and space in _OF_LINKS:
        _check_target(value)
    if name == "attributename" and value.strip().lower().endswith(("href", "src")):
        raise unsafe("an animated link")
    if name == "attributename" and value.strip().lower().startswith("on"):
        raise unsafe("an animated script")
    if is_drawn and space is None and name in _STYLES and ("(" in value or "\\" in value):
        _check_css(value)


def _check_target(target: str) -> None:
    if _ALLOWED.match(target):
        return
    if re.match(r"[\s\x00-\x1f]*javascript", target, re.IGNORECASE):
        raise unsafe("a script (javascript: link)")
    if re.match(r"\s*data:", target, re.IGNORECASE):
        raise unsafe(f"something embedded that is neither a pixel picture nor a font ({_shorten(target)})")
    raise unsafe(f"a link to something outside of it ({_shorten(target)})")


def _check_css(text: str) -> None:
    plain = _CSS_ESCAPE.sub(_unescape, text) if "\\" in text else text
    if found := _CSS_OUTSIDE.search(plain):
        raise unsafe(f"a style that loads something from outside of it ({found[0]})")
    for match in _CSS_URL.finditer(plain):
        _check_target(match[1])


def _unescape(match: re.Match[str]) -> str:
    code = int(match[1], 16) if match[1] else ord(match[2])
    return chr(code) if code <= 0x10FFFF else "\ufffd"


def _shorten(text: str) -> str:
    clean = "".join(filter(str.isprintable, text)).strip()
    return clean if len(clean) <= 60 else f"{clean[:59]}…"
