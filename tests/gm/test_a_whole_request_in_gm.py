"""Two nodes of a federation in the suite gm: a whole request, its evidence offline, the conformance kit, new keys.

What they signed is judged by `openssl` and gmssl. `DANGQIAO_TEST_SUITE=gm pytest tests/federation` runs all the rest.
"""

import base64
import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import algos, pem

from dangqiao.adapters.directory.client import load
from dangqiao.cli.conformance.probes import PROBES
from dangqiao.cli.demo import nodes
from tests.adapters.gm.second import DISTID, openssl, sm3_of_octets
from tests.federation.acts import Asked, at_counter, verdict_of_command
from tests.federation.data import CHECKED, HUANGPU, of_marriage
from tests.federation.world import ANHUI, SHANGHAI, Node, World, eventually, started

SENT = """
import json
from dangqiao.apps.exchange.models import SentMessage
rows = SentMessage.objects.filter(state="delivered").order_by("created_at")
print(json.dumps([[row.content, row.receipt] for row in rows]))
"""
PUBLIC_KEY = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")
"""SubjectPublicKeyInfo of an SM2 key, up to its coordinates (GM/T 0015)."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Shanghai and Anhui, running."""
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("DJANGO_SETTINGS_MODULE", raising=False)
        environment.delenv("DANGQIAO_NODE", raising=False)
        with started(tmp_path_factory.mktemp("gm"), (SHANGHAI, ANHUI), "gm") as running:
            yield running


@pytest.fixture(scope="module")
def asked(world: World) -> Asked:
    """A wife asks in Anhui for a record of Shanghai; a machine answers."""
    return at_counter(world, ANHUI, "340826-001", "marriage", of_marriage(CHECKED, kind_wanted="copy"))


def _run(node: Node, *words: str, exit_codes: tuple[int, ...] = (0,)) -> str:
    done = subprocess.run(nodes.command(node, *words), text=True, capture_output=True, check=False)
    assert done.returncode in exit_codes, done.stdout + done.stderr
    return done.stdout


