"""Short messages: for a test or demonstration node, written to a file instead of sent."""

from datetime import UTC, datetime
from pathlib import Path

from dangqiao.core.configuration import Configuration
from dangqiao.core.errors import N_, Misconfigured, Unavailable


class FileSms:
    """Appends each message to `messages.log` in the node's folder. Only for test nodes: the file holds phone numbers
    and codes."""

    def __init__(self, folder: Path, configuration: Configuration) -> None:
        self._file = folder / "messages.log"
        self._test = configuration.node.test

    def send(self, phone: str, text: str) -> None:
        """One line: time, phone, text.

        Raises:
            Misconfigured: `sms.test_only` on a node that is not a test node.
            Unavailable: `sms.unavailable` when the file cannot be written.
        """
        if not self._test:
            raise Misconfigured(
                "sms.test_only",
                N_("No service for short messages is configured."),
                N_("Name one in dangqiao.toml under [adapters] sms; writing to a file is for test nodes only."),
            )
        line = f"{datetime.now(UTC).isoformat(timespec='seconds')}\t{phone}\t{' '.join(text.split())}\n"
        try:
            if not self._file.exists():
                self._file.touch(mode=0o600)
            with self._file.open("a", encoding="utf-8") as stream:
                stream.write(line)
        except OSError as error:
            raise Unavailable(
                "sms.unavailable",
                N_("The short message could not be sent."),
                N_("Try again later, or come to a counter."),
            ) from error
