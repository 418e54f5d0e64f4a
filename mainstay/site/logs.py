"""What the log does not keep."""

import logging
import re

PATHS = ("/invitation/", "/odk/key/", "/calendar/")
SECRET = re.compile(r"(/invitation/|/odk/key/|/calendar/)[^/\s?\"']+")


class WithoutSecretAddresses(logging.Filter):
    """Takes the secret out of an invitation's, a phone's or a calendar's address wherever a log line names it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the line; keep it."""
        said = record.getMessage()
        if any(path in said for path in PATHS):
            record.msg, record.args = SECRET.sub(r"\1…", said), ()
        return True
