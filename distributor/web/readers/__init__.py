"""The pages that readers reach without a password: each stands behind a token. Must not decide anything."""
