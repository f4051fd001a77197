"""Who runs what, when. Must not decide what is sent."""
