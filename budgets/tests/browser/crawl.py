"""Walks the admin by its own links: one page of each kind, so that a page made tomorrow is looked at tomorrow."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve
from playwright.sync_api import Error, Page

LINKS = "[...document.querySelectorAll('a[href]')].map(one => one.getAttribute('href') && one.href)"


def page_name(url: str) -> str | None:
    """The name of the page that the address leads to, such as "admin:index"; None where it is none of the admin's."""
    path = urlsplit(url).path
    try:
        return resolve(path).view_name if path.startswith("/admin/") else None
    except Resolver404:
        return None


def walk(page: Page, base_url: str, starts: tuple[str, ...], skipped: frozenset[str], files: set[str]) -> Iterator[str]:
    """Open each of the `starts`, then one page of each name that a page links to; yield each once it is loaded.

    What is a file to keep, and no page, is added to `files`.
    """
    waiting, seen = [base_url + start for start in starts], set(skipped)
    forced = len(waiting)
    while waiting:
        url = waiting.pop(0)
        name = page_name(url)
        is_forced, forced = forced > 0, forced - 1
        if name is None or (name in seen and not is_forced):
            continue
        seen.add(name)
        try:
            response = page.goto(url)
        except Error as error:
            if "Download is starting" not in str(error):
                raise
            files.add(name)
            continue
        assert response is not None
        assert response.status == 200, (url, response.status)
        page.wait_for_load_state("load")
        yield name
        links: list[str] = page.evaluate(LINKS)
        waiting += [link for link in links if urlsplit(link).netloc == urlsplit(base_url).netloc]
