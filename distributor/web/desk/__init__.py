"""The desk: pages for people with an account, and the API for programs with a token."""
