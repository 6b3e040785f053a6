"""What of docs/protocol is made by the code: schemas, examples, and the tables between `<!-- made -->` marks.

    python -m tests.vectors.protocol        writes them all

The test beside this file fails when what is committed differs. Keys are TEST KEYS that everybody knows. The sealed
example was written once, by the first version, and is only opened since: so every later version proves that it still
reads old messages. In the suite gm signatures are random too: all of them are kept, and verified.
"""

import base64
import json
import re
from datetime import timedelta
from pathlib import Path

from dangqiao.adapters.directory.countersigning import statement
from dangqiao.adapters.jose import KeySigner, listed_key
from dangqiao.core.federation import envelope as rules
from dangqiao.core.federation.messages import MESSAGE_TYPES
from dangqiao.core.federation.objects import ask_for
from dangqiao.core.federation.ports import Kind
from dangqiao.core.federation.receipts import Receipt, ReceiptStatus
from dangqiao.core.federation.receiving import read_stored, receipt_for
from dangqiao.core.federation.refusals import REFUSALS, refuse
from dangqiao.core.ledger.checkpoint import Checkpoint, cosign, sign
from dangqiao.core.ledger.evidence import EvidenceRecord
from dangqiao.core.ledger.tree import TREES, Frontier, append, consistency_proof, inclusion_proof
from dangqiao.core.vocabulary.suites import GM, INTL
from tests.adapters.jose.members import SEEDS, Keys, cipher_of, opening_pem, signing_pem
from tests.core.federation.samples import ANHUI, ENVELOPES, SENT_AT, SHANGHAI, SUBMITTED, example_id

ROOT = Path(__file__).resolve().parents[2] / "docs" / "protocol"
SEALED = "examples/sealed-message.jwe"
MARKED = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
GOT_AT = SENT_AT + timedelta(seconds=2)


def pretty(value):
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def schema(row):
    return pretty(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"{row.name}.json",
            **row.payload.model_json_schema(),
        }
    )


def envelope_schema():
    """Of the CloudEvent around every payload."""

    def text(shape, description):
        return {"type": "string", "pattern": f"^{shape.pattern}$", "description": description}

    attributes = {
        "specversion": {"const": "1.0"},
        "id": text(rules._ID, "unique among the sender's messages"),
        "source": text(re.compile(rules.SOURCE + rules._MEMBER.pattern), "who signs"),
        "type": text(re.compile(re.escape(rules.TYPE) + rules._TYPE.pattern), "name and version"),
        "subject": text(rules._SUBJECT, "the referral or inquiry"),
        "time": text(rules._MOMENT, "when it was signed"),
        "expirytime": text(rules._MOMENT, "after this the receiver refuses"),
        "audience": text(rules._MEMBER, "who it is for"),
        "sequence": {"type": "string", "pattern": "^[0-9]{10}$", "description": "per sender and subject, from 1"},
        "datacontenttype": {"const": "application/json"},
        "data": {"type": "object"},
    }
    optional = {
        "causationid": text(rules._ID, "the message that this one answers"),
        "correlationid": text(rules._SUBJECT, "the lookup request at the asking node"),
    }
    return pretty(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": "envelope.json",
            "type": "object",
            "required": list(attributes),
            "properties": attributes | optional,
            "additionalProperties": True,
        }
    )


def known_keys(suite=INTL):
    """As JWK, private halves included: everything in the examples can be made again."""

    def both(member, pem, seed):
        listed = listed_key(member, pem, suite)
        private = base64.urlsafe_b64encode(bytes([seed]) * 32).rstrip(b"=").decode()
        return {"member": member, "kid": listed.kid, "suite": listed.suite, "jwk": {**listed.jwk, "d": private}}

    return pretty(
        {
            "warning": "TEST KEYS. Everybody knows them. A node that uses one is broken.",
            "signing": [both(member, signing_pem(seed, suite), seed) for member, seed in SEEDS.items()],
            "sealing": [both(member, opening_pem(seed + 100, suite), seed + 100) for member, seed in SEEDS.items()],
        }
    )


def opened(sealed, suite=INTL):
    """The sealed example as its receiver reads it."""
    return read_stored(cipher_of(SHANGHAI, suite).open(sealed, Keys(suite=suite)))


