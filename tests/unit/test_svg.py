from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from folder_sync.files.pictures import svg
from folder_sync.files.pictures.inspection import Incomplete, Inspection, Sound, Unsound, inspect
from folder_sync.photo import Format

DRAWING = """<?xml version="1.0" encoding="UTF-8"?>
<!-- a comment first -->
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">
  <title>Tee, grün</title>
  <style><![CDATA[ .a { fill: url(#g); stroke: #f00 } ]]></style>
  <defs><linearGradient id="g"/><path id="p" d="M0 0L9 9"/></defs>
  <use xlink:href="#p" class="a" style="fill:url('#g')" transform="translate(1 2)"/>
  <image href="data:image/png;base64,iVBORw0KGgo="/>
  <animate attributeName="opacity" to="1"/>
</svg>
"""


def judge(text: str | bytes) -> Inspection:
    data = text.encode() if isinstance(text, str) else text
    return inspect(io.BytesIO(data), Format.SVG, 50_000_000)


def inside(content: str) -> Inspection:
    return judge(
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'xmlns:h="http://www.w3.org/1999/xhtml">{content}</svg>'
    )


@pytest.mark.parametrize(
    "encoded",
    [
        DRAWING.encode(),
        b"\xef\xbb\xbf" + DRAWING.encode(),
        DRAWING.replace("UTF-8", "UTF-16").encode("utf-16"),
        b"\xfe\xff" + DRAWING.replace("UTF-8", "UTF-16").encode("utf-16-be"),
        '<svg a="ü"/>'.encode("utf-16-le"),
        '<svg a="ü"/>'.encode("utf-16-be"),
        DRAWING.replace("UTF-8", "ISO-8859-1").encode("latin-1"),
        b"<svg/>",
        b"<!DOCTYPE svg>\n<svg/>\n",
        b"<!DOCTYPE svg [ <!ATTLIST path d CDATA #IMPLIED> ]><svg/>",
        b'<s:svg xmlns:s="http://www.w3.org/2000/svg"/>',
        b"<!--" + b"long " * 30_000 + b"--><svg/>",
    ],
)
def test_drawings_as_programs_write_them_are_sound(encoded: bytes, tmp_path: Path) -> None:
    path = tmp_path / "drawing.svg"
    path.write_bytes(encoded)
    with path.open("rb") as file:
        found = inspect(file, Format.SVG, 50_000_000)
    assert isinstance(found, Sound), found
    assert found.content.format is Format.SVG


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("<script>alert(1)</script>", "a script"),
        ("<SCRIPT/>", "a script"),
        ('<g xmlns:o="urn:other"><o:script/></g>', "a script"),
        ('<rect onclick="go()"/>', "a script (onclick)"),
        ('<rect ONLOAD="go()"/>', "a script (onload)"),
        ('<a href="javascript:go()"/>', "a script (javascript: link)"),
        ('<a xlink:href=" java&#10;script:go()"/>', "outside"),
        ('<a href="https://example.com/"/>', "https://example.com/"),
        ('<image xlink:href="photo.jpg"/>', "photo.jpg"),
        ('<image href="//example.com/x.png"/>', "outside"),
        ('<image href="data:image/svg+xml,x"/>', "something embedded"),
        ('<use href="other.svg#p"/>', "other.svg#p"),
        ('<g xml:base="https://example.com/"/>', "outside"),
        ('<video src="x.mp4"/>', "x.mp4"),
        (f'<image href="{"x" * 500}"/>', "…"),
        ('<rect style="fill:url(https://example.com/x)"/>', "https://example.com/x"),
        ('<rect fill="url( &quot;x.svg#g&quot; )"/>', "x.svg#g"),
        ('<rect style="fill:u\\72l(x.svg)"/>', "x.svg"),
        ('<rect style="fill:\\url(x.svg)"/>', "x.svg"),
        ('<rect style="\\ffffff fill:url(x.svg)"/>', "x.svg"),
        ("<style>@import 'x.css';</style>", "@import"),
        ("<style>@im<![CDATA[port 'x.css';]]></style>", "@import"),
        ("<style>a { background: image-set('x.png' 1x) }</style>", "image-set"),
        ("<style>a { src: url(x.woff) }</style>", "x.woff"),
        ("<foreignObject/>", "foreignObject"),
        ("<iframe/>", "iframe"),
        ("<object/>", "object"),
        ("<embed/>", "embed"),
        ("<h:div/>", "web page (div)"),
        ('<?xml-stylesheet href="x.css"?>', "style sheet"),
        ("<?php echo 1 ?>", "a script (php)"),
        ('<a href="JaVaScRiPt:go()"/>', "a script (javascript: link)"),
        ('<a xlink:href="&#106;avascript:go()"/>', "a script (javascript: link)"),
        ('<a href="vbscript:go()"/>', "outside"),
        ('<image href="data:text/html,&lt;script>go()&lt;/script>"/>', "something embedded"),
        ('<use xlink:href="data:image/svg+xml;base64,AAAA#p"/>', "something embedded"),
        ('<image href="data:image/x+xml,x"/>', "something embedded"),
        ('<image href="data:;base64,PHN2Zz4="/>', "something embedded"),
        ('<image href="data:,iVBORw0KGgo"/>', "something embedded"),
        ('<s:rect xmlns:s="http://www.w3.org/2000/svg" style="fill:url(x.svg)"/>', "x.svg"),
        ('<rect mask="url(https://example.com/m#x)"/>', "https://example.com/m#x"),
        ('<rect cursor="url(https://example.com/c)"/>', "https://example.com/c"),
        ('<set attributeName="fill" to="url(https://example.com/x)"/>', "https://example.com/x"),
        ('<feImage xlink:href="https://example.com/x"/>', "https://example.com/x"),
        ('<s:script xmlns:s="http://www.w3.org/2000/svg"/>', "a script"),
        ('<g xmlns="http://www.w3.org/1999/xhtml"/>', "web page (g)"),
        ('<meta http-equiv="refresh" content="0"/>', "web page (meta)"),
        ('<form action="https://example.com/"/>', "web page (form)"),
        ("<STYLE>@import 'x.css';</STYLE>", "@import"),
        ("<style><!-- @import 'x.css'; --></style>", "@import"),
        ("<style>@\\69mport 'x.css';</style>", "@import"),
        ('<rect filter="url(https://example.com/f#x)"/>', "https://example.com/f#x"),
        ('<animate attributeName="fill" values="red;url(https://example.com/x)"/>', "https://example.com/x"),
        ('<set attributeName=" HREF " to="javascript:go()"/>', "an animated link"),
        ('<rect xmlns:e="http://www.w3.org/2001/xml-events" style="behavior:url(x.htc)"/>', "x.htc"),
        ('<set attributeName="xlink:href" to="javascript:go()"/>', "an animated link"),
        ('<animate attributeName="onclick" to="go()"/>', "an animated script"),
    ],
)
def test_what_acts_or_reaches_out_is_unsafe_and_named(content: str, told: str) -> None:
    found = inside(content)
    assert isinstance(found, Unsound), found
    assert found.reason.code == "unsafe_svg"
    assert told in found.reason.message


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE svg [<!ENTITY % p SYSTEM "x.dtd">]>',
        '<!DOCTYPE svg SYSTEM "https://example.com/x.dtd">',
        '<!DOCTYPE svg [<!ENTITY ns_svg "http://www.w3.org/2000/svg">]>',
        '<!DOCTYPE svg SYSTEM "http://www.w3.org.example.com/x.dtd">',
    ],
)
def test_entities_and_other_files_in_the_first_lines_are_unsafe(head: str) -> None:
    found = judge(f"{head}<svg/>")
    assert isinstance(found, Unsound), found
    assert found.reason.code == "unsafe_svg"
    assert "first lines" in found.reason.message


