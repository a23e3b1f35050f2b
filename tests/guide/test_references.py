"""Secrets in the bindings: what counts as one, and how a reference to one is opened."""

from pathlib import Path

import pytest

from opsguide.guide.bindings import resolve
from opsguide.guide.bindings.references import MAX_SECRET_BYTES, secret_in
from opsguide.kernel.errors import BindingsError


class TestSecrets:
    @pytest.mark.parametrize(
        "url",
        [
            "mailto://ana@shop.example",
            "json://127.0.0.1:8490/ana",
            "jsons://desk.example/incident-2026-webhooks",
            "ntfys://ntfy.example/harbour-alerts",
            "https://beat.example/ping/harbour",
        ],
    )
    def test_an_open_url_may_stand_in_the_file(self, url: str) -> None:
        assert secret_in(url) is None

    @pytest.mark.parametrize(
        "url",
        [
            "tgram://123456:token/chat",
            "mailto://ana:word@shop.example",
            "jsons://desk.example/hook?apikey=word",
            "https://hc.example/6f5902ac-237a-4d5b-9a5d-2c2d5e6f7a8b",
            "https://hooks.example/services/T000/B000/correct4horse8battery",
        ],
    )
    def test_a_url_with_a_secret_may_not(self, url: str) -> None:
        assert secret_in(url) is not None


class TestResolve:
    def test_a_reference_gives_what_it_names(self, tmp_path: Path) -> None:
        (tmp_path / "secrets").mkdir()
        (tmp_path / "secrets" / "url").write_text("slack://a/b/c\n", encoding="utf-8")
        assert resolve("env:ANA_URL", {"ANA_URL": "mailto://x@y"}, tmp_path) == "mailto://x@y"
        assert resolve("file:secrets/url", {}, tmp_path) == "slack://a/b/c"
        assert resolve(f"file:{tmp_path}/secrets/url", {}, Path("/nowhere")) == "slack://a/b/c"

    def test_any_other_text_stands_for_itself(self, tmp_path: Path) -> None:
        assert resolve("json://127.0.0.1/x", {}, tmp_path) == "json://127.0.0.1/x"

    @pytest.mark.parametrize(
        "reference", ["env:ANA_URL", "file:absent", "file:.", "file:empty", "file:binary", "file:big"]
    )
    def test_what_cannot_be_had_is_named_and_said_how_to_mend(self, reference: str, tmp_path: Path) -> None:
        (tmp_path / "empty").write_text(" \n", encoding="utf-8")
        (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
        (tmp_path / "big").write_bytes(b"x" * (MAX_SECRET_BYTES + 1))
        with pytest.raises(BindingsError) as raised:
            resolve(reference, {"ANA_URL": ""}, tmp_path)
        assert raised.value.where == reference
        assert raised.value.hint
