"""A long text goes as several parts; after a failure in the middle only the missing ones are sent again."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence

from bot.channels.base import Outbound, Receipt

_REMEMBERED = 256  # messages that failed in the middle; a restart forgets them and sends the whole again


class Parts:
    """Sends the parts of a message in order, and remembers how far a failed one came."""

    def __init__(self) -> None:
        self._taken: OrderedDict[bytes, list[str]] = OrderedDict()

    async def send(
        self,
        message: Outbound,
        texts: Sequence[str],
        send_one: Callable[[int, str], Awaitable[str]],
        *,
        mark: str = "",
        most: int = 0,
    ) -> Receipt:
        """Give each text with its place to `send_one`, which returns the provider's id or raises Undelivered.

        `mark` goes before the first one, if both together are at most `most` characters.
        """
        key = _digest(message)
        taken = self._taken.pop(key, [])
        first = len(taken)
        try:
            for place in range(first, len(texts)):
                text = mark + texts[place] if place == first else texts[place]
                taken.append(await send_one(place, text if len(text) <= most else texts[place]))
        except BaseException:
            self._keep(key, taken)
            raise
        return Receipt(taken[0], tuple(taken) if len(taken) > 1 else ())

    def learn(self, message: Outbound, texts: Sequence[str], left: Iterable[tuple[str, str]]) -> None:
        """Take from `left`, the ids and texts that a provider knows, oldest first, what belongs to this message."""
        found: list[str] = []
        for provider_id, text in left:
            if len(found) < len(texts) and _bare(text).endswith(_bare(texts[len(found)])):
                found.append(provider_id)
        self._keep(_digest(message), found)

    def _keep(self, key: bytes, taken: list[str]) -> None:
        if taken:
            self._taken[key] = taken
        while len(self._taken) > _REMEMBERED:
            self._taken.popitem(last=False)


def _bare(text: str) -> str:
    """Without the line breaks and spaces that a provider may set otherwise."""
    return "".join(text.split())


def _digest(message: Outbound) -> bytes:
    fields = (message.address, message.text, message.ref, *(button.payload for button in message.buttons))
    return hashlib.sha256("\0".join(fields).encode("utf-8", "surrogatepass")).digest()
