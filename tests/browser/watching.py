"""What must happen on no page: errors of scripts, what the policy refuses, requests to others, dialogs."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Request, Response

# The browser says of every answer of 400 and more that it failed; answers are looked at here themselves.
_OF_ANSWERS = "Failed to load resource"
_TELL = """document.addEventListener("securitypolicyviolation",
  (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));"""


class Watch:
    """Keeps what goes wrong in a browser; `faults` must be empty in the end.

    Attributes
    ----------
    hosts : hosts and ports that may be asked.
    """

    def __init__(self, context: BrowserContext, *hosts: str) -> None:
        self.hosts, self.faults = set(hosts), list[str]()
        self.asked: list[Request] = []
        context.add_init_script(_TELL)
        context.on("request", self._request)
        context.on("response", self._response)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.faults.append(f"script: {error.error}"))
        context.on("dialog", self._dialog)

    def _request(self, request: Request) -> None:
        self.asked.append(request)
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc not in self.hosts:
            self.faults.append(f"another host is asked: {request.url}")

    def _response(self, response: Response) -> None:
        # A page may well say that something is not there; what a page loads must be there.
        least = 500 if response.request.is_navigation_request() else 400
        if response.status >= least:
            self.faults.append(f"{response.status} from {response.url}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and _OF_ANSWERS not in message.text:
            self.faults.append(f"console: {message.text}")

    def _dialog(self, dialog: Dialog) -> None:
        self.faults.append(f"a dialog opened: {dialog.message}")
        dialog.dismiss()
