"""Words: measuring, reading and shortening text in many languages. Pure; must not touch the network, the store or a clock."""
