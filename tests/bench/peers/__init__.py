"""Servers that our fan-out is measured beside: tiny programs of our own writing on each of them.

All do the same: a websocket at `/sub` reads one channel, and what is said at `/pub` is sent to
everybody there as it came. Compression is off, and so are pings of the server's own.
"""
