"""Connections that wait for nothing: one that says its headers too slowly is told so and closed,
one that does not take its answer is cut off.

A server has room for so many connections. Without this, whoever opens them all and says a byte now
and then, or reads nothing, has it for himself. The time of a body is held by the server.
"""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

LATE = (
    b"HTTP/1.1 408 Request Timeout\r\ncontent-type: text/plain\r\ncontent-length: 45\r\n"
    b"connection: close\r\n\r\nThe headers of the request came in too slowly"
)


class Patient(H11Protocol):
    """HTTP/1.1 in which headers come, and answers are taken, within `seconds`."""

    seconds: float = 10.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.saying: asyncio.TimerHandle | None = None
        self.taking: asyncio.TimerHandle | None = None
        self._wait_for_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        self._no_more("saying")
        self._no_more("taking")
        super().connection_lost(exc)

    # -- headers ------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._look()

    def _look(self) -> None:
        # Idle with something behind it: a request that has begun, and has not said its headers.
        if self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
            self._wait_for_headers()
        else:
            self._no_more("saying")

    def _wait_for_headers(self) -> None:
        if self.saying is None:
            self.saying = self.loop.call_later(self.seconds, self._late)

    def _late(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(LATE)
            self.transport.close()
            self._wait_for_reader()

    # -- answers ------------------------------------------------------------------------------

    def pause_writing(self) -> None:
        super().pause_writing()
        self._wait_for_reader()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._no_more("taking")

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._wait_for_reader()

    def _wait_for_reader(self) -> None:
        if self.taking is None:
            self.taking = self.loop.call_later(self.seconds, self.transport.abort)

    def _no_more(self, which: str) -> None:
        timer: asyncio.TimerHandle | None = getattr(self, which)
        if timer is not None:
            timer.cancel()
        setattr(self, which, None)


def within(seconds: float) -> type[Any]:
    """The protocol with another time."""
    return type("Patient", (Patient,), {"seconds": seconds})


__all__ = ["Patient", "within"]
