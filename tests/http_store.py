"""A store on this machine: an HTTP server with byte ranges, which fails when told to."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread


class Store(ThreadingHTTPServer):
    """Requests get faults: an HTTP status, or a number of seconds to wait, as a float.

    ``faults`` has those of the next requests, ``fault_at`` those of requests by number.
    """

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(('127.0.0.1', 0), partial(Handler, directory=str(folder)))
        self.faults: list[int | float] = []
        self.fault_at: dict[int, int | float] = {}
        self.requests = 0
        self.ranges = True

    def handle_error(self, request, client_address) -> None:
        """Nothing: a client that waits no longer has closed its connection."""

    @property
    def url(self) -> str:
        return f'http://127.0.0.1:{self.server_port}'


class Handler(SimpleHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_GET(self) -> None:
        self.server.requests += 1
        faults = self.server.faults
        fault = self.server.fault_at.pop(self.server.requests, None)
        fault = faults.pop(0) if faults else fault
        if isinstance(fault, float):
            time.sleep(fault)
        elif fault is not None:
            self.send_error(fault)
            return
        wanted = re.fullmatch(r'bytes=(\d+)-(\d+)', self.headers.get('Range', ''))
        if not wanted or not self.server.ranges:
            super().do_GET()
            return
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        start, last = map(int, wanted.groups())
        if start >= path.stat().st_size:
            self.send_error(416)
            return
        with path.open('rb') as file:
            file.seek(start)
            data = file.read(last + 1 - start)
        self.send_response(206)
        self.send_header('Content-Length', str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args) -> None:
        pass


@contextmanager
def serving(folder: Path) -> Iterator[Store]:
    server = Store(folder)
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
