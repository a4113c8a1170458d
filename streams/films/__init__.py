"""Films: taken in, judged, kept, captioned, packaged for viewing on demand."""
