from tests.bluez.home import Home, InHome


def test_a_strip_is_paired_with_and_streams_without_loss(in_home: InHome) -> None:
    async def acts(home: Home) -> None:
        await home.start_strip()
        await home.start_gateway()
        await home.until(lambda account: account["link"] == "streaming", within_s=60.0)
        account = await home.more(1000, within_s=30.0)
        assert account["gaps"] == 0
        assert account["duplicate_frames"] == 0

    tally = in_home(acts).archived()
    assert tally.differences == []
    assert tally.samples >= 1000
