"""Stories and issues become messages, by the templates of each kind of channel. Must not send, store or read a clock.

What templates see and which filters they have stands in ``docs/templates.md``; a test holds that page to the code.
"""

from distributor.render.environment import Desk, shipped_folder
from distributor.render.renderer import NOTICE, Renderer

__all__ = ["NOTICE", "Desk", "Renderer", "shipped_folder"]
