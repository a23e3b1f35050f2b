"""HEAD is answered wherever GET is, and OPTIONS everywhere, as HTTP wants it, without handlers of their own."""

from typing import cast

from litestar.datastructures import MutableScopeHeaders
from litestar.types import ASGIApp, Message, Receive, Scope, Send


def answering_head(app: ASGIApp) -> ASGIApp:
    """The application as a server meets it.

    OPTIONS is asked as a method that nobody has: the refusal names all that there are, whichever handler has them.
    """

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        asked = cast("dict[str, str]", scope)
        method = asked.get("method")
        if method in ASKED_AS:
            asked["method"] = ASKED_AS[method]
        await app(scope, receive, _Sending(send, method or ""))

    return answer


ASKED_AS = {"HEAD": "GET", "OPTIONS": "-"}


class _Sending:
    """Passes answers on: `Allow` names HEAD, and where only the head was asked for, the body stays behind.

    A stream ends with its head: once the answer is complete, the server tells it that its client left.
    """

    def __init__(self, send: Send, method: str) -> None:
        self._send, self._method, self._ended = send, method, False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableScopeHeaders.from_message(message)
            allowed = headers.get("allow", "")
            if "GET" in allowed and "HEAD" not in allowed:
                headers["allow"] = allowed.replace("GET", "GET, HEAD")
            if self._method == "OPTIONS" and allowed:
                message["status"] = 204
                del headers["content-type"], headers["content-length"]
            await self._send(message)
        elif self._method not in ASKED_AS:
            await self._send(message)
        elif not self._ended:
            self._ended = True
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})
