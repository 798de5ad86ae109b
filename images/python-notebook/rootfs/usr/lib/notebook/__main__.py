"""The notebook's HTTP server: GET / is the page, POST /run runs a piece, /interrupt and /restart do what they say."""

import argparse
import base64
import hmac
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PAGE = Path(__file__).with_name("page.html")
CODE_BYTES = 1_000_000


class Kernel:
    """The process that runs the code. It is replaced when it has died."""

    def __init__(self):
        self._turn = threading.Lock()
        self._process = None

    def run(self, code):
        with self._turn:
            process = self._started()
            try:
                process.stdin.write(json.dumps(code) + "\n")
                process.stdin.flush()
                answer = process.stdout.readline()
            except BrokenPipeError:
                answer = ""
            if answer:
                return json.loads(answer)
            return {"ok": False, "output": f"Python ended (exit code {process.wait()}); it starts anew.\n"}

    def interrupt(self):
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)

    def restart(self):
        if self._process is not None:
            self._process.kill()

    def _started(self):
        if self._process is None or self._process.poll() is not None:
            command = [sys.executable, "-m", "notebook.kernel"]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self._process


class Handler(BaseHTTPRequestHandler):
    kernel = Kernel()
    password_file = None

    def do_GET(self):
        if not self._may():
            return
        if self.path != "/":
            return self.send_error(404)
        self._answer("text/html; charset=utf-8", PAGE.read_bytes())

    def do_POST(self):
        if not self._may():
            return
        # A page of somebody else must not run programs here with the password that a browser knows.
        if self.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            return self.send_error(403)
        size = int(self.headers.get("Content-Length", 0))
        if size > CODE_BYTES:
            return self.send_error(413)
        body = self.rfile.read(size).decode()
        if self.path == "/run":
            result = self.kernel.run(body)
        elif self.path == "/interrupt":
            result = self.kernel.interrupt()
        elif self.path == "/restart":
            result = self.kernel.restart()
        else:
            return self.send_error(404)
        self._answer("application/json", json.dumps(result).encode() + b"\n")

    def _may(self):
        wanted = f"admin:{self.password_file.read_text().strip()}".encode()
        given = self.headers.get("Authorization", "")
        expected = "Basic " + base64.b64encode(wanted).decode()
        if hmac.compare_digest(given.encode(), expected.encode()):
            return True
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="notebook: user admin, password the id of the instance"')
        self.send_header("Content-Length", "0")
        self.end_headers()
        return False

    def _answer(self, content_type, body):
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def tell_systemd():
    """sd_notify(3): what waits for this service goes on when its port is open."""
    address = os.environ.pop("NOTIFY_SOCKET", None)
    if address is not None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.sendto(b"READY=1", address.replace("@", "\0", 1))


def main():
    parser = argparse.ArgumentParser(prog="notebook")
    parser.add_argument("--port", type=int, default=8888)
    parser.add_argument("--password-file", type=Path, required=True)
    options = parser.parse_args()
    Handler.password_file = options.password_file
    server = ThreadingHTTPServer(("", options.port), Handler)
    tell_systemd()
    server.serve_forever()


if __name__ == "__main__":
    main()
