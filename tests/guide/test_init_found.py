"""What `init` finds around a guide: git, CODEOWNERS, Compose files, what answers on this machine."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from opsguide.guide.init import compose, git, local, looking
from opsguide.guide.init.found import FoundDatabase, Guess, Port, Somebody


class TestGit:
    @pytest.mark.parametrize(
        ("remote", "address"),
        [
            ("git@github.com:acme/shop.git", "https://github.com/acme/shop"),
            ("github.com:acme/shop", "https://github.com/acme/shop"),
            ("ssh://git@git.example:2222/acme/shop.git", "https://git.example/acme/shop"),
            ("https://ana:secret@git.example/acme/shop.git", "https://git.example/acme/shop"),
            ("https://git.example:8443/acme/shop/", "https://git.example:8443/acme/shop"),
            ("http://git.example/acme/shop.git", "http://git.example/acme/shop"),
            ("/srv/git/shop.git", None),
            ("../shop", None),
            ("file:///srv/git/shop.git", None),
            ("https://[bad", None),
            ("", None),
        ],
    )
    def test_a_remote_as_a_browser_opens_it(self, remote: str, address: str | None) -> None:
        assert git.web_address(remote) == address

    @pytest.fixture
    def repository(self, tmp_path: Path) -> Path:
        self.run(tmp_path, "init", "-q")
        for name, times in (
            ("Ana Pop", 3),
            ("Ana Ionescu", 2),
            ("dependabot[bot]", 9),
            ("Ștefan", 1),
            ("李雷", 1),
        ):
            for _ in range(times):
                who = ["-c", f"user.name={name}", "-c", "user.email=x@shop.example"]
                self.run(tmp_path, *who, "commit", "-q", "--allow-empty", "-m", "x")
        return tmp_path

    def run(self, folder: Path, *arguments: str) -> None:
        subprocess.run(["git", "-C", str(folder), *arguments], check=True)

    def test_who_wrote_most_without_bots_each_with_an_id_of_their_own(self, repository: Path) -> None:
        assert git.people(repository, repository) == (
            Somebody(id="ana", name="Ana Pop"),
            Somebody(id="ana-ionescu", name="Ana Ionescu"),
            Somebody(id="stefan", name="Ștefan"),
        )

    def test_owners_of_code_come_first_and_teams_are_no_people(self, repository: Path) -> None:
        (repository / ".github").mkdir()
        (repository / ".github" / "CODEOWNERS").write_text(
            "# @nobody\n* @Bogdan-I @acme/core ana@shop.example\n"
        )
        assert git.people(repository, repository)[0] == Somebody(id="bogdan-i", forge="Bogdan-I")

    def test_where_there_is_no_repository_there_is_nothing(self, tmp_path: Path) -> None:
        assert git.root_of(tmp_path) is None
        assert git.repository(tmp_path) is None
        assert git.people(tmp_path, tmp_path) == ()

    def test_origin_goes_before_other_remotes(self, repository: Path) -> None:
        self.run(repository, "remote", "add", "fork", "https://git.example/ana/shop")
        assert git.repository(repository) == "https://git.example/ana/shop"
        self.run(repository, "remote", "add", "origin", "https://git.example/acme/shop")
        assert git.repository(repository) == "https://git.example/acme/shop"


COMPOSE = """
services:
  web:
    build: .
    ports: ["${WEB_PORT:-8000}:80", "127.0.0.1:8443:443/tcp", "5353:53/udp", "9000", "${UNKNOWN}:1"]
    environment:
      - DATABASE_URL=postgres://shop:secret@db:5432/shop
      - CACHE=redis://cache
  api:
    image: registry.example:5000/acme/api:2@sha256:0
    ports:
      - {target: 80, published: "8081", protocol: tcp}
      - {target: 81, published: 8082, protocol: udp}
    environment: {OTHER: 5, MYSQL: null}
  db: {image: "docker.io/library/postgres:18", ports: ["5432:5432"]}
  cache: {image: "valkey/valkey:9"}
  watcher: {image: prom/prometheus, ports: ["9090:9090"]}
  exporter: {image: "quay.io/prometheuscommunity/postgres-exporter", ports: ["9187:9187"]}
  nonsense: 5
