"""What a node's database took of the machine."""

import psutil
from django.db import connection


def of_server() -> tuple[float, ...]:
    """Seconds of CPU of all processes of a PostgreSQL server on this machine so far, and bytes of its write-ahead log;
    nothing on SQLite."""
    if connection.vendor != "postgresql":
        return ()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid(), pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')")
        ((backend, log),) = cursor.fetchall()
    server = psutil.Process(backend).parent()
    ended = sum(server.cpu_times()[:4])  # with those of its processes that have ended
    return ended + sum(sum(one.cpu_times()[:2]) for one in server.children()), float(log)


def of_index() -> int:
    """Bytes of the tables of the index *sql*; on SQLite of the whole database."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT pg_total_relation_size('holdings_entrykey') + pg_total_relation_size('holdings_packedentry')"
            )
        else:
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        ((size,),) = cursor.fetchall()
    return int(size)
