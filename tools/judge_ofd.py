"""Lets ofd.js, a reader that others wrote, open an OFD in Chromium, say what it reads, and judge the seal.

Usage: python tools/judge_ofd.py FILE.ofd [--picture OUT.png] [--tamper] [--modules DIR] [--chromium PATH]
       python tools/judge_ofd.py --fetch [--modules DIR]    fetches the reader and ends: tests never use the network
Prints JSON: pages, text, whether the SM2 signature and all digests are good. Exit code 0: both are good. With --tamper
one byte of the page and one of what is signed are also changed, and the reader must find both.
Needs npm (for ofd.js 0.2.6, Apache-2.0, fetched into DIR once) and Chromium. ofd.js does not load a document's own
fonts, so they are handed to the browser first.
"""

import argparse
import base64
import hashlib
import io
import json
import re
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from playwright.sync_api import Error, sync_playwright

READER = "ofd.js@0.2.6"
SCRIPT = "ofd.umd.min.js"
PACKAGE = "ec96a0966f66f8d1740e18eb231c6683de63020c6dde15be6aeb19778d912685"
"""SHA-256 of the package as npm gives it."""
CHROMIUM = "/usr/bin/chromium"
CACHE = Path(sys.prefix) / "judges"
"""With the packages that tests use; gone with them."""
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_JUDGE = """
async ([file, fonts]) => {
  const bytes = encoded => Uint8Array.from(atob(encoded), letter => letter.charCodeAt(0)).buffer;
  for (const [family, data] of fonts) {
    const face = new FontFace(family, bytes(data));
    document.fonts.add(await face.load());
  }
  const documents = await new Promise((success, fail) => ofd.parseOfdDocument({ofd: bytes(file), success, fail}));
  const pages = ofd.renderOfd(860, documents[0]);
  pages.forEach(page => document.body.appendChild(page));
  const checked = Object.fromEntries([...(window.toBeChecked || new Map())].map(
    ([id, files]) => [id, {files: files.length, good: ofd.digestCheck(files)}]));
  const drawn = [...document.querySelectorAll("[name=seal_img_div]")];
  return {
    pages: pages.length,
    text: pages.map(page => [...page.querySelectorAll("text")].map(letter => letter.textContent).join("")),
    signatures: drawn.map(seal => JSON.parse(seal.dataset.signedInfo).VerifyRet),
    seal_names: drawn.map(seal => JSON.parse(seal.dataset.sesSignature).toSign.eseal.esealInfo.property.name),
    digests: checked,
  };
}
"""


class Judge:
    """ofd.js in one Chromium, for as many documents as wanted; a context manager.

    Args:
        script: see `fetched`.
        chromium: the browser.
    """

    def __init__(self, script: Path, chromium: str = CHROMIUM) -> None:
        self._script, self._chromium, self._stack = script, chromium, ExitStack()

    def __enter__(self) -> Self:
        playwright = self._stack.enter_context(sync_playwright())
        self._browser = playwright.chromium.launch(executable_path=self._chromium, args=FLAGS)
        self._stack.callback(self._browser.close)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def __call__(self, document: bytes, picture: Path | None = None) -> dict[str, Any]:
        """What the reader makes of a document; `error` where it cannot open it."""
        page = self._browser.new_page(viewport={"width": 860, "height": 1230})
        try:
            page.set_content("<body style='margin: 0'></body>")
            page.add_script_tag(path=self._script)
            try:
                fonts = [list(font) for font in _fonts(document)]
                found: dict[str, Any] = page.evaluate(_JUDGE, [base64.b64encode(document).decode(), fonts])
            except Error as error:  # whatever stops the reader is its verdict
                return {"error": str(error).splitlines()[0], "good": False}
            if picture:
                page.wait_for_timeout(200)  # pictures are decoded later
                page.screenshot(path=picture, full_page=True)
        finally:
            page.close()
        digests = [one["good"] for one in found["digests"].values()]
        return found | {"good": bool(found["signatures"] and digests) and all(found["signatures"]) and all(digests)}


def fetched(folder: Path) -> Path:
    """The reader's script, fetched by npm into a folder once. Raises RuntimeError where that cannot be."""
    script = folder / SCRIPT
    if not script.exists():
        folder.mkdir(parents=True, exist_ok=True)
        try:
            words = ["npm", "pack", "--silent", "--pack-destination", str(folder), READER]
            subprocess.run(words, check=True, capture_output=True, timeout=300)
        except (OSError, subprocess.SubprocessError) as error:
            raise RuntimeError(f"npm could not fetch {READER}: {error}") from error
        package = (folder / f"{READER.replace('@', '-')}.tgz").read_bytes()
        if hashlib.sha256(package).hexdigest() != PACKAGE:
            raise RuntimeError(f"{READER} is not the one that was looked at")
        with tarfile.open(fileobj=io.BytesIO(package)) as files:
            source = files.extractfile(f"package/lib/{SCRIPT}")
            assert source
            script.write_bytes(source.read())
    return script


def tampered(document: bytes) -> dict[str, bytes]:
    """The document (not compressed, as ours are) with one byte changed: of the page, and of what is signed."""
    found = {}
    for name, within in (("Content.xml", 1000), ("SignedValue.dat", 1000)):
        place = document.index(name.encode()) + len(name) + within
        found[name] = document[:place] + bytes([document[place] ^ 1]) + document[place + 1 :]
    return {name: _with_good_sums(data) for name, data in found.items()}


def _with_good_sums(document: bytes) -> bytes:
    """The same files in a zip whose check sums are right, so that it is the seal that tells."""
    source, at, files = bytearray(document), 0, []
    while source[at : at + 4] == b"PK\x03\x04":
        size, length = struct.unpack_from("<IH", source, at + 22)
        start = at + 30 + length
        files.append((source[at + 30 : start].decode(), bytes(source[start : start + size])))
        at = start + size
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, data in files:
            package.writestr(name, data)
    return out.getvalue()


def _fonts(document: bytes) -> list[tuple[str, str]]:
    """Family and file (base64) of the fonts within."""
    try:
        with tempfile.TemporaryFile() as file:
            file.write(document)
            package = zipfile.ZipFile(file)
            resources = package.read("Doc_0/PublicRes.xml").decode()
            found = re.findall(r'FamilyName="([^"]*)"><ofd:FontFile>([^<]*)<', resources)
            return [(family, base64.b64encode(package.read(f"Doc_0/Res/{name}")).decode()) for family, name in found]
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError):
        return []


def main() -> int:
    """The command."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("document", type=Path, nargs="?")
    arguments.add_argument("--fetch", action="store_true", help="fetch the reader and end")
    arguments.add_argument("--picture", type=Path, help="save the first pages as the reader draws them")
    arguments.add_argument("--tamper", action="store_true", help="also try it with single bytes changed")
    arguments.add_argument("--modules", type=Path, default=CACHE)
    arguments.add_argument("--chromium", default=CHROMIUM)
    given = arguments.parse_args()
    if given.fetch:
        print(fetched(given.modules))
        return 0
    if given.document is None:
        arguments.error("which document?")
    document = given.document.read_bytes()
    with Judge(fetched(given.modules), given.chromium) as judge:
        found = judge(document, given.picture)
        as_expected = found["good"]
        if given.tamper:
            found["tampered"] = {name: judge(data)["good"] for name, data in tampered(document).items()}
            as_expected = as_expected and not any(found["tampered"].values())
    print(json.dumps(found, ensure_ascii=False, indent=1))
    return 0 if as_expected else 1


if __name__ == "__main__":
    sys.exit(main())
