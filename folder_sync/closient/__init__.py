"""The only code that knows the Closient API.

Without I/O: ``keys``, the form of an API key; ``paths`` and ``multipart``, what a request looks like; ``headers``,
``answers`` and ``failures``, what comes back, as values and errors (``fields`` and ``times`` read their parts);
``proxies``, what the environment says about them. With it: ``client``, the calls of the API, by ``exchange``, a request
and its answer, and ``fetching``, which gets an image's bytes; both over ``transport``, the one way to the network. They
are imported only where something is sent, because httpx is slow to load.
"""
