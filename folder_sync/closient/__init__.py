"""The only code that knows the Closient API.

``keys``: the form of an API key. ``wire``: answers as values, no I/O. ``multipart``: how an upload is framed.
``client``: the HTTP adapter over them; imported only where something is sent, because httpx is slow to load.
"""