@pytest.mark.parametrize(
    "drawing",
    [
        '<!DOCTYPE svg [<!ENTITY ns_ai "http://ns.adobe.com/AdobeIllustrator/10.0/">]><svg xmlns:i="&ns_ai;"/>',
        "<svg><switch><foreignObject/><g/></switch></svg>",
    ],
)
def test_whoever_uses_illustrator_is_told_what_to_do_there(drawing: str) -> None:
    found = judge(drawing)
    assert isinstance(found, Unsound), found
    assert 'In Illustrator, save it without "Preserve Illustrator Editing Capabilities"' in found.reason.message


@pytest.mark.parametrize(
    "attribute", ['onload CDATA "go()"', 'href CDATA "javascript:go()"', 'style CDATA "fill:url(x.svg)"']
)
def test_attributes_that_the_first_lines_add_count_like_written_ones(attribute: str) -> None:
    found = judge(f"<!DOCTYPE svg [<!ATTLIST svg {attribute}>]><svg/>")
    assert isinstance(found, Unsound), found
    assert found.reason.code == "unsafe_svg"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-8-sig", "latin-1"])
def test_no_encoding_hides_a_script(encoding: str) -> None:
    declared = encoding.removesuffix("-sig").removesuffix("-le").removesuffix("-be")
    text = f'<?xml version="1.0" encoding="{declared}"?><svg><script>go()</script></svg>'
    found = judge(text.encode(encoding))
    assert isinstance(found, Unsound), found
    assert "a script" in found.reason.message


