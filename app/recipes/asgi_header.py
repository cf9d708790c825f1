from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class AddHeader:
    """Adds one header to each response, except the 500 of an error that nobody handles: Starlette adds that later."""

    def __init__(self, app: ASGIApp, name: str, value: str) -> None:
        self.app, self.name, self.value = app, name, value

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_header(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[self.name] = self.value
            await send(message)

        await self.app(scope, receive, with_header)


app = FastAPI()
app.add_middleware(AddHeader, name="X-Served-By", value="course")


@app.get("/")
async def hello() -> dict[str, str]:
    return {"hello": "world"}
