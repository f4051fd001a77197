"""Commands about mail. Hold no logic."""
