"""Providers that tell of bounces and complaints by HTTP, each in its own words. None decides what they mean."""
