"""``/sign-in`` and ``/sign-out``."""

from __future__ import annotations

import math
import time

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from folder_sync.web import guard
from folder_sync.web.context import page, site_of, words_of


async def sign_in(request: Request) -> Response:
    site, words = site_of(request), words_of(request)
    if not site.sessions.are_needed:
        return RedirectResponse("/", 303)
    if request.method != "POST":
        return page(request, "sign_in.html", problem="")
    address = request.client.host if request.client else ""
    now = time.monotonic()
    if (wait := site.sessions.wait(address, now)) > 0:
        problem = words("Too many wrong passwords. Wait {n} seconds.", n=math.ceil(wait))
        response = page(request, "sign_in.html", status=429, problem=problem)
        response.headers["Retry-After"] = str(math.ceil(wait))
        return response
    form = await request.form()
    token = site.sessions.sign_in(str(form.get("password", "")), address, now)
    if token is None:
        return page(request, "sign_in.html", status=401, problem=words("That is not the password."))
    response = RedirectResponse("/", 303)
    secure = request.url.scheme == "https"
    response.set_cookie(guard.COOKIE, token, httponly=True, samesite="strict", secure=secure, path="/")
    return response


def sign_out(request: Request) -> Response:
    site_of(request).sessions.sign_out(request.cookies.get(guard.COOKIE))
    response = RedirectResponse("/sign-in" if site_of(request).sessions.are_needed else "/", 303)
    response.delete_cookie(guard.COOKIE, path="/", httponly=True, samesite="strict")
    return response
