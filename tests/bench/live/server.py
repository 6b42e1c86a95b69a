"""A provider on loop-back, in a process of its own: answers each request with one stream, as fast as it can.

    python -m live.server WORKLOAD COUNT

prints its port, and ends with its input.
"""

import asyncio
import sys

from workloads import Stream, named

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"


async def serve(stream: Stream) -> None:
    """Serve until the input ends."""
    pieces = [b"%x\r\n%b\r\n" % (len(piece), piece) for piece in stream.pieces]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await _asked(reader):
                writer.write(_HEAD)
                for piece in pieces:
                    writer.write(piece)
                    await writer.drain()
                writer.write(b"0\r\n\r\n")
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has left
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


async def _asked(reader: asyncio.StreamReader) -> bool:
    """Read a request; whether there was one."""
    head = await reader.readuntil(b"\r\n\r\n")
    headers = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if line)
    await reader.readexactly(int(headers.get(b"content-length", b"0")))
    return True


if __name__ == "__main__":
    name, count = sys.argv[1:]
    asyncio.run(serve(Stream(named([name])[0], int(count))))
