"""``POST /desk/act/CALL``: the one door of every button. Must not know what a call does.

A page's form has the arguments of the call as its fields, and ``back``: the page that its button stands on. After the
act the browser is led back there; a refusal is a page that says why, and what would be right.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from distributor.errors import CallError, DistributorError
from distributor.model.people import Caller
from distributor.web.desk.acts import Acts, local, typed
from distributor.web.desk.frame import HOME, Frame, own_path
from distributor.web.readers.forms import Form, first


class DeedDoor:
    """Runs a button's call."""

    def __init__(self, frame: Frame, acts: Acts) -> None:
        """``acts`` runs a call in somebody's name."""
        self._frame = frame
        self._acts = acts
        self.routes = [Route(f"{HOME}/act/{{call}}", self.act, methods=["POST"])]

    async def act(self, request: Request) -> Response:
        """303 back to the page of the button; 403 from another site's page or without the role, 409, 422 and so on."""
        return await self._frame.formed(request, self._acted)

    def _acted(self, request: Request, caller: Caller, form: Form) -> Response:
        name, back = request.path_params["call"], own_path(first(form, "back"))
        fields = {field: values for field, values in form.items() if field != "back"}
        try:
            told = self._acts.run(caller, name, local(typed(name, fields), self._frame.house.zone))
            if told.get("ok") is False and told.get("error"):  # it was done, and the far side refused
                raise CallError("test_refused", told["error"])
        except DistributorError as error:
            return self._frame.not_done(request, caller, error, back)
        return self._frame.go(request, f"{back}{'&' if '?' in back else '?'}did={name}")
