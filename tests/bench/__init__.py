"""Speed, as ratios against a named yardstick of the same run. Digits depend on the machine; ratios much less."""
