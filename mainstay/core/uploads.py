"""Uploads stay in memory: no file that somebody sends ever lies open on a disk."""

from typing import Any

from django.core.files.uploadhandler import MemoryFileUploadHandler, StopUpload


class InMemoryOnly(MemoryFileUploadHandler):
    """Keep each upload in memory, and stop reading where all of them together pass `limit` bytes.

    Where it stopped, `too_large` is set on the request: what was sent is then not whole.
    """

    limit = 20_000_000

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        """Take uploads of any size in; the limit is watched as they come."""
        self.activated = True
        self.taken = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep a chunk, or stop reading."""
        self.taken += len(raw_data)
        if self.taken > self.limit:
            self.request.too_large = True  # type: ignore[union-attr]  # the handler is made with a request
            raise StopUpload(connection_reset=False)
        self.file.write(raw_data)
