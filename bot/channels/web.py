"""The web chat: no provider stands between us and the page, which reads the outbox rows itself."""

from __future__ import annotations

from bot.channels.base import ChannelEvent, Forged, Limits, Outbound, RawRequest, Receipt


class LocalChannel:
    """A channel whose reader looks at the rows; sending it a message is having saved it."""

    limits = Limits(text=20_000, buttons=20)

    def __init__(self, name: str) -> None:
        self.name = name

    def verify(self, request: RawRequest) -> None:
        """Nothing comes in by webhook, so nobody may pretend it does: always raises Forged."""
        raise Forged

    def parse(self, request: RawRequest) -> tuple[ChannelEvent, ...]:
        """Nothing comes in by webhook."""
        return ()

    async def send(self, message: Outbound) -> Receipt:
        """Taken at once; the page shows it as soon as the row says so."""
        return Receipt("")

    async def aclose(self) -> None:
        """There is nothing to close."""


class Web(LocalChannel):
    """The chat page of our own site."""

    def __init__(self) -> None:
        super().__init__("web")
