"""A page taken apart: what it shows, and whether anything in it could run or fetch."""

import base64
import re
from html.parser import HTMLParser

#: What people or programs have put into forms to make pages run it.
PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><script>alert(1)</script>",
    "</title><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "<!-- --><iframe src=//example.org>",
    "&lt;script&gt; & < > \" '",
    "url(http://example.org/x.png)",
    "=1+1 @import 'http://example.org'",
)
_FORBIDDEN = {
    "script", "iframe", "object", "embed", "link", "base", "form", "input", "audio", "video",
    "source", "a", "svg", "math", "template", "frame", "applet",
}  # fmt: skip
_VOID = {"meta", "img", "br"}


class Page(HTMLParser):
    """An HTML page as a browser would take it apart."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.html = html
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.images: list[dict[str, str]] = []
        self.headings: dict[str, list[str]] = {}
        self.cells: list[str] = []
        self.styles: list[str] = []
        self._parts: list[str] = []
        self._title = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()

    @property
    def text(self) -> str:
        """All text outside the style."""
        return " ".join(" ".join(self._parts).split())

    @property
    def title(self) -> str:
        """What stands in the title of the window, with which `text` begins."""
        return self._title

    @property
    def pictures(self) -> list[str]:
        """The SVG of each image."""
        return [
            base64.b64decode(image["src"].partition(",")[2]).decode("utf-8")
            for image in self.images
        ]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag == "img":
            self.images.append({name: value or "" for name, value in attrs})
        if tag not in _VOID:
            self._open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.setdefault(tag, []).append("")
        if tag == "td":
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        here = self._open[-1] if self._open else ""
        if here == "style":
            self.styles.append(data)
            return
        self._parts.append(data)
        if here == "title":
            self._title += data
        if here in self.headings:
            self.headings[here][-1] += data
        if here == "td":
            self.cells[-1] += data

    def assert_closed(self) -> None:
        """Nothing in the page can run, fetch, or lead elsewhere."""
        assert not self._open, f"not closed: {self._open}"
        assert not _FORBIDDEN & set(self.tags)
        for tag, name, value in self.attributes:
            assert not name.startswith("on"), f"{tag} {name}"
            assert name not in {"href", "action", "formaction", "srcset", "background", "style"}
            if name == "src":
                assert value.startswith("data:image/svg+xml;base64,")
        for style in self.styles:
            assert "url(" not in style
            assert "@import" not in style
            assert "http" not in style
        for picture in self.pictures:
            assert not re.search(r"<(script|image|foreignObject|a)\b", picture)
            assert not re.search(r"\son[a-z]+\s*=", re.sub(r">[^<]*<", "><", picture))
            targets = re.findall(r'(?:href|src)="([^"]*)"', re.sub(r">[^<]*<", "><", picture))
            assert all(target.startswith("#") for target in targets)
            assert "@import" not in re.sub(r">[^<]*<", "><", picture)
