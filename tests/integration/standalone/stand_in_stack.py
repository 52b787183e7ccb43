"""A script for the tests: the real supervisor and the real servers, with two stand-ins for the product's services.

`web` answers /readyz; `worker` leaves children of every kind behind. BROKEN=1 lets the worker end at once, STUBBORN=1
makes it ignore the polite signal.
"""

import os
import signal
import sys
from functools import partial

from services.standalone.child import Command
from services.standalone.console import Console
from services.standalone.managed import Service
from services.standalone.preparation import ensure_bucket
from services.standalone.session import make_data_folder, run_stack
from services.standalone.settings import StandaloneSettings
from services.standalone.stack import answers_ready, plan
from services.standalone.state import write_state
from services.standalone.supervisor import Supervisor

WEB = """
import http.server, os
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Ready).serve_forever()
"""
WORKER = """
sleep 1001 &
setsid sleep 1002 &
sh -c 'sleep 1003 & wait' &
echo '{"event": "ready", "level": "info"}'
wait
"""


def bring_up(settings: StandaloneSettings, console: Console, supervisor: Supervisor) -> None:
    servers, addresses = plan(settings)
    state = {
        "base_url": settings.base_url,
        "database_url": addresses.superuser_url,
        "redis_url": addresses.redis_url,
        "s3": vars(addresses.store),
    }

    def remember(pids: dict[str, int]) -> None:
        write_state(settings.folder, state | {"pids": {"supervisor": os.getpid(), **pids} if pids else {}})

    supervisor.tell_changes(remember)
    supervisor.start(servers)
    ensure_bucket(addresses.store)
    environment = {"PATH": os.defpath, "PORT": str(settings.port)}
    script = WORKER
    if os.environ.get("BROKEN"):
        script = "echo no weights; exit 3"
    if os.environ.get("STUBBORN"):
        script = "trap '' TERM; echo '{\"event\": \"ready\"}'; while true; do sleep 0.05; done"
    worker = Command("worker", ("/bin/sh", "-c", script), environment, stop_timeout_s=60)
    web = Command("web", (sys.executable, "-c", WEB), environment, stop_signal=signal.SIGTERM)
    supervisor.start(
        [
            Service("worker", lambda: worker, ready_event="ready"),
            Service("web", lambda: web, partial(answers_ready, settings.base_url)),
        ]
    )
    console.say("everything is ready")


if __name__ == "__main__":
    settings = StandaloneSettings()
    make_data_folder(settings.folder)
    sys.exit(run_stack(settings, bring_up))
