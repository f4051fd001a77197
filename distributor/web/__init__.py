"""The small web server inside the daemon: what other programs and browsers reach. Must not decide anything."""
