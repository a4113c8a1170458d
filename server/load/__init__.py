"""`topmoede load`: a simulated crowd on a running server, and a judgement of how it was served.

What decides is pure and knows no socket: who comes (`guests`), what a page remembers (`page`), when
it comes back (`coming_back`), how often and how late (`tally`), what is kept and what is broken
(`judging`), how it is told (`reporting`). The edges are `entering` (HTTP), `line` (a socket) and
`crowd`, which plays the day.

*The generator must not be the bottleneck.* An event's message is the same bytes for everybody, so
it is parsed once and known again by its bytes; what is left for each delivery is one look into a
table and one comparison of numbers. How late this program itself was is told beside the figures.
"""
