"""The guarded client: which addresses it reaches, by which name, and what it says when it does not."""

import ipaddress
import ssl
import subprocess
from pathlib import Path

import pytest

from opsguide.service.guarded import Guarded, OutboundError, Outgoing, vetted, why_refused
from tests.monitoring.faulty import faulty

PUBLIC = ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"]
PRIVATE = [
    *("127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1"),
    *("::1", "fc00::1", "fd12:3456::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::c0a8:101"),
    *("2002:a00:1::1", "::10.0.0.1", "::ffff:0:10.0.0.1", "198.18.0.1"),
]
NEVER = [
    *("0.0.0.0", "169.254.169.254", "169.254.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1"),
    *("::", "fe80::1", "ff02::1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1"),
    *("64:ff9b:1::1", "fd00:ec2::254", "100.100.100.200", "2001::1", "2001:db8::1"),
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_reached(address: str) -> None:
    assert why_refused(ipaddress.ip_address(address), private=False) == ""


@pytest.mark.parametrize("address", PRIVATE)
def test_private_ones_only_with_leave(address: str) -> None:
    assert "private" in why_refused(ipaddress.ip_address(address), private=False)
    assert why_refused(ipaddress.ip_address(address), private=True) == ""


@pytest.mark.parametrize("address", NEVER)
def test_link_local_metadata_and_reserved_ones_never(address: str) -> None:
    assert why_refused(ipaddress.ip_address(address), private=False)
    assert why_refused(ipaddress.ip_address(address), private=True)


async def test_a_name_is_refused_for_any_of_its_addresses() -> None:
    with pytest.raises(OutboundError, match="localhost is not allowed") as caught:
        await vetted("localhost", 80, private=False)
    assert caught.value.reason == "refused address"
    assert await vetted("localhost", 80, private=True)


@pytest.mark.parametrize("disguise", ["2130706433", "0x7f000001", "127.1", "[::ffff:7f00:1]"])
async def test_other_spellings_of_loopback_are_loopback(disguise: str) -> None:
    with pytest.raises(OutboundError) as caught:
        await Guarded().fetch(f"http://{disguise}/")
    assert caught.value.reason in ("refused address", "name not found")


async def test_a_name_that_does_not_exist() -> None:
    with pytest.raises(OutboundError, match=r"the name nowhere\.invalid was not found") as caught:
        await Guarded().fetch("http://nowhere.invalid/")
    assert caught.value.reason == "name not found"


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://example.com/", "http://", "nonsense", "http://a:b:c/"]
)
async def test_what_is_no_web_address(url: str) -> None:
    with pytest.raises(OutboundError) as caught:
        await Guarded().fetch(url)
    assert caught.value.reason == "bad address"


async def test_the_host_keeps_its_name() -> None:
    async with faulty() as server:
        await Guarded().fetch(server.url("/ok", host="localhost"), private=True)
        assert f"host: localhost:{server.port}" in server.requests[0].lower()


async def test_a_body_and_headers_are_sent() -> None:
    async with faulty() as server:
        send = Outgoing("POST", {"X-Signature": "abc"}, b"hello")
        answer = await Guarded().fetch(server.url("/ok"), private=True, send=send)
        assert answer.body == b"fine"
        assert server.requests[0].startswith("POST /ok")
        assert "x-signature: abc" in server.requests[0].lower()


async def test_redirects_do_not_go_on_for_ever() -> None:
    async with faulty() as server:
        with pytest.raises(OutboundError, match="more than 5 redirects") as caught:
            await Guarded().fetch(server.url("/around"), private=True)
        assert caught.value.reason == "too many redirects"
        assert len(server.requests) == 6


class Certificates:
    """An authority of our own with a certificate for `localhost`, made by openssl."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._run(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority "
            "-keyout ca.key -out ca.pem"
        )
        self._run(
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost "
            "-keyout key.pem -out request.pem"
        )
        (folder / "names").write_text("subjectAltName=DNS:localhost\n")
        self._run("x509 -req -in request.pem -CA ca.pem -CAkey ca.key -days 1 -extfile names -out cert.pem")

    def _run(self, arguments: str) -> None:
        subprocess.run(["openssl", *arguments.split()], cwd=self._folder, check=True, capture_output=True)

    def server(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._folder / "cert.pem", self._folder / "key.pem")
        return context

    @property
    def authority(self) -> str:
        return (self._folder / "ca.pem").read_text()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("tls"))


async def test_the_certificate_is_verified_for_the_name_not_the_address(certificates: Certificates) -> None:
    async with faulty(certificates.server()) as server:
        ours = certificates.authority
        answer = await Guarded().fetch(server.url("/ok", host="localhost"), private=True, authority=ours)
        assert answer.tls_expires is not None
        with pytest.raises(OutboundError, match="its certificate is not valid") as caught:
            await Guarded().fetch(server.url("/ok", host="127.0.0.1"), private=True, authority=ours)
        assert caught.value.reason == "TLS failed"


async def test_an_unknown_authority_is_not_trusted(certificates: Certificates) -> None:
    async with faulty(certificates.server()) as server:
        with pytest.raises(OutboundError, match="its certificate is not valid") as caught:
            await Guarded().fetch(server.url("/ok", host="localhost"), private=True)
        assert caught.value.reason == "TLS failed"


async def test_an_authority_that_is_no_certificate_says_how_one_looks() -> None:
    for wrong in ("hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "ä"):
        with pytest.raises(OutboundError, match="no certificate") as caught:
            await Guarded().fetch("https://127.0.0.1:1/", private=True, authority=wrong)
        assert "BEGIN CERTIFICATE" in caught.value.hint


async def test_a_server_that_speaks_no_tls() -> None:
    async with faulty() as server:
        with pytest.raises(OutboundError) as caught:
            await Guarded().fetch(server.url("/ok").replace("http:", "https:"), private=True)
        assert caught.value.reason == "TLS failed"


async def test_a_key_in_a_header_stays_with_the_host_it_is_meant_for() -> None:
    send = Outgoing(headers={"x-api-key": "sesame"})
    async with faulty() as server, faulty() as other:
        await Guarded().fetch(server.url("/redirect?/ok"), private=True, send=send)
        assert ["x-api-key: sesame" in request for request in server.requests] == [True, True]
        await Guarded().fetch(server.url(f"/redirect?{other.url('/ok')}"), private=True, send=send)
        assert "x-api-key" not in other.requests[0]


async def test_a_redirect_that_is_not_to_be_followed_is_the_answer() -> None:
    async with faulty() as server:
        answer = await Guarded().fetch(server.url("/redirect?/ok"), private=True, redirects=False)
        assert (answer.status, answer.headers["location"], len(server.requests)) == (302, "/ok", 1)


async def test_where_the_time_goes() -> None:
    async with faulty() as server:
        answer = await Guarded().fetch(server.url("/redirect?/ok"), private=True)
    assert list(answer.phases) == ["resolve", "connect", "processing", "transfer"]
    assert sum(answer.phases.values()) <= answer.latency_seconds
