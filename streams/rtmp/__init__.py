"""RTMP: encoders publish, bytes to access units."""
