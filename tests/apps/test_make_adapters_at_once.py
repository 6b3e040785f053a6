"""A node that has just started is asked for everything at once: no thread finds an adapter half imported."""

import subprocess
import sys

PROGRAM = """
import os, sys, threading
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import django
django.setup()
from dangqiao.apps.ports import port
sys.setswitchinterval(1e-5)
names = ["verifier", "sealer", "typesetter", "statement_signer", "electronic_seals", "ofd_sealer", "key_store"]
failed, start = [], threading.Barrier(len(names))
def make(name):
    start.wait()
    try:
        port(name)
    except Exception as error:
        failed.append((name, repr(error)))
threads = [threading.Thread(target=make, args=(name,)) for name in names]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(failed)
"""


def test_all_adapters_are_made_by_threads_at_once() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