def receipts(sealed, suite=INTL):
    """A receipt for the sealed example, and a refusal of bytes that nobody can read."""
    message = opened(sealed, suite)
    stored = receipt_for(sealed, message, us=SHANGHAI, now=GOT_AT, suite=suite)
    expired_at = message.envelope.expires_at
    error = refuse("exchange.expired", expires_at=rules.moment(expired_at))
    refused = Receipt(
        message=stored.message,
        sender=stored.sender,
        receiver=SHANGHAI,
        sealed_digest=stored.sealed_digest,
        signed_digest=stored.signed_digest,
        received_at=expired_at + timedelta(days=1),
        status=ReceiptStatus.REFUSED,
        code=error.code,
        detail=str(error),
    )
    return stored, refused


def ledger(suite=INTL):
    """A log of seven entries with proofs, and its checkpoint."""
    tree = TREES[suite.name]
    actors = ("node:340000", "node:310000")
    records = [
        EvidenceRecord(
            id=example_id(number),
            kind="message.sent" if number % 2 else "message.received",
            subject=f"referral:{SUBMITTED.subject}",
            digest=f"{number:02x}" * 32,
            actor=actors[number % 2],
            at=SENT_AT + timedelta(seconds=number),
        )
        for number in range(1, 8)
    ]
    frontier, nodes = append(Frontier(), [record.leaf_hash(tree) for record in records], tree)
    stored = {(node.level, node.index): node.hash for node in nodes}

    def read(level, index):
        return stored[level, index]

    old, _ = append(Frontier(), [record.leaf_hash(tree) for record in records[:4]], tree)
    log = KeySigner("dangqiao.org/ledger/310000", signing_pem(1, suite), suite)
    witness = KeySigner("dangqiao.org/ledger/340000", signing_pem(2, suite), suite, as_witness=True)
    checkpoint = Checkpoint(log.name, frontier.size, frontier.root(tree), suite.name)
    note = cosign(sign(checkpoint, log), witness, int((SENT_AT + timedelta(minutes=1)).timestamp()))
    return note.to_text(), pretty(
        {
            "entries": [record.to_bytes().decode() for record in records],
            "leaf_hashes": [record.leaf_hash(tree).hex() for record in records],
            "root_of_7": frontier.root(tree).hex(),
            "root_of_4": old.root(tree).hex(),
            "inclusion_of_index_2_in_7": [node.hex() for node in inclusion_proof(2, 7, read, tree)],
            "consistency_of_4_with_7": [node.hex() for node in consistency_proof(4, 7, read, tree)],
        }
    )


def files(sealed):
    """Path below docs/protocol -> text, for everything that can be made again from the sealed example."""
    asker, holder = cipher_of(ANHUI), cipher_of(SHANGHAI)
    stored, refused = receipts(sealed)
    request = ask_for("2e" * 32, us=ANHUI, holder=SHANGHAI, now=SENT_AT)
    note, log = ledger()
    made = {f"schemas/{row.name}.json": schema(row) for row in MESSAGE_TYPES.values()}
    made |= {f"examples/{envelope.type}.json": pretty(envelope.to_event()) for envelope in ENVELOPES}
    return (
        made
        | {
            "schemas/envelope.json": envelope_schema(),
            "examples/test-keys.json": known_keys(),
            "examples/signed-message.jws": asker.sign(opened(sealed).signed.content, Kind.MESSAGE) + "\n",
            "examples/receipt.json": pretty(json.loads(stored.to_bytes())),
            "examples/receipt.jws": holder.sign(stored.to_bytes(), Kind.RECEIPT) + "\n",
            "examples/receipt-refused.json": pretty(json.loads(refused.to_bytes())),
            "examples/object-request.json": pretty(json.loads(request.to_bytes())),
            "examples/object-request.jws": asker.sign(request.to_bytes(), Kind.OBJECT_REQUEST) + "\n",
            "examples/checkpoint.txt": note,
            "examples/ledger.json": log,
        }
        | gm_files((ROOT / GM_KEPT["sealed"]).read_bytes().strip())
    )


