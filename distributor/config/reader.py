"""Loads a configuration: finds, reads, merges, checks, assembles. Must not keep anything between two calls.

::

    config.toml --+                      environment --+   (known keys come from the files)
    editorial ----+-> layers -> known keys             +-> merged tree -> checked tables -> Settings
                                         credentials --+
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path

from distributor import channels, sources
from distributor.config.assemble import assemble
from distributor.config.crosscheck import (
    check_alerts,
    check_budgets,
    check_digests,
    check_feeds,
    check_lines,
    check_names,
    check_oidc,
    check_operations,
    check_pacing,
    check_web,
)
from distributor.config.editorial import editorial_layer
from distributor.config.environment import Overlay, credential_layer, environment_layer, known_keys
from distributor.config.location import find_file
from distributor.config.report import Layer, Report
from distributor.config.secrets import Vault, file_names, secret_folders
from distributor.config.settings import Settings
from distributor.config.sources import merge, read_file
from distributor.config.tables import Checker


def load(
    path: Path | None,
    *,
    environ: Mapping[str, str],
    cwd: Path,
    check_schedule: Callable[[str], object] | None = None,
    editorial: str | None = None,
) -> Settings:
    """See :func:`distributor.config.load`."""
    file = find_file(path, environ, cwd)
    main = read_file(file)
    report = Report(file.shown)
    files = (editorial_layer(main, file.path.parent, environ, cwd, report, editorial), main)
    vault = Vault(environ, secret_folders(environ, cwd), report)
    kinds = {name: kind.options for name, kind in channels.kinds().items()}
    feeds = {name: kind.options for name, kind in sources.kinds().items()}
    report.layers = (*_overlays(files, kinds, feeds, vault, report), *files)
    tree = merge(report.layers)
    defaults = {name: kind.defaults for name, kind in channels.kinds().items()}
    checked = Checker(report, vault, check_schedule or _parse_schedule(), defaults).check(tree, kinds, feeds)
    check_names(tree, report)
    check_alerts(tree, {name for name, kind in channels.kinds().items() if not kind.takes_alerts}, report)
    check_feeds(checked, report)
    check_digests(checked, report)
    check_lines(checked, report)
    check_budgets(checked, report)
    check_pacing(checked, report)
    check_operations(tree, checked, report)
    check_web(checked, report)
    check_oidc(checked, report, is_installed=find_spec("joserfc") is not None)
    report.raise_problems()
    return assemble(checked, file.path, environ, report.warnings)


def _overlays(
    files: tuple[Layer, ...], kinds: Mapping[str, type], feeds: Mapping[str, type], vault: Vault, report: Report
) -> tuple[Layer, ...]:
    """The layers from outside the files, the strongest first."""
    overlay = Overlay(known_keys(merge(files), kinds, feeds))
    return (
        environment_layer(overlay, vault.environ, report),
        credential_layer(overlay, file_names(vault.folders, report), report),
    )


def _parse_schedule() -> Callable[[str], object]:
    from distributor.rules.queue.timing import parse_schedule

    return parse_schedule
