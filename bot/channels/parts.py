"""A long text goes as several parts; after a failure in the middle only the missing ones are sent again."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence

from bot.channels.base import Outbound, Receipt

_REMEMBERED = 256  # messages that failed in the middle; a restart forgets them and sends the whole again


class Parts:
    """Sends the parts of a message in order, and remembers how far a failed one came."""

    def __init__(self) -> None:
        self._taken: OrderedDict[bytes, list[str]] = OrderedDict()

    async def send(
        self, message: Outbound, texts: Sequence[str], send_one: Callable[[int, str], Awaitable[str]]
    ) -> Receipt:
        """Give each text with its place to `send_one`, which returns the provider's id or raises Undelivered."""
        key = _digest(message)
        taken = self._taken.pop(key, [])
        try:
            for place in range(len(taken), len(texts)):
                taken.append(await send_one(place, texts[place]))
        except BaseException:
            if taken:
                self._taken[key] = taken
            while len(self._taken) > _REMEMBERED:
                self._taken.popitem(last=False)
            raise
        return Receipt(taken[0], tuple(taken) if len(taken) > 1 else ())


def _digest(message: Outbound) -> bytes:
    fields = (message.address, message.text, message.ref, *(button.payload for button in message.buttons))
    return hashlib.sha256("\0".join(fields).encode("utf-8", "surrogatepass")).digest()
