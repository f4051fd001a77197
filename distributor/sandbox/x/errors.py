"""The answers with which X refuses, in the shapes that were seen live. Must not decide when to refuse."""

from __future__ import annotations

from typing import Any

from distributor.sandbox.http import Response, json_response

#: the prefix of problem types; X uses both hosts
TYPES = "https://api.twitter.com/2/problems/"
_NEW_TYPES = "https://api.x.com/2/problems/"
_NO_PROJECT = (
    "When authenticating requests to the Twitter API v2 endpoints, you must use keys and tokens from a Twitter "
    "developer App that is attached to a Project. You can create a project via the developer portal."
)
_READ_ONLY = "Your client app is not configured with the appropriate oauth1 app permissions for this endpoint."


class Refused(Exception):
    """A request that X refuses; carries the whole answer."""

    def __init__(self, response: Response) -> None:
        """Keep the answer."""
        super().__init__(response.status)
        self.response = response


def problem(status: int, body: dict[str, Any]) -> Refused:
    """A refusal with a problem document (RFC 9457)."""
    return Refused(json_response(status, body, {"Content-Type": "application/problem+json"}))


def _plain(status: int, title: str, detail: str, kind: str = "about:blank") -> Refused:
    return problem(status, {"title": title, "detail": detail, "type": kind, "status": status})


def unauthorized() -> Refused:
    """401: no credentials, or wrong ones."""
    return problem(401, {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"})


def forbidden(detail: str = "You are not permitted to perform this action.") -> Refused:
    """403: the general refusal, which several rules share."""
    return _plain(403, "Forbidden", detail)


def duplicate() -> Refused:
    """403: the account has posted the same text lately."""
    return problem(
        403,
        {
            "detail": "You are not allowed to create a Tweet with duplicate content.",
            "type": "about:blank",
            "title": "Forbidden",
            "status": 403,
        },
    )


def read_only() -> Refused:
    """403: the app may only read."""
    return _plain(403, "Forbidden", _READ_ONLY, TYPES + "oauth1-permissions")


def not_enrolled(client_id: str) -> Refused:
    """403: the app belongs to no project."""
    return problem(
        403,
        {
            "client_id": client_id,
            "detail": _NO_PROJECT,
            "registration_url": "https://developer.twitter.com/en/docs/projects/overview",
            "title": "Client Forbidden",
            "required_enrollment": "Appropriate Level of API Access",
            "reason": "client-not-enrolled",
            "type": TYPES + "client-forbidden",
        },
    )


def wrong_authentication(found: str, supported: tuple[str, ...]) -> Refused:
    """403: the endpoint does not take this kind of credentials."""
    return _plain(
        403,
        "Unsupported Authentication",
        f"Authenticating with {found} is forbidden for this endpoint.  "
        f"Supported authentication types are [{', '.join(supported)}].",
        TYPES + "unsupported-authentication",
    )


def retired(kind: str) -> Refused:
    """403 with code 453: an endpoint of API 1.1, which today's access levels do not include."""
    message = (
        f"You currently have access to a subset of X API V2 endpoints and limited v1.1 endpoints ({kind}) only. "
        "If you need access to this endpoint, you may need a different access level."
    )
    return Refused(json_response(403, {"errors": [{"message": message, "code": 453}]}))


def no_page() -> Refused:
    """404: no such endpoint."""
    return _plain(404, "Not Found", "Not Found")


def wrong_method() -> Refused:
    """405: the endpoint exists, with other methods."""
    return _plain(405, "Method Not Allowed", "Method Not Allowed")


def out_of_credit(shape: str, account: str) -> Refused:
    """402 in one of its two live shapes: ``account`` or ``plain``."""
    if shape == "plain":
        return problem(
            402,
            {
                "detail": "credits depleted",
                "status": 402,
                "title": "Payment Required",
                "type": _NEW_TYPES + "credits-depleted",
            },
        )
    return problem(
        402,
        {
            "account_id": int(account),
            "title": "CreditsDepleted",
            "detail": f"Your enrolled account [{account}] does not have any credits to fulfill this request.",
            "type": TYPES + "credits",
        },
    )


def too_many(shape: str) -> Refused:
    """429 in one of its two shapes: ``problem`` or ``errors``."""
    if shape == "errors":
        return Refused(json_response(429, {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}))
    return problem(
        429, {"title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank", "status": 429}
    )


def invalid(message: str, **parameters: Any) -> Refused:
    """400: a parameter or a field is wrong; ``parameters`` are shown as X does, by name."""
    shown = {name: [str(value)] for name, value in parameters.items()}
    return problem(
        400,
        {
            "errors": [{"parameters": shown, "message": message}],
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": TYPES + "invalid-request",
        },
    )


def missing(value: str, parameter: str) -> dict[str, Any]:
    """The entry of ``errors`` that stands for a post that does not exist; the answer itself is a 200."""
    return {
        "value": value,
        "detail": f"Could not find tweet with {parameter}: [{value}].",
        "title": "Not Found Error",
        "resource_type": "tweet",
        "parameter": parameter,
        "resource_id": value,
        "type": TYPES + "resource-not-found",
    }


def oauth2(status: int, error: str, description: str) -> Refused:
    """A refusal of the token endpoint (RFC 6749 section 5.2)."""
    return Refused(json_response(status, {"error": error, "error_description": description}))
