"""Why a ledger refuses or fails."""

from pathlib import Path

from mainstay.core.errors import MainstayError, RefusalError


class LedgerBusyError(RefusalError):
    """Another import is writing the ledger."""

    code = "ledger_busy"
    title = "The ledger is being written"

    def __init__(self, ledger: Path) -> None:
        super().__init__(
            f"{ledger}: another import is writing this ledger.", todo="Wait until it ends, then try again."
        )


class DamagedLedgerError(MainstayError):
    """A file of the ledger is missing or is not the one that was written."""

    code = "ledger_damaged"
    title = "A ledger file is damaged"

    def __init__(self, file: str, what: str) -> None:
        self.file, self.what = file, what
        super().__init__(f"{file}: {what}.", todo="Restore this file from a backup, or import its transactions again.")


class LedgerWriteError(MainstayError):
    """The ledger could not be written, for example because the disk is full; it is as before."""

    code = "ledger_not_written"
    title = "The ledger could not be written"

    def __init__(self, ledger: Path, reason: str) -> None:
        super().__init__(f"{ledger}: nothing was written ({reason}).", todo="Make room, or choose another place.")


class ClusterError(MainstayError):
    """Spark is not there, does not start, or gave up."""

    code = "cluster_failed"
    title = "Spark could not do it"

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"{reason}.", todo="See whether Java 17 and the cluster are there, or scan with --engine local."
        )
