"""The help centre: articles in their languages, who may read them, and what changed."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from integrations.sandbox.doubles.zendesk.errors import not_found
from integrations.sandbox.doubles.zendesk.paging import paged
from integrations.sandbox.doubles.zendesk.support import epoch
from integrations.sandbox.doubles.zendesk.world import Thing, World


class Guide:
    """Answers from the world. Archived articles are not in it any more, and nothing tells of them."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """What is read of it."""
        return [
            Route("/api/v2/help_center/articles.json", self._articles),
            Route("/api/v2/help_center/articles/{id:int}.json", self._article),
            Route("/api/v2/help_center/incremental/articles.json", self._changed),
            Route("/api/v2/help_center/user_segments.json", self._segments),
            Route("/api/v2/help_center/sections.json", self._sections),
        ]

    async def _articles(self, request: Request) -> Response:
        articles = sorted(self._world.articles.values(), key=lambda one: (one["created_at"], one["id"]))
        return JSONResponse(paged(request, "articles", [self._shown(one, request) for one in articles]))

    async def _article(self, request: Request) -> Response:
        found = self._world.articles.get(int(request.path_params["id"]))
        if found is None:
            raise not_found()
        return JSONResponse({"article": self._shown(found, request)})

    async def _changed(self, request: Request) -> Response:
        since = int(request.query_params.get("start_time") or 0)
        changed = sorted((a for a in self._world.articles.values() if epoch(a["updated_at"]) >= since), key=lambda a: a["updated_at"])
        ended = epoch(changed[-1]["updated_at"]) if changed else since
        return JSONResponse({"articles": [self._shown(one, request) for one in changed], "end_time": ended, "next_page": None, "count": len(changed)})

    async def _segments(self, request: Request) -> Response:
        return JSONResponse(paged(request, "user_segments", list(self._world.segments.values())))

    async def _sections(self, request: Request) -> Response:
        return JSONResponse(paged(request, "sections", list(self._world.sections.values())))

    def _shown(self, article: Thing, request: Request) -> Thing:
        """With its translations where they are asked for."""
        if "translations" in request.query_params.get("include", ""):
            return article
        return {name: value for name, value in article.items() if name != "translations"}
