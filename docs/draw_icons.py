"""Draw the raster images of the mark: favicon.ico, the icon of phones and the card of shared links.

Needs Playwright and Chromium. Run it after a change of static/icon.svg.
"""

from __future__ import annotations

import struct
from pathlib import Path

from playwright.sync_api import sync_playwright

STATIC = Path(__file__).parent.parent / "src" / "diplograph" / "web" / "static"
ICON_SIZES = (16, 32, 48)
TOUCH_SIZE = 180
CARD = (1200, 630)
_CARD_PAGE = """<body style="margin:0;background:#0f4c6b;color:#fff;font-family:'Liberation Sans'">
<div style="padding:110px 100px"><div style="width:132px">{icon}</div>
<div style="font-size:92px;font-weight:700;letter-spacing:-2px;margin-top:44px">Diplograph</div>
<div style="font-size:40px;margin-top:18px">Who met whom, and which report says so.</div>
</div></body>"""


def draw(browser: object, markup: str, width: int, height: int) -> bytes:
    """Return a page of that size as PNG, with a transparent background."""
    page = browser.new_page(viewport={"width": width, "height": height})
    page.set_content(markup)
    image = page.screenshot(omit_background=True)
    page.close()
    return image


def pack_icons(images: dict[int, bytes]) -> bytes:
    """Return images in PNG, by their size in pixels, as one ICO file."""
    head, body = struct.pack("<HHH", 0, 1, len(images)), b""
    start = len(head) + 16 * len(images)
    for size, image in images.items():
        place = start + len(body)
        head += struct.pack("<BBBBHHII", size, size, 0, 0, 1, 32, len(image), place)
        body += image
    return head + body


def main() -> None:
    """Write the images into the static folder."""
    icon = (STATIC / "icon.svg").read_text(encoding="utf-8")
    square = f"<style>body{{margin:0}}svg{{display:block;width:100vw}}</style>{icon}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium")
        icons = {size: draw(browser, square, size, size) for size in ICON_SIZES}
        (STATIC / "favicon.ico").write_bytes(pack_icons(icons))
        full = square.replace(' rx="6"', "")
        (STATIC / "apple-touch-icon.png").write_bytes(draw(browser, full, TOUCH_SIZE, TOUCH_SIZE))
        white = icon.replace("#0f4c6b", "#ffffff").replace('#fff"', '#0f4c6b"', 2)
        (STATIC / "card.png").write_bytes(draw(browser, _CARD_PAGE.format(icon=white), *CARD))
        browser.close()


if __name__ == "__main__":
    main()
