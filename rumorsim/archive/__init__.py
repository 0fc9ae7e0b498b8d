"""What the center could know: reports that were written, sent and kept. The archive sees reports, not arrivals."""

from __future__ import annotations

from rumorsim.archive.exposures import VOICING_KINDS, Exposures, Record, Request, expose
from rumorsim.archive.offices import Listening, Offices
from rumorsim.archive.reports import LEVELS, NUMBERS, WAYS, write, write_reports

__all__ = [
    "LEVELS",
    "NUMBERS",
    "VOICING_KINDS",
    "WAYS",
    "Exposures",
    "Listening",
    "Offices",
    "Record",
    "Request",
    "expose",
    "write",
    "write_reports",
]
