"""What users fill in and paste becomes a destination, or is refused with what would be right."""

import logging
import re

import pytest
from tests.server.notify.samples import FILLED_IN

from epochwatch_server.notify.catalogue import KINDS, find_kind
from epochwatch_server.notify.destination import from_address, from_fields, make_sender, masked
from epochwatch_server.notify.kind import RefusedDestination

KIND_IDS = [kind.id for kind in KINDS]


@pytest.mark.parametrize("kind", KIND_IDS)
def test_what_was_filled_in_becomes_an_address_that_can_be_pasted_again(kind: str) -> None:
    made, address = from_fields(kind, FILLED_IN[kind], allows_private=True)
    assert from_address(address, allows_private=True) == (made, address)


@pytest.mark.parametrize("kind", KIND_IDS)
def test_every_kind_refuses_what_lacks_a_field_and_what_it_does_not_know(kind: str) -> None:
    for field in find_kind(kind).fields:
        if field.is_required and not field.default:
            without = {name: value for name, value in FILLED_IN[kind].items() if name != field.name}
            with pytest.raises(RefusedDestination, match=re.escape(field.label)):
                from_fields(kind, without, allows_private=True)
    with pytest.raises(RefusedDestination, match="no field 'attach'"):
        from_fields(kind, {**FILLED_IN[kind], "attach": "/etc/passwd"}, allows_private=True)
    with pytest.raises(RefusedDestination, match="line break"):
        from_fields(kind, {name: value + "\r\nX: y" for name, value in FILLED_IN[kind].items()}, allows_private=True)


@pytest.mark.parametrize("kind", KIND_IDS)
def test_what_is_shown_of_a_destination_holds_none_of_its_secrets(kind: str) -> None:
    made, address = from_fields(kind, FILLED_IN[kind], allows_private=True)
    for field in made.fields:
        if field.is_secret and field.name in FILLED_IN[kind]:
            secret = FILLED_IN[kind][field.name]
            assert secret not in made.shown(address)
            assert secret.rpartition("/")[2] not in made.shown(address)
            assert secret not in masked(f"said {secret} and {address}", address)


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd", "exec://rm", "syslog://", "dbus://", "apprise://host/token", "apprises://host/token",
        "xml://example.com", "form://example.com", "https://example.com/hook", "config://x", "hassio://x", "", "slack",
        "javascript:alert(1)", "smtp://x",
    ],
)  # fmt: skip
def test_other_schemes_are_refused_with_those_that_are_possible(address: str) -> None:
    with pytest.raises(RefusedDestination, match="slack://"):
        from_address(address, allows_private=True)


@pytest.mark.parametrize(
    "address",
    [
        "json://example.com/x?redirect=yes",
        "jsons://example.com/x?verify=no",
        "json://example.com/x?:message=",
        "mailtos://u:p@example.com?pgpkey=/etc/passwd",
        "mailtos://u:p@example.com?pgp=yes",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ?template=/etc/passwd",
        "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js?ping=@everyone",
        "ntfys://ntfy.sh/topic?attach=http://10.0.0.1/x",
        "ntfys://ntfy.sh/topic?actions=http,x,http://10.0.0.1/",
        "tgram://123456789:AABBccdd_eeffgghhiijjkkllmmnnooppqq/1?template=x",
    ],
)
def test_options_that_change_more_than_the_receiver_are_refused(address: str) -> None:
    with pytest.raises(RefusedDestination, match="is not allowed"):
        from_address(address, allows_private=True)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("webhook", {"address": "http://127.0.0.1:9/x"}),
        ("webhook", {"address": "http://169.254.169.254/latest/meta-data"}),
        ("webhook", {"address": "http://[::1]/x"}),
        ("ntfy", {"server": "http://localhost", "topic": "a"}),
        ("gotify", {"server": "https://10.0.0.8", "token": "A4ZudDRdLT40L5X"}),
        ("mattermost", {"webhook": "http://192.168.0.2/hooks/abc"}),
        ("matrix", {"server": "http://127.0.0.1", "room": "!a:b", "token": "syt_x"}),
        ("email", {"to": "a@example.com", "sender": "b@example.com", "server": "127.0.0.1"}),
        ("teams", {"workflow": "https://127.0.0.1/workflows/ab/triggers/manual/paths/invoke?sig=x"}),
    ],
)
def test_a_receiver_of_ones_own_needs_the_operators_word(kind: str, values: dict[str, str]) -> None:
    with pytest.raises(RefusedDestination, match="--notify-private"):
        from_fields(kind, values, allows_private=False)
    from_fields(kind, values, allows_private=True)


def test_an_address_that_hides_a_password_in_its_host_part_is_refused() -> None:
    with pytest.raises(RefusedDestination, match="must not hold a password"):
        from_fields("webhook", {"address": "https://me:secret@example.com/x"}, allows_private=True)


def test_a_mail_to_more_people_than_needed_is_refused() -> None:
    many = ",".join(f"p{place}@example.com" for place in range(30))
    with pytest.raises(RefusedDestination, match="1 to 20"):
        from_fields("email", {**FILLED_IN["email"], "to": many}, allows_private=True)


def test_apprise_says_nothing_to_any_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(RefusedDestination):
        from_address("slack://T1JJ3T3L2/topsecrettoken", allows_private=True)
    make_sender(*from_fields("webhook", FILLED_IN["webhook"], allows_private=True))
    assert caplog.text == ""