def _octets(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _openssl_agrees(token: str, node: Node, folder: Path) -> dict[str, Any]:
    """The header of a JWS that `openssl` verified with the key that the node's directory lists under its kid."""
    signed, _, signature = token.rpartition(".")
    header: dict[str, Any] = json.loads(_octets(signed.partition(".")[0]))
    known = load(node.folder / "trust", datetime.now(UTC)).who_holds_key(header["kid"])
    assert known
    point = _octets(known.jwk["x"]) + _octets(known.jwk["y"])
    r, s = (int.from_bytes(half) for half in (_octets(signature)[:32], _octets(signature)[32:]))
    (folder / "key.pem").write_bytes(pem.armor("PUBLIC KEY", PUBLIC_KEY + point))
    (folder / "signature").write_bytes(algos.DSASignature({"r": r, "s": s}).dump())
    words = ("dgst", "-sm3", "-verify", folder / "key.pem", "-signature", folder / "signature", "-sigopt", DISTID)
    assert openssl(*words, source=signed.encode()).returncode == 0
    assert openssl(*words, source=signed.encode() + b".").returncode != 0
    return header


def test_it_is_answered_and_the_documents_are_genuine(world: World, asked: Asked, tmp_path: Path) -> None:
    part = asked.agreed(SHANGHAI, HUANGPU, "closed")
    assert part.acts == ["deliver", "accept", "decide", "seal"]
    [files] = asked.files()
    for document in files:
        assert verdict_of_command(document, tmp_path, world[ANHUI].folder / "trust")["outcome"] == "valid"


def test_messages_and_receipts_carry_sm2_signatures_that_openssl_verifies(
    world: World, asked: Asked, tmp_path: Path
) -> None:
    asked.agreed(SHANGHAI, HUANGPU, "closed")
    for node in world.nodes.values():
        [message, receipt], *_ = json.loads(node.inside(SENT))
        for token, kind in ((message, "message"), (receipt, "receipt")):
            header = _openssl_agrees(token, node, tmp_path)
            assert (header["alg"], header["suite"]) == ("SGD_SM3_SM2", "gm")
            assert header["typ"] == f"dangqiao-{kind}+jws"
        said = json.loads(_octets(receipt.split(".")[1]))
        assert said["signed_digest"] == sm3_of_octets(message.encode())


def test_each_listing_carries_the_signature_of_its_platform(world: World, tmp_path: Path) -> None:
    node = world[ANHUI]
    for platform in world.nodes:
        folder = node.folder / "trust" / "targets" / "platforms" / platform
        [token], listings = folder.glob("*.listing.jws"), list(folder.glob("*.listing.json"))
        header = _openssl_agrees(token.read_text(), node, tmp_path)
        assert header["typ"] == "dangqiao-listing+jws"
        said = json.loads(_octets(token.read_text().split(".")[1]))
        assert said["digest"] in {sm3_of_octets(path.read_bytes()) for path in listings}
        assert load(node.folder / "trust", datetime.now(UTC)).listing(platform)


def test_the_evidence_is_verified_offline_and_by_gmssls_hashes(world: World, asked: Asked, tmp_path: Path) -> None:
    part = asked.agreed(SHANGHAI, HUANGPU, "closed")
    world.settle()
    eventually(lambda: world[SHANGHAI].has_none("ledger_evidence", "leaf_index IS NULL"), "all is in the log")
    assert "only grew" in _run(world[ANHUI], "ledger", "witness", "--peer", SHANGHAI)
    eventually(lambda: world[SHANGHAI].count("ledger_cosignature", "witness = ?", ANHUI), "Anhui's signature arrived")
    assert "last signed by another member: 2" in _run(world[SHANGHAI], "ledger", "audit")
    path = tmp_path / "proofs.json"
    referral = f"{part.id[:8]}-{part.id[8:12]}-{part.id[12:16]}-{part.id[16:20]}-{part.id[20:]}"
    _run(world[SHANGHAI], "ledger", "prove", f"referral:{referral}", str(path))
    trust = world[ANHUI].folder / "trust"
    verify = ("ledger", "verify", str(path), "--trust", str(trust), "--witnesses", "1")
    assert "valid" in _run(world[ANHUI], *verify)

    bundle = json.loads(path.read_text(encoding="utf-8"))
    _origin, size, root, suite = bundle["checkpoint"].split("\n")[:4]
    assert suite == "suite gm" and bundle["entries"]
    for one in bundle["entries"]:
        assert _root_by_gmssl(one, int(size)) == base64.b64decode(root)

    path.write_text(path.read_text(encoding="utf-8").replace("suite gm", "suite intl"), encoding="utf-8")
    assert "ledger.wrong_root" in _run(world[ANHUI], *verify, exit_codes=(1, 2))


def _root_by_gmssl(proven: dict[str, Any], size: int) -> bytes:
    """RFC 9162 §2.1.3.2, with gmssl's SM3."""
    at, last = proven["index"], size - 1
    found = bytes.fromhex(sm3_of_octets(b"\0" + proven["entry"].encode()))
    for sibling in map(bytes.fromhex, proven["inclusion"]):
        if at & 1 or at == last:
            found = bytes.fromhex(sm3_of_octets(b"\1" + sibling + found))
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = bytes.fromhex(sm3_of_octets(b"\1" + found + sibling))
        at, last = at >> 1, last >> 1
    return found


def test_keys_change_and_a_revoked_one_signs_no_more(world: World, asked: Asked, tmp_path: Path) -> None:
    asked.agreed(SHANGHAI, HUANGPU, "closed")
    node, entry, proposal = world[ANHUI], str(tmp_path / "entry.json"), str(tmp_path / "proposal")
    former = _openssl_agrees(json.loads(node.inside(SENT))[0][0], node, tmp_path)["kid"]
    _run(node, "directory", "rotate")
    _run(node, "directory", "revoke", former, "--yes")
    _run(node, "directory", "member", entry)
    _run(node, "directory", "propose", proposal, entry)
    for each in world.nodes.values():
        _run(each, "directory", "sign", proposal, "--yes")
    _run(node, "directory", "accept", proposal)
    _run(world[SHANGHAI], "directory", "update")
    assert load(world[SHANGHAI].folder / "trust", datetime.now(UTC)).listing(ANHUI), "signed anew with the new key"
    again = at_counter(world, ANHUI, "340826-001", "marriage", of_marriage(CHECKED, kind_wanted="copy"))
    again.agreed(SHANGHAI, HUANGPU, "closed")
    world.settle()
    newest, _receipt = json.loads(node.inside(SENT))[-1]
    assert _openssl_agrees(newest, world[SHANGHAI], tmp_path)["kid"] != former


def test_a_node_passes_the_conformance_kit(world: World) -> None:
    results = json.loads(_run(world[ANHUI], "conformance", world[SHANGHAI].url, "--json"))
    assert [one for one in results if one["failure"]] == [] and len(results) == len(PROBES)
