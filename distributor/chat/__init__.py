"""The operations chat: a face of the calls, as the command line is another. What was said and what it means is decided
by pure functions, cards are rendered by pure functions, and the room does what was decided. Must not know a platform.
"""
