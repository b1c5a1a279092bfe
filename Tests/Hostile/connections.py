"""Opens connections to a server on this machine that send nothing, too little, too much or nonsense, and sees that it goes on to answer."""

import http.client
import random
import select
import socket
import sys
import time
from urllib.parse import urlsplit

url, total = urlsplit(sys.argv[1]), int(sys.argv[2])
assert url.hostname == "127.0.0.1", "only a server on this machine"
# Fewer descriptors than a process may have, as a rule.
AT_ONCE = 800
random.seed(7)

OPENINGS = [
    b"",
    b"G",
    b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n{",
    b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 5000,
    b"A" * 100_000,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
    b"GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
]


def answers() -> float:
    """How long a plain question takes."""
    begun = time.monotonic()
    for attempt in range(50):
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=60)
        try:
            connection.request("GET", "/healthz")
            response = connection.getresponse()
            body = response.read()
            if response.status == 200:
                assert body == b'{"status":"ok"}', body
                return time.monotonic() - begun
        except (ConnectionError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    raise SystemExit("the server does not answer any more")


opened = refused = 0
slowest = 0.0
held: list[socket.socket] = []
while opened < total:
    connection = socket.create_connection((url.hostname, url.port), timeout=60)
    connection.setblocking(False)
    opened += 1
    try:
        connection.send(random.choice(OPENINGS))
    except (BlockingIOError, ConnectionError):
        refused += 1
    held.append(connection)
    if len(held) >= AT_ONCE:
        for old in held[: AT_ONCE // 4]:
            # Half of them are gone without a word, the others read first.
            if random.random() < 0.5:
                try:
                    old.recv(65536)
                except (BlockingIOError, ConnectionError):
                    pass
            old.close()
        del held[: AT_ONCE // 4]
        slowest = max(slowest, answers())
ended = 0
deadline = time.monotonic() + 120
while held and time.monotonic() < deadline:
    readable, _, _ = select.select(held, [], [], 1)
    for connection in readable:
        try:
            data = connection.recv(65536)
        except ConnectionError:
            data = b""
        if not data:
            ended += 1
            held.remove(connection)
            connection.close()
print(f"{opened} connections, {refused} not even heard, the slowest answer to others took {slowest:.3f} s; "
      f"{len(held)} of the last {ended + len(held)} were not ended")
if held:
    raise SystemExit("connections that send nothing are not ended")
answers()
