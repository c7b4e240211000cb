"""The browser, for the tests of pages."""

from support.browser import browser

__all__ = ["browser"]
