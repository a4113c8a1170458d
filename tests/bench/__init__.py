"""Benchmarks: each prints its figures and judges nothing. `make bench`, or one by its name.

Those that compare start what they are compared with, in the same run; see CONTRIBUTING for how one
peer is run alone.
"""