def test_utf_7_hides_nothing_for_it_is_not_read() -> None:
    """Old browsers took ``+ADw-`` for a left angle bracket."""
    found = judge(b'<?xml version="1.0" encoding="utf-7"?><svg>+ADw-script+AD4-go()+ADw-/script+AD4-</svg>')
    assert isinstance(found, Unsound), found


@pytest.mark.parametrize(
    "head",
    [
        "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10)),  # a billion laughs
        f'<!ENTITY a "{"a" * 50_000}">',  # to be repeated: quadratic
        '<!ENTITY a "&b;"><!ENTITY b "&a;">',
    ],
)
def test_texts_that_grow_are_refused_before_they_do(head: str) -> None:
    found = judge(f'<!DOCTYPE svg [<!ENTITY l0 "ha">{head}]><svg>{"&l9;&a;" * 50_000}</svg>')
    assert isinstance(found, Unsound), found
    assert found.reason.code == "unsafe_svg"


@pytest.mark.parametrize(
    "parts",
    [
        b"<g/>" * 500_000,
        b"<?a?>" * 500_000,
        b"<!---->" * 500_000,
        b"".join(b"<a%d/>" % number for number in range(svg.NAMES_MAX + 1)),
        b"".join(b"<g a%d=''/>" % number for number in range(svg.NAMES_MAX + 1)),
        b"".join(b"<g xmlns:a%d='u'/>" % number for number in range(svg.NAMES_MAX + 1)),
        b"".join(b"<g xmlns='u%d'/>" % number for number in range(svg.NAMES_MAX + 1)),
    ],
    ids=["elements", "instructions", "comments", "names", "attributes", "prefixes", "namespaces"],
)
def test_a_drawing_of_nothing_but_tiny_parts_is_refused(parts: bytes) -> None:
    found = judge(b"<svg>" + parts + b"</svg>")
    assert isinstance(found, Unsound), found
    assert "tiny parts" in found.reason.message


