"""Words: measuring, reading and shortening text. Pure; must not touch the network, the store or a clock."""
