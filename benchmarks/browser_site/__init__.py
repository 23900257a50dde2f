"""A site on loopback for measuring a browser capture: a page for each thing that pages do, and a log of every octet.

`server.Site` serves it under many host names over HTTP and HTTPS; `places` has the pages and what they ask for. It
uses the standard library, and the project's own certificates. All persons, places and outlets on it are fictional.
Nothing on it looks at a clock or at chance, and nothing goes on moving but the one page that says so.
"""
