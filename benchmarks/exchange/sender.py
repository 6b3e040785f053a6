"""Somebody at the sending node: a process with its settings, driven line by line.

`{"send": n, "rate": r}` sends n messages, each in a transaction of its own, r a second (0: as fast as it goes), and
prints the seconds of CPU that it took. `{"sealed": true}` prints one message as it goes over the wire.
"""

import json
import sys
import time
from pathlib import Path
from uuid import uuid4

from dangqiao.cli import django_setup

django_setup()

from django.db import transaction  # noqa: E402

from dangqiao.apps.directory import queries as directory  # noqa: E402
from dangqiao.apps.exchange import services  # noqa: E402
from dangqiao.apps.exchange.models import SentMessage  # noqa: E402
from dangqiao.apps.fields import now  # noqa: E402
from dangqiao.apps.ports import port  # noqa: E402
from dangqiao.core.federation.messages import Probed  # noqa: E402

EXAMPLE = Path(__file__).parents[2] / "docs" / "protocol" / "examples" / "referral.submitted.v1.json"


def main() -> None:
    """Answers line by line until there is none."""
    receiver = sys.argv[1]
    ballast = json.loads(EXAMPLE.read_text(encoding="utf-8"))["data"]
    for line in sys.stdin:
        asked = json.loads(line)
        if "send" in asked:
            done: object = send(receiver, ballast, asked["send"], asked["rate"])
        else:
            done = sealed(receiver)
        sys.stdout.write(json.dumps(done) + "\n")
        sys.stdout.flush()


def send(receiver: str, ballast: object, count: int, rate: float) -> float:
    """Sends; the CPU seconds of this process."""
    begun, cpu = time.monotonic(), time.process_time()
    for number in range(count):
        if rate and (ahead := begun + number / rate - time.monotonic()) > 0:
            time.sleep(ahead)
        with transaction.atomic():
            # The exchange itself does nothing with a probe: what is measured is the way, with a referral's weight.
            services.send(receiver, Probed(probe=str(uuid4()), sent_at=now(), filling=json.dumps(ballast)))
    return time.process_time() - cpu


def sealed(receiver: str) -> str:
    """The bytes of one message on the wire."""
    row = SentMessage.objects.filter(state="delivered", receiver=receiver, type="exchange.probed.v1")[0]
    key = directory.required().keys_at(now()).sealing_key(receiver)
    text: str = port("envelope_cipher").seal(row.content, key).decode()
    return text


if __name__ == "__main__":
    main()
