"""Settings: where they come from, and which are refused."""

import json
import os
import stat
from pathlib import Path

import pytest

from epochwatch_server.settings import (
    Flags,
    WrongSettings,
    assets_folder,
    data_folder,
    find_token,
    is_loopback,
    make_token,
    read_address,
    read_settings,
    remove_address,
    token_bits,
    write_address,
)

STRONG = "T3y9KcfC9m4mXq0l2vZ8aQ1sWd7eRf6g"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_defaults_are_loopback_sqlite_and_a_token_of_256_bits(tmp_path: Path) -> None:
    settings = read_settings(Flags(), {"XDG_DATA_HOME": str(tmp_path)})
    assert (settings.host, settings.port, settings.is_loopback) == ("127.0.0.1", 8421, True)
    assert settings.data == tmp_path / "epochwatch"
    assert settings.database_url == f"sqlite:///{tmp_path}/epochwatch/epochwatch.db"
    assert settings.token is not None
    assert len(settings.token) == 43
    assert settings.token == (settings.data / "token").read_text().strip()
    assert mode(settings.data) == 0o700
    assert mode(settings.data / "token") == 0o600
    assert settings.token not in repr(settings)


def test_flags_go_over_the_environment(tmp_path: Path) -> None:
    environment = {
        "EPOCHWATCH_DATA": str(tmp_path / "env"),
        "EPOCHWATCH_HOST": "127.0.0.2",
        "EPOCHWATCH_PORT": "9000",
        "EPOCHWATCH_DATABASE_URL": "sqlite:////env.db",
        "EPOCHWATCH_ALLOWED_HOSTS": "a.example, https://b.example",
        "EPOCHWATCH_TOKEN": STRONG,
    }
    settings = read_settings(Flags(), environment)
    assert (settings.host, settings.port, settings.database_url) == ("127.0.0.2", 9000, "sqlite:////env.db")
    assert settings.token == STRONG
    assert not (tmp_path / "env" / "token").exists()
    flags = Flags(
        data=str(tmp_path / "flag"), host="::1", port=0, database_url="sqlite:////flag.db", allowed_hosts=("c",)
    )
    settings = read_settings(flags, environment)
    assert (settings.data, settings.host, settings.port) == (tmp_path / "flag", "::1", 0)
    assert settings.database_url == "sqlite:////flag.db"
    assert settings.allowed_hosts == ("c", "a.example", "https://b.example")


def test_without_a_token_only_loopback_is_served(tmp_path: Path) -> None:
    environment = {"EPOCHWATCH_NO_TOKEN": "1", "EPOCHWATCH_DATA": str(tmp_path)}
    assert read_settings(Flags(), environment).token is None
    with pytest.raises(WrongSettings, match="stop and delete every run"):
        read_settings(Flags(host="0.0.0.0"), environment)


@pytest.mark.parametrize("token", ["hunter2", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "0123456789abcdef01234567"])
def test_a_weak_token_is_served_on_loopback_only(tmp_path: Path, token: str) -> None:
    environment = {"EPOCHWATCH_TOKEN": token, "EPOCHWATCH_DATA": str(tmp_path)}
    assert read_settings(Flags(), environment).token == token
    with pytest.raises(WrongSettings, match="needs 128") as refused:
        read_settings(Flags(host="0.0.0.0"), environment)
    assert token not in str(refused.value)


@pytest.mark.parametrize("token", ["with space", "ümläut" * 9, "new\nline"])
def test_a_token_that_no_header_can_carry_is_refused(tmp_path: Path, token: str) -> None:
    with pytest.raises(WrongSettings):
        read_settings(Flags(data=str(tmp_path)), {"EPOCHWATCH_TOKEN": token})


@pytest.mark.parametrize("port", ["x", "-1", "65536", "1.5"])
def test_a_port_that_is_none_is_refused(tmp_path: Path, port: str) -> None:
    with pytest.raises(WrongSettings, match="port"):
        read_settings(Flags(data=str(tmp_path)), {"EPOCHWATCH_PORT": port})


def test_the_token_stays_the_same_and_is_replaced_when_its_file_is_empty(tmp_path: Path) -> None:
    first = make_token(tmp_path)
    assert find_token(tmp_path) == first
    assert make_token(tmp_path) == first
    (tmp_path / "token").write_text("")
    second = make_token(tmp_path)
    assert second not in ("", first)
    assert [path.name for path in tmp_path.iterdir()] == ["token"]


def test_a_data_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WrongSettings, match="--data"):
        read_settings(Flags(data=str(tmp_path / "file" / "sub")), {})


def test_strong_tokens_count_as_strong() -> None:
    assert token_bits(STRONG) >= 128
    assert token_bits("0123456789abcdef" * 2) == 128
    assert token_bits("ab" * 40) == 0


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("localhost.evil.example", False),
        ("192.168.1.2", False),
        ("", False),
    ],
)
def test_loopback_is_told_apart(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_the_address_is_private_and_only_its_writer_takes_it_away(tmp_path: Path) -> None:
    write_address(tmp_path, "http://127.0.0.1:1")
    assert read_address(tmp_path) == "http://127.0.0.1:1"
    assert mode(tmp_path / "server.json") == 0o600
    remove_address(tmp_path)
    assert read_address(tmp_path) is None
    (tmp_path / "server.json").write_text(json.dumps({"url": "http://other", "pid": os.getpid() + 1}))
    remove_address(tmp_path)
    assert read_address(tmp_path) == "http://other"
    (tmp_path / "server.json").write_text("[damaged")
    assert read_address(tmp_path) is None
    remove_address(tmp_path)


def test_the_data_folder_is_found_in_the_home_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    assert data_folder({}) == Path("/home/somebody/.local/share/epochwatch")
    assert data_folder({"EPOCHWATCH_DATA": "~/x"}) == Path("/home/somebody/x")


def test_assets_are_found_in_a_checkout() -> None:
    for name in ("templates", "static", "migrations", "examples"):
        assert assets_folder(name).is_dir()
