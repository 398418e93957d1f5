"""Names that try to leave the text they stand in, and how to tell from a page's markup whether one did."""

from html.parser import HTMLParser

TAG = "xss-tag"
ATTRIBUTE = "xss-attribute"

# Each breaks out of one place where a careless page might put a name.
BREAKERS = (
    f"<{TAG}>",
    f"</script><{TAG}>",
    f'"><{TAG}>',
    f"'><{TAG}>",
    f"--><{TAG}>",
    f"</textarea></title></style></option></select><{TAG}>",
    f'" {ATTRIBUTE}="1',
    f"' {ATTRIBUTE}='1",
    f"` {ATTRIBUTE} x=`",
    f"x {ATTRIBUTE}=1 ",
    "javascript:alert(document.domain)//",
    "{{ 7777*7 }}{% now 'Y' %}",
    "${7777*7}",
    "');alert(1);('",
    '\\");alert(1);//',
    "&lt;img src=x onerror=alert(1)&gt;",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "\u202egnp.exe\u2066",
    "a\nb\r\tc",
    "\x1b[2J\x9b",
    "]]>\u2028alert(1)\u2029",
    '=HYPERLINK("http://evil.example","x")',
    "x" * 255,
)


class Escapes(HTMLParser):
    """Collects what on a page can only stem from a name: our own tag and attribute, handlers, script addresses."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at the tag and each attribute."""
        if tag == TAG:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            address = (value or "").strip().lower().startswith(("javascript:", "vbscript:"))
            if (
                name == ATTRIBUTE
                or name.startswith("on")
                or (address and name in {"href", "src", "action", "formaction"})
            ):
                self.found.append(f"<{tag} {name}={value!r}>")


def escapes(html: str) -> list[str]:
    """What escaped on the page; empty on a sound one."""
    parser = Escapes()
    parser.feed(html)
    parser.close()
    # A template that was put together with a name would have done the sum.
    return parser.found + [sum_ for sum_ in ("54439",) if sum_ in html]