"""


class TestCompose:
    def read(self, text: str, folder: Path) -> tuple[tuple[Port, ...], tuple[FoundDatabase, ...]]:
        path = folder / "compose.yaml"
        path.write_text(text)
        return compose.read(path)

    def test_ports_that_are_published_here(self, tmp_path: Path) -> None:
        ports, _ = self.read(COMPOSE, tmp_path)
        assert [(port.service, port.number) for port in ports] == [
            ("web", 8000),
            ("web", 8443),
            ("api", 8081),
        ]

    def test_databases_with_the_variable_that_holds_their_url(self, tmp_path: Path) -> None:
        _, databases = self.read(COMPOSE, tmp_path)
        assert [(found.id, found.kind, found.variable) for found in databases] == [
            ("db", "postgresql", "DATABASE_URL"),
            ("cache", "redis", "CACHE"),
        ]

    @pytest.mark.parametrize("text", ["", "[]", "services: 5", "services: {web: {ports: 5, environment: 5}}"])
    def test_what_is_no_compose_file_has_nothing(self, text: str, tmp_path: Path) -> None:
        assert self.read(text, tmp_path) == ((), ())

    @pytest.mark.parametrize("text", ["{", "a: !!python/object:os.system {}", "[" * 5_000])
    def test_what_is_no_yaml_is_said_to_be_none(self, text: str, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="no YAML"):
            self.read(text, tmp_path)

    def test_a_broken_file_is_told_and_left_out(self, tmp_path: Path) -> None:
        (tmp_path / "compose.yaml").write_text("{")
        found = looking.look(tmp_path / "operations.md", prometheus=1)
        assert found.notes == ("compose.yaml was left out: it is no YAML",)

    def test_the_file_that_compose_would_take(self, tmp_path: Path) -> None:
        (tmp_path / "docker-compose.yml").touch()
        (tmp_path / "compose.yml").touch()
        assert compose.find((tmp_path,)) == tmp_path / "compose.yml"


@contextmanager
def serving(pages: dict[str, bytes]) -> Iterator[int]:
    """A web server on loopback with these pages and no others; its port."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.get(self.path)
            self.send_response(404 if body is None else 200)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class TestLocal:
    def test_what_answers_is_sure_and_metrics_are_those_of_prometheus_format(self) -> None:
        pages = {"/health": b"ok", "/metrics": b"# TYPE http_requests_total counter\nhttp_requests_total 1\n"}
        with serving(pages) as port:
            urls, metrics = local.answering([Port(service="web", number=port, source="web in compose.yaml")])
        source = "web in compose.yaml, which answers"
        assert urls == [Guess(f"http://127.0.0.1:{port}/health", source)]
        assert metrics == [Guess(f"http://127.0.0.1:{port}/metrics", source)]

    def test_a_page_that_only_is_called_metrics_is_none(self) -> None:
        with serving({"/": b"<html>", "/metrics": b"<html>our metrics</html>"}) as port:
            urls, metrics = local.answering([Port(service="web", number=port, source="web")])
        assert [url.value for url in urls] == [f"http://127.0.0.1:{port}/"]
        assert metrics == []

    def test_what_does_not_answer_is_only_a_suggestion(self) -> None:
        urls, metrics = local.answering([Port(service="web", number=1, source="web")])
        assert [(url.value, url.sure) for url in urls] == [("http://127.0.0.1:1/", False)]
        assert metrics == []

    def test_targets_that_prometheus_finds_up_and_that_are_no_machines(self) -> None:
        targets = [
            {"labels": {"job": job}, "scrapeUrl": f"http://{job}:80/metrics", "health": health}
            for job, health in (("shop", "up"), ("old", "down"), ("node", "up"), ("prometheus", "up"))
        ]
        answer = json.dumps({"status": "success", "data": {"activeTargets": targets}}).encode()
        with serving({"/api/v1/targets?state=active": answer}) as port:
            (found,) = local.scraped_by_prometheus(port)
        assert found == Guess("http://shop:80/metrics", f"job shop of the Prometheus on 127.0.0.1:{port}")

    @pytest.mark.parametrize(
        "answer", [b"", b"[]", b"<html>", b'{"data": {"activeTargets": [5]}}', b"[" * 9_999]
    )
    def test_whatever_else_answers_there_is_no_prometheus(self, answer: bytes) -> None:
        with serving({"/api/v1/targets?state=active": answer}) as port:
            assert local.scraped_by_prometheus(port) == []

    def test_nothing_there(self) -> None:
        assert local.scraped_by_prometheus(1) == []


class TestZone:
    @pytest.mark.parametrize(
        ("said", "zone"),
        [("Europe/Bucharest", "Europe/Bucharest"), (":Asia/Tokyo", "Asia/Tokyo"), ("UTC", None), ("x", None)],
    )
    def test_the_machine_s_zone_unless_it_is_the_default(
        self, said: str, zone: str | None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TZ", said)
        found = looking.system_zone()
        assert (found.value if found else None) == zone
