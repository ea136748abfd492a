import asyncio

from gateway.link import inbox as module
from gateway.link.inbox import Inbox, Item, LinkChanged
from gateway.link.reassembly import Arrival


def drain(inbox: Inbox) -> list[list[Item]]:
    async def main() -> list[list[Item]]:
        return [batch async for batch in inbox.batches()]

    inbox.close()
    return asyncio.run(main())


def test_items_come_in_order_and_then_it_ends() -> None:
    inbox = Inbox()
    items: list[Item] = [LinkChanged("scanning", "x"), Arrival(1, b"a"), LinkChanged("waiting", "y")]
    for item in items:
        inbox.put(item)
    assert drain(inbox) == [items]


def test_a_consumer_gets_batches_while_items_come() -> None:
    async def main() -> list[list[Item]]:
        inbox = Inbox()
        got: list[list[Item]] = []

        async def consume() -> None:
            got.extend([batch async for batch in inbox.batches()])

        consumer = asyncio.create_task(consume())
        for i in range(3):
            inbox.put(Arrival(i, b""))
            inbox.put(Arrival(i, b"again"))
            await asyncio.sleep(0.005)
        inbox.close()
        await consumer
        return got

    assert [len(batch) for batch in asyncio.run(main())] == [2, 2, 2]


def test_only_frames_are_dropped_when_it_is_full() -> None:
    inbox = Inbox()
    for i in range(module.MAX_FRAMES + 10):
        inbox.put(Arrival(i, b""))
    inbox.put(LinkChanged("waiting", "z"))
    (batch,) = drain(inbox)
    assert len(batch) == module.MAX_FRAMES + 1
    assert batch[-1] == LinkChanged("waiting", "z")
    assert inbox.overflowed_frames == 10
