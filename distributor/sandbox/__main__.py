"""``python -m distributor.sandbox``: the loopback platforms in one process that outlives whoever started it.
Must not bind anything but 127.0.0.1.

When all platforms listen, one JSON line goes to standard output and to ``DIR/ready.json``::

    {"x": "http://127.0.0.1:P", "telegram": ..., "site": ..., "hooks": ..., "hub": ..., "openid": ...,
     "smtp": "127.0.0.1:P", "smtp_control": "http://127.0.0.1:P", "pid": N}
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import os
import signal
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, cast

from distributor.sandbox.clock import Clock
from distributor.sandbox.control import Host
from distributor.sandbox.http_server import serve
from distributor.sandbox.journal import Journal
from distributor.sandbox.platform import Create

#: where each platform's ``create`` is; loaded only when that platform is wanted
PLATFORMS = {
    "x": "distributor.sandbox.x:create",
    "telegram": "distributor.sandbox.telegram:create",
    "site": "distributor.sandbox.site:create",
    "hooks": "distributor.sandbox.hooks:create",
    "hub": "distributor.sandbox.hub:create",
    "openid": "distributor.sandbox.openid:create",
    "smtp": "distributor.sandbox.smtp:create",
}


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line; exits with 2 when it is wrong."""
    parser = argparse.ArgumentParser(
        prog="distributor.sandbox", description="Loopback platforms for trying distributor."
    )
    parser.add_argument("--state", type=Path, required=True, help="folder of the journals and of ready.json")
    parser.add_argument("--only", default=",".join(PLATFORMS), help="platforms to run, parted by commas")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds added to every answer")
    for name in PLATFORMS:
        parser.add_argument(f"--{name}-port", type=int, default=0, help=f"port of {name}; 0 takes a free one")
    parser.add_argument("--smtp-cert", type=Path, help="certificate chain (PEM); offers STARTTLS")
    parser.add_argument("--smtp-key", type=Path, help="its private key (PEM)")
    parser.add_argument("--smtp-tls", action="store_true", help="TLS from the first byte instead of STARTTLS")
    parser.add_argument("--smtp-auth", action=argparse.BooleanOptionalAction, default=True, help="require AUTH")
    options = parser.parse_args(arguments)
    options.names = [name for name in options.only.split(",") if name]
    unknown = set(options.names) - set(PLATFORMS)
    if unknown:
        parser.error(f"unknown platform {', '.join(sorted(unknown))}; known: {', '.join(PLATFORMS)}")
    return options


def load(name: str) -> Create:
    """The ``create`` function of a platform."""
    module, _, function = PLATFORMS[name].partition(":")
    return cast(Create, getattr(importlib.import_module(module), function))


async def run(options: argparse.Namespace) -> None:
    """Serve until SIGTERM or SIGINT."""
    options.state.mkdir(parents=True, exist_ok=True)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    clock = Clock(options.state / "clock.json")
    ready: dict[str, Any] = {"pid": os.getpid()}
    async with AsyncExitStack() as servers:
        for name in options.names:
            ready |= await _start(name, options, clock, servers)
        _announce(options.state, ready)
        await stop.wait()


async def _start(name: str, options: argparse.Namespace, clock: Clock, servers: AsyncExitStack) -> dict[str, str]:
    journal = Journal(options.state / f"{name}.jsonl", now=clock.now)
    host = Host(platform=load(name)(options.state, clock, journal), clock=clock, journal=journal)
    port = getattr(options, f"{name}_port")
    if name != "smtp":
        server = await serve(host, port, delay=options.delay)
        servers.push_async_callback(server.close)
        return {name: server.url}
    from distributor.sandbox.smtp import listen

    address, listener = await listen(host, port, options)
    servers.callback(listener.close)
    server = await serve(host)
    servers.push_async_callback(server.close)
    return {"smtp": address, "smtp_control": server.url}


def _announce(state: Path, ready: dict[str, Any]) -> None:
    line = json.dumps(ready) + "\n"
    draft = state / "ready.json.new"
    draft.write_text(line, "utf-8")
    draft.replace(state / "ready.json")
    try:
        sys.stdout.write(line)
        sys.stdout.flush()
    except OSError:
        pass  # whoever started this is gone already; ready.json tells


def main(arguments: list[str] | None = None) -> int:
    """Run the platforms; the exit code is 0 after a clean stop."""
    asyncio.run(run(parse(sys.argv[1:] if arguments is None else arguments)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