@pytest.mark.parametrize(
    "content",
    [
        '<?editor saved="today"?><!-- fine -->',
        '<metadata><x:y xmlns:x="urn:x" x:resource="https://example.com/" x:once="1"/></metadata>',
        '<a href="#p"/><a href=""/>',
        "<style>.a { font-family: 'A \\\"B' }</style>",
        '<image href="data:image/jpeg;base64,AAAA"/>',
        '<image xlink:href="data:image/png;base64,iVBO&#10;Rw0K"/>',
        '<image href="data:img/png;base64,AAAA"/>',  # as Photoshop writes it
        '<image href="data:;base64,iVBORw0KGgo="/><image href="data:;base64,/9j/4AAQ"/>',
        '<image href="data:image/bmp;base64,AAAA"/><image href="data:image/tiff;base64,AAAA"/>',
        "<style>@font-face { src: url(data:font/woff2;base64,AAAA) }</style>",
        "<style>@font-face { src: url('data:application/font-woff;charset=utf-8;base64,AAAA') }</style>",
        '<style>@font-face { src: url("data:application/x-font-ttf;base64,AAAA") }</style>',
        "<style>@font-face { src: url(data:application/vnd.ms-fontobject;base64,AAAA) }</style>",
        '<g xmlns:s="http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd" s:docname="image-set (2).svg"/>',
        '<g xmlns:i="http://www.inkscape.org/namespaces/inkscape" i:export-filename="C:\\image-set (1).png"/>',
        '<g xmlns:i="http://www.inkscape.org/namespaces/inkscape" i:label="photo url(1)" i:href="x.svg"/>',
        '<s:image xmlns:s="http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd" s:absref="/home/x/y.png"/>',
        '<rect aria-label="photo url(1)" id="url(x)" data-name="image-set (1)" class="url(a)"/>',
        "<text>url(x.svg) and image-set (2)</text><title>@import</title>",
    ],
)
def test_harmless_content_is_sound(content: str) -> None:
    assert isinstance(inside(content), Sound)


def test_every_beginning_may_still_be_written() -> None:
    whole = DRAWING.strip().encode()
    for size in range(1, len(whole)):
        found = judge(whole[:size])
        assert isinstance(found, Incomplete), (size, found)
        assert found.reason.code == "truncated"
    assert isinstance(judge(whole), Sound)


def test_reserved_space_that_is_not_yet_filled_may_still_be_written() -> None:
    assert isinstance(judge(DRAWING[:400] + "\0" * 400), Incomplete)


@pytest.mark.parametrize(
    "text",
    [
        "<svg><g></svg>",
        "<svg><a:b/></svg>",
        "<svg>&nothing;</svg>",
        "<svg/><svg/>",
        '<?xml version="1.0" encoding="no-such"?><svg/>',
        '<?xml version="1.0" encoding="utf-7"?><svg/>',
        '<?xml version="1.0" encoding="cp932"?><svg/>',
        "<svg>" + "<g>" * 100_000 + "</g>" * 100_000 + "</svg>",
    ],
)
def test_senseless_drawings_are_corrupt(text: str) -> None:
    found = judge(text)
    assert isinstance(found, Unsound), found
    assert found.reason.code == "corrupt"


def test_nesting_as_in_real_drawings_is_sound() -> None:
    depth = svg.DEPTH_MAX - 1
    assert isinstance(judge("<svg>" + "<g>" * depth + "</g>" * depth + "</svg>"), Sound)
    assert isinstance(judge("<svg>" + "<g></g>" * (depth + 9) + "</svg>"), Sound)


@pytest.mark.parametrize("root", ["<gpx/>", "<svg xmlns='urn:other'/>", "<!--" + "x" * 70_000 + "--><gpx/>"])
def test_another_kind_of_xml_is_the_wrong_format(root: str) -> None:
    found = judge(root.ljust(40))
    assert isinstance(found, Unsound), found
    assert found.reason.code == "wrong_format"


@pytest.mark.parametrize(
    "part",
    [
        '<image href="data:image/png;base64,{}"/>',
        "<style>{}</style>",
        "<!--{}-->",
    ],
)
def test_a_part_too_large_to_hold_is_refused(part: str) -> None:
    limit = svg.PART_MAX
    assert isinstance(judge(f"<svg>{part.format('A' * (limit - 70_000)) * 2}</svg>"), Sound)
    found = judge(f"<svg>{part.format('A' * (limit + 70_000))}</svg>")
    assert isinstance(found, Unsound), found
    assert found.reason.code == "too_large"
    assert "more than 2 MB" in found.reason.message


def test_long_text_and_many_parts_are_sound() -> None:
    assert isinstance(judge(f"<svg><text>{'words ' * 500_000}</text></svg>"), Sound)


@settings(deadline=None)
@given(st.text(alphabet="<>/!?-[]\"'=&;: svgxmlon#()\\@\0é", max_size=200))
def test_no_text_raises(text: str) -> None:
    judge(f"<svg>{text}</svg>")
    judge(f"<!DOCTYPE svg{text}<svg>")
    judge(text)
