"""The interface's translations: one small .po file per room, merged into one django.mo by `make setup`.

Usage: python tools/messages.py compile | check
A room's file is src/dangqiao/locale/zh_Hans/LC_MESSAGES/<room>.po; msgids are English. `check` names each msgid that
the code uses and no file translates, and each that is translated twice with different words.
"""

import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent / "src" / "dangqiao"
FOLDER = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES"
KEYWORDS = {
    "gettext": None,
    "gettext_lazy": None,
    "_": None,
    "N_": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
}


def merged() -> tuple[Catalog, list[str]]:
    """All rooms' files as one catalogue, and the sentences that contradict each other."""
    whole, conflicts = Catalog(locale="zh_Hans"), []
    for path in sorted(FOLDER.glob("*.po")):
        with path.open("rb") as stream:
            for message in read_po(stream, locale="zh_Hans"):
                if not message.id or not message.string:
                    continue
                known = whole.get(message.id, message.context)
                if known and known.string != message.string:
                    conflicts.append(f"{path.name}: {message.id!r} is translated in two ways")
                whole.add(message.id, message.string, context=message.context)
    return whole, conflicts


def template_messages(path: Path) -> list[str]:
    """The msgids of a Django template."""
    import io

    from django.utils.translation.template import templatize

    source = templatize(path.read_text(encoding="utf-8"), origin=str(path))
    from babel.messages.extract import extract

    return [
        message if isinstance(message, str) else message[0]
        for _line, message, _comments, _context in extract("python", io.BytesIO(source.encode()), KEYWORDS)
    ]


def used() -> dict[str, str]:
    """msgid -> the first file that uses it."""
    found: dict[str, str] = {}
    for path in sorted(ROOT.rglob("*.py")):
        if "migrations" in path.parts:
            continue
        for _line, message, _comments, _context in extract_from_file("python", str(path), KEYWORDS):
            first = message if isinstance(message, str) else message[0]
            if first:
                found.setdefault(first, str(path.relative_to(ROOT)))
    for path in sorted([*ROOT.rglob("*.html"), *ROOT.rglob("templates/**/*.txt")]):
        for message in template_messages(path):
            found.setdefault(message, str(path.relative_to(ROOT)))
    return found


def problems() -> list[str]:
    """Every untranslated or contradictory msgid, one line each."""
    import django
    from django.conf import settings

    if not settings.configured:
        settings.configure(USE_I18N=False)
        django.setup()
    whole, conflicts = merged()
    known = {message.id if isinstance(message.id, str) else message.id[0] for message in whole if message.id}
    return conflicts + [f"{where}: no Chinese for {msgid!r}" for msgid, where in used().items() if msgid not in known]


def main() -> None:
    if sys.argv[1:] == ["compile"]:
        whole, _ = merged()
        with (FOLDER / "django.mo").open("wb") as stream:
            write_mo(stream, whole)
    elif sys.argv[1:] == ["check"]:
        found = problems()
        print("\n".join(found) or "every sentence is translated")
        sys.exit(bool(found))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
