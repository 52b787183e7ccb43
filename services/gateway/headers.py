"""What every answer carries, whoever makes it: a route, the framework, or the server before it knows of any route."""

from typing import Final

# No page of anybody's frames an answer, guesses its type or learns where its reader came from.
ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
# Where a route says nothing else. What is no page loads nothing, and what is a page has a policy of its own.
NOTHING: Final = "default-src 'none'; frame-ancestors 'none'"
