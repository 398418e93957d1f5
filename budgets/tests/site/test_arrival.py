"""When a request is whole, and when it is late: whatever pieces it comes in."""

import pytest

from budgetsite.arrival import MAX_HEAD_BYTES, MIN_BYTES_PER_SECOND, Arrival

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"


def arrived(*pieces: bytes) -> Arrival:
    arrival = Arrival(0.0)
    for piece in pieces:
        arrival.receive(piece)
    return arrival


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("request_bytes", [GET, POST + b"12345"])
def test_it_is_whole_with_its_last_byte(request_bytes: bytes, size: int) -> None:
    pieces = [request_bytes[start : start + size] for start in range(0, len(request_bytes), size)]
    assert not arrived(*pieces[:-1]).is_whole
    arrival = arrived(*pieces)
    assert arrival.is_whole
    assert b"".join(arrival.pieces) == request_bytes
    assert arrival.size_bytes == len(request_bytes)


def test_what_follows_is_kept_with_the_end_and_no_more_is_read() -> None:
    arrival = arrived(POST + b"12345" + GET)
    assert arrival.is_whole
    assert list(arrival.pieces) == [POST + b"12345" + GET]
    assert arrived(POST + b"12").wanted_bytes == 3


@pytest.mark.parametrize("name", [b"content-length", b"CONTENT-LENGTH", b"Content-Length"])
@pytest.mark.parametrize("value", [b"5", b" 5 ", b"\t5", b"005"])
def test_the_length_is_found_however_it_is_written(name: bytes, value: bytes) -> None:
    arrival = arrived(b"POST / HTTP/1.1\r\n" + name + b":" + value + b"\r\nHost: x\r\n\r\n")
    assert (arrival.body_bytes, arrival.missing_bytes) == (5, 5)


@pytest.mark.parametrize("field", [b"Content-Length: -5", b"Content-Length: x", b"Content-Length : 5", b"X: 5"])
def test_of_a_head_that_says_nothing_of_a_length_the_parser_decides(field: bytes) -> None:
    assert arrived(b"POST / HTTP/1.1\r\n" + field + b"\r\n\r\n").is_whole


def test_a_length_in_the_body_is_none() -> None:
    arrival = arrived(GET + b"\r\nContent-Length: 5\r\n\r\n")
    assert arrival.is_whole
    assert arrival.body_bytes == 0


def test_a_head_without_end_is_too_large_beyond_its_bound() -> None:
    assert not arrived(b"x" * MAX_HEAD_BYTES).is_whole
    assert not arrived(b"x" * MAX_HEAD_BYTES).is_head_too_large
    assert arrived(b"x" * MAX_HEAD_BYTES, b"x").is_head_too_large
    assert not arrived(b"x" * MAX_HEAD_BYTES, b"\r\n\r\n").is_head_too_large


def test_what_the_head_says() -> None:
    arrival = arrived(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nExpect: 100-Continue\r\n\r\n")
    assert (arrival.is_post, arrival.is_chunked, arrival.expects_continue) == (True, True, False)
    arrival = arrived(b"PUT / HTTP/1.1\r\nContent-Length: 1\r\nExpect: 100-Continue\r\n\r\n")
    assert (arrival.is_post, arrival.is_chunked, arrival.expects_continue) == (False, False, True)


def test_small_pieces_become_one_object() -> None:
    head = b"POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n"
    arrival = arrived(head, *(b"x" for _ in range(100_000)))
    assert arrival.is_whole
    assert len(arrival.pieces) < 30


def test_late_is_who_sends_less_than_the_rate_beyond_the_grace() -> None:
    assert not arrived().is_late(2.0, 2)
    assert arrived().is_late(2.1, 2)
    arrival = arrived(b"x" * (MIN_BYTES_PER_SECOND // 2))
    arrival.last_at = 1.0
    assert not arrival.is_late(2.4, 2)
    assert arrival.is_late(2.6, 2)


def test_late_is_who_has_sent_much_and_stops() -> None:
    arrival = arrived(b"x" * (MIN_BYTES_PER_SECOND * 100))
    arrival.last_at = 1.0
    assert not arrival.is_late(3.0, 2)
    assert arrival.is_late(3.1, 2)
