"""Recording from a service that embeds its Valkey."""

from doorstepd.broadcast import Broadcast
from doorstepd.broadcast.embedded import EmbeddedValkey
from doorstepd.replay.recording import embedded_url


async def test_the_embedded_valkey_is_found_by_the_data_directory(tmp_path):
    async with EmbeddedValkey(tmp_path) as valkey:
        assert embedded_url(tmp_path) == valkey.url
        bus = Broadcast(embedded_url(tmp_path))
        await bus.start()
        assert not bus.degraded
        await bus.stop()


def test_without_one_there_is_no_address(tmp_path):
    assert embedded_url(tmp_path) == ""
    (tmp_path / "valkey").mkdir()
    (tmp_path / "valkey" / "valkey.conf").write_text("bind 127.0.0.1\n")
    assert embedded_url(tmp_path) == ""