GM_KEPT = {
    name: f"examples/gm/{file}"
    for name, file in {
        "signed": "signed-message.jws",
        "sealed": "sealed-message.jwe",
        "receipt": "receipt.jws",
        "request": "object-request.jws",
        "listing": "listing.jws",
        "checkpoint": "checkpoint.txt",
    }.items()
}
"""Random, so made once and kept."""
LISTING = b'{"platform":"340000"}'
"""What the example of a listing's signature is about: an empty listing, in canonical form."""


def gm_files(sealed):
    """Of the suite gm: what can be made again."""
    return {
        "examples/gm/test-keys.json": known_keys(GM),
        "examples/gm/receipt.json": pretty(json.loads(receipts(sealed, GM)[0].to_bytes())),
        "examples/gm/ledger.json": ledger(GM)[1],
    }


def make_gm_kept():
    """Of the suite gm: what is kept, where it is missing."""
    if (ROOT / GM_KEPT["sealed"]).exists():
        return
    asker, holder = cipher_of(ANHUI, GM), cipher_of(SHANGHAI, GM)
    token = asker.sign(SUBMITTED.to_bytes(), Kind.MESSAGE)
    sealed = asker.seal(token, Keys(suite=GM).sealing_key(SHANGHAI))
    made = {
        "signed": token,
        "sealed": sealed.decode(),
        "receipt": holder.sign(receipts(sealed, GM)[0].to_bytes(), Kind.RECEIPT),
        "request": asker.sign(
            ask_for("2e" * 32, us=ANHUI, holder=SHANGHAI, now=SENT_AT).to_bytes(), Kind.OBJECT_REQUEST
        ),
        "listing": asker.sign(statement(ANHUI, LISTING, GM), Kind.LISTING),
        "checkpoint": ledger(GM)[0].removesuffix("\n"),
    }
    (ROOT / "examples" / "gm").mkdir(exist_ok=True)
    for name, text in made.items():
        (ROOT / GM_KEPT[name]).write_text(text + "\n", encoding="utf-8")


def tables():
    """Name of a mark -> the table that stands there."""
    sides = {"asking": "asking node", "holder": "holding node", "either": "any node"}
    types = "".join(
        f"| `org.dangqiao.{row.name}` | {sides[row.by]} | `{row.about}` | "
        f"{f'`{row.answers}`' if row.answers else ''} | [schema](schemas/{row.name}.json) | "
        f"[example](examples/{row.name}.json) |\n"
        for row in MESSAGE_TYPES.values()
    )
    codes = "".join(
        f"| `{row.code}` | {row.fault} | {row.then} | {row.sentence.replace('|', '')} |\n" for row in REFUSALS.values()
    )
    limits = (
        ("content of a signature", f"{rules.LARGEST_CONTENT // 1024} KiB"),
        ("sealed message on the wire", f"{rules.LARGEST_SEALED // 1024} KiB"),
        ("objects and lists inside one another", f"{rules.DEEPEST}"),
        ("`expirytime` after `time`", f"{rules.LONGEST_LIFE.days} days"),
        ("difference between two nodes' clocks", f"{rules.CLOCK_SKEW.seconds // 60} minutes"),
    )
    return {
        "types": f"| type | sent by | subject equals | answers | | |\n|---|---|---|---|---|---|\n{types}",
        "codes": f"| code | fault | then | sentence |\n|---|---|---|---|\n{codes}",
        "limits": "| what | at most |\n|---|---|\n" + "".join(f"| {what} | {most} |\n" for what, most in limits),
    }


def with_tables(text):
    """A page of docs/protocol with its tables made anew."""
    made = tables()
    return MARKED.sub(lambda found: found[1] + made[found[2]] + found[3], text)


def main():
    path = ROOT / SEALED
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        asker = cipher_of(ANHUI)
        sealed = asker.seal(asker.sign(SUBMITTED.to_bytes(), Kind.MESSAGE), Keys().sealing_key(SHANGHAI))
        path.write_text(sealed.decode() + "\n")
    make_gm_kept()
    for name, text in files(path.read_text().strip().encode()).items():
        target = ROOT / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    for page in ROOT.glob("*.md"):
        page.write_text(with_tables(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
