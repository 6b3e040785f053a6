"""Members that are slow, silent or away hold up nobody: real workers, real sockets."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from dangqiao.adapters.transport import NodeClient
from dangqiao.apps.exchange import services
from dangqiao.apps.exchange.models import PeerState, SentMessage
from dangqiao.apps.ports import port
from dangqiao.apps.work import worker
from dangqiao.core.errors import DangqiaoError
from dangqiao.core.federation.messages import MESSAGE_TYPES
from tests.apps.exchange.effects import inquiry
from tests.apps.peers import ANHUI, JIANGSU, ZHEJIANG, federation

PATIENCE = 3.0


@contextmanager
def listening(trickle: bytes = b"") -> Iterator[int]:
    """A server that accepts and then says nothing, or one byte of `trickle` after the other, for ever; its port."""
    stop = threading.Event()

    def serve(stream: socket.socket) -> None:
        with stream:
            while not stop.wait(0.2):
                if trickle:
                    try:
                        stream.sendall(trickle[:1])
                    except OSError:
                        return

    def accept() -> None:
        while not stop.is_set():
            try:
                stream, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(stream,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]
        stop.set()


@contextmanager
def working(threads: int = 4) -> Iterator[None]:
    """The worker's threads, as `dangqiao node worker` starts them."""
    stop = threading.Event()

    def run(number: int) -> None:
        try:
            worker.serve(stop, number)
        finally:
            connection.close()

    started = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in started:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in started:
            thread.join(30)


def test_an_answer_that_trickles_in_for_ever_ends_at_the_deadline() -> None:
    with listening(b"H") as slow, listening() as silent, NodeClient(patience=1.0) as client:
        for at in (slow, silent):
            begun = time.monotonic()
            with pytest.raises(DangqiaoError) as caught:
                client.post(f"http://127.0.0.1:{at}", b"sealed")
            assert caught.value.code == "exchange.timeout" and time.monotonic() - begun < 5


@pytest.mark.django_db(transaction=True)
def test_two_slow_members_and_one_that_is_away_do_not_hold_up_the_fourth(tmp_path, settings, monkeypatch) -> None:
    settings.MESSAGE_HANDLERS = dict.fromkeys(MESSAGE_TYPES, "tests.apps.exchange.effects.take")
    settings.PERIODIC_JOBS = {}
    monkeypatch.setattr(port("transport"), "_patience", PATIENCE)
    with listening(b"H") as slow, listening() as silent, federation(tmp_path, p320000=slow, p330000=silent) as peers:
        with transaction.atomic():
            for number in range(20):
                for receiver in (JIANGSU, ZHEJIANG, ANHUI):
                    services.send(receiver, inquiry(subject=f"0d6b3c1e-0000-4000-8000-{number:012d}"))
        services.receive(peers[ANHUI].seal(peers[ANHUI].envelope(inquiry())))
        begun = time.monotonic()
        with working():
            done = SentMessage.objects.filter(receiver=ANHUI, state="delivered")
            while done.count() < 20 and time.monotonic() < begun + 60:
                time.sleep(0.05)
            seconds = time.monotonic() - begun
        assert done.count() == 20 and seconds < 30, seconds
        states = {one.platform: one for one in PeerState.objects.all()}
        assert states[JIANGSU].failures and states[ZHEJIANG].failures and not states[ANHUI].failures
        tried = SentMessage.objects.filter(receiver__in=(JIANGSU, ZHEJIANG), attempts__gt=0).count()
        assert tried <= 20, "while a member rests, one message speaks for all"
