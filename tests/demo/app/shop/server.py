"""Starts the workers and keeps them alive."""

import os
import signal
import socket

from .app import app


def run(workers, bind=("0.0.0.0", 8000)):
    listener = socket.create_server(bind, backlog=128, reuse_port=False)
    children = {_start(listener) for _ in range(workers)}
    signal.signal(signal.SIGTERM, lambda *_: [os.kill(child, signal.SIGTERM) for child in children])
    while children:
        child, status = os.wait()
        children.discard(child)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) != signal.SIGTERM:
            children.add(_start(listener))
    return 0


def _start(listener):
    child = os.fork()
    if child == 0:
        app.serve(listener)
        os._exit(0)
    return child
