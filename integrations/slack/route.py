"""Where Slack calls us in HTTP mode: one address for clicks, commands, events and modals. Bolt checks the signature on the raw bytes."""

from fastapi import APIRouter, Request, Response
from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.async_app import AsyncApp

from integrations.webhooks.reading import check_length, read_body

PATH = "/slack/events"


def router(app: AsyncApp) -> APIRouter:
    """The route. What a stranger sends is read at most up to the size limit, and answered without a reason."""
    routes = APIRouter(include_in_schema=False)

    async def receive(request: Request) -> Response:
        check_length(request.headers)
        if not request.headers.get("x-slack-signature") or not request.headers.get("x-slack-request-timestamp", "").isdigit():
            return Response(status_code=401)
        body = await read_body(request)
        try:
            asked = to_async_bolt_request(request, body)
        except UnicodeDecodeError:
            return Response(status_code=400)
        answered = await app.async_dispatch(asked)
        return Response(status_code=401) if answered.status == 401 else to_starlette_response(answered)

    routes.add_api_route(PATH, receive, methods=["POST"], response_model=None, name="slack")
    return routes
