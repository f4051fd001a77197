"""The proxies in the docs pass on what the server answers, and nothing that it does not."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from starlette.routing import Route

from distributor.web.opening import readers_routes
from tests.apps import CONFIG, told_app

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = ("newsletters.md", "web.md")


def examples(kind: str) -> list[str]:
    return [
        block
        for page in PAGES
        for block in re.findall(
            rf"^```{kind}\n(.+?)^```", (ROOT / "docs" / page).read_text("utf-8"), flags=re.MULTILINE | re.DOTALL
        )
    ]


def folders(block: str) -> set[str]:
    return set(re.findall(r"(?:location|handle|reverse_proxy) (/\w+/)", block))


@pytest.mark.parametrize("kind", ["nginx", "caddy"])
def test_the_proxies_pass_on_the_folders_that_the_server_has(kind, tmp_path):
    app = told_app(tmp_path, config=f'{CONFIG}\n[web]\npublic = "https://desk.example.org"\n')
    paths = {route.path for route in readers_routes(app) if isinstance(route, Route)}
    app.close()
    assert {f"/{path.split('/')[1]}/" for path in paths} == {"/r/"}
    found = examples(kind)
    assert len(found) == 2
    for block in found:
        assert folders(block) >= {"/r/", "/hooks/"}
        assert folders(block) <= {"/r/", "/hooks/", "/hub/"}
        assert block.count("{") == block.count("}")
        assert "127.0.0.1:8464" in block


def test_the_proxies_say_where_a_reader_comes_from():
    page = (ROOT / "docs" / "newsletters.md").read_text("utf-8")
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in page
    assert "header_up X-Forwarded-For {remote_host}" in page


def test_nginx_takes_the_example_where_it_is_there(tmp_path):
    nginx = shutil.which("nginx")
    block = next(one for one in examples("nginx") if one.startswith("server"))
    plain = re.sub(r".*ssl_certificate.*\n", "", block).replace("443 ssl", "127.0.0.1:8443")
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{plain}}}\n", "utf-8"
    )
    assert plain.count(";") > 8
    if nginx is not None:  # elsewhere the tests above are all that is said of it
        done = subprocess.run(
            [nginx, "-t", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")], capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
