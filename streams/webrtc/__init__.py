"""WebRTC both ways: publishers in by WHIP, watchers out by WHEP."""
