"""Whether this process lives, whether it can do its job, and the figures that watchers read."""

from __future__ import annotations

from datetime import timedelta

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot import auditor
from bot.store.database import StoreBusy, StoreFull, Tx
from bot.web.metrics import CONTENT_TYPE
from bot.web.site import Site, site_of

BEAT_LIMIT = timedelta(seconds=60)


async def healthz(_: Request) -> Response:
    """The process answers."""
    return PlainTextResponse("ok\n")


async def readyz(request: Request) -> Response:
    """200 when a message that comes in now would be answered; else 503 and the parts that are not ready."""
    parts = await run_in_threadpool(_parts, site_of(request))
    return JSONResponse(parts, status_code=200 if all(parts.values()) else 503)


def _parts(site: Site) -> dict[str, bool]:
    parts = {"database": False, "migrated": False, "model": site.app.model is not None, "worker": False}
    try:
        parts["migrated"] = site.app.database.revision_ok()
        with site.app.database.read() as tx:
            beat = auditor.last_beat(tx)
            parts["worker"] = beat is not None and tx.now - beat < BEAT_LIMIT
        parts["database"] = True
    except (StoreBusy, StoreFull):
        pass
    return parts


async def metrics(request: Request) -> Response:
    """The figures, read from the store now."""
    site = site_of(request)

    def work(tx: Tx) -> None:
        site.metrics.figures.values = auditor.figures(tx)

    await site.read(work)
    return Response(await run_in_threadpool(site.metrics.render), media_type=CONTENT_TYPE)


ROUTES = [
    Route("/healthz", healthz),
    Route("/readyz", readyz),
    Route("/metrics", metrics),
]
