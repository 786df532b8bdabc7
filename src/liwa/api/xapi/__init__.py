"""The resources of the xAPI standard, versions 1.0.3 and 2.0.0, on one URL.

`entry.answer` takes a WSGI environment and gives status, headers and body: `liwa.wsgi` calls it without Django's
middleware, `liwa.api.urls` with it. Nothing here decides anything: requests become calls of `liwa.statements`.
"""
