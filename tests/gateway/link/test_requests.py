import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.link.errors import CommandRefusedError, NoAnswerError
from gateway.link.requests import Requests
from gateway.wire.control import GetTime, Identify, Response, Result, Start, TimeReply, encode_response

TIME = TimeReply(4, 1000, 7)


def talk(
    answer: Callable[[Requests, bytes], Awaitable[None]], use: Callable[[Requests], Awaitable[None]]
) -> Requests:
    """Run `use` against a strip that reacts to what is written by `answer`."""

    async def main() -> Requests:
        now = iter(range(100, 10_000, 100))

        async def write(data: bytes) -> None:
            await answer(requests, data)

        requests = Requests(write, lambda: next(now))
        await use(requests)
        return requests

    return asyncio.run(main())


def test_an_answer_comes_with_the_times_of_asking_and_hearing() -> None:
    async def answer(requests: Requests, data: bytes) -> None:
        assert data[1] == 3
        requests.heard(encode_response(Response(data[0], 3, Result.OK, TIME)), 777)

    async def use(requests: Requests) -> None:
        heard = await requests.ask(GetTime(), within_s=1)
        assert heard.response.reply == TIME
        assert (heard.sent_utc_ns, heard.received_utc_ns) == (100, 777)

    assert talk(answer, use).stray_answers == 0


def test_a_refusal_says_what_was_refused_and_how() -> None:
    async def answer(requests: Requests, data: bytes) -> None:
        requests.heard(encode_response(Response(data[0], data[1], Result.BUSY)), 0)

    async def use(requests: Requests) -> None:
        with pytest.raises(CommandRefusedError, match="refused start: busy"):
            await requests.ask(Start(), within_s=1)

    talk(answer, use)


def test_an_answer_that_came_while_the_computer_stood_still_counts() -> None:
    async def answer(requests: Requests, data: bytes) -> None:
        text = encode_response(Response(data[0], data[1], Result.OK))
        asyncio.get_running_loop().call_soon(requests.heard, text, 777)
        time.sleep(0.1)  # noqa: ASYNC251  # so it stands still

    async def use(requests: Requests) -> None:
        heard = await requests.ask(Identify(), within_s=0.05)
        assert heard.received_utc_ns == 777

    assert talk(answer, use).stray_answers == 0


def test_silence_is_an_error_and_a_late_answer_is_stray() -> None:
    late: list[bytes] = []

    async def answer(requests: Requests, data: bytes) -> None:
        for old in late:
            requests.heard(old, 0)
        late.append(encode_response(Response(data[0], data[1], Result.OK)))

    async def use(requests: Requests) -> None:
        for _ in range(2):
            with pytest.raises(NoAnswerError, match="did not answer identify"):
                await requests.ask(Identify(), within_s=0.01)

    assert talk(answer, use).stray_answers == 1


def test_requests_are_asked_one_at_a_time() -> None:
    asked: list[int] = []

    async def answer(requests: Requests, data: bytes) -> None:
        asked.append(data[0])
        await asyncio.sleep(0.01)
        requests.heard(encode_response(Response(data[0], data[1], Result.OK)), 0)

    async def use(requests: Requests) -> None:
        await asyncio.gather(*(requests.ask(Identify(), within_s=1) for _ in range(5)))

    assert talk(answer, use).stray_answers == 0
    assert asked == [1, 2, 3, 4, 5]


@given(st.binary(max_size=40))
def test_noise_answers_nothing(noise: bytes) -> None:
    requests = Requests(lambda _: asyncio.sleep(0), lambda: 0)
    requests.heard(noise, 0)
    assert requests.stray_answers == 1
