"""Install what the tests need and the machine has not: a Chromium for the journeys.

Root on Debian gets it from Debian's packages. Anybody else is told what to do; nothing is skipped in silence.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")
GO_ON = "TOCSIN_TESTS_WITHOUT_BROWSER"
MESSAGE = f"""
The journeys drive a real browser, and this machine has no Chromium.
  Debian, Ubuntu:  sudo apt-get install chromium
  elsewhere:       .venv/bin/playwright install chromium
  without it:      {GO_ON}=1 make test   (the journeys in a browser are then not run, and the result says so)
"""


def has_browser() -> bool:
    """Say whether a Chromium can be started: the system's, or the one that Playwright downloads."""
    if any(shutil.which(name) for name in NAMES):
        return True
    return any(
        os.path.isdir(os.path.join(folder, entry)) and entry.startswith("chromium")
        for folder in [os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or os.path.expanduser("~/.cache/ms-playwright")]
        if os.path.isdir(folder)
        for entry in os.listdir(folder)
    )


def install_from_debian() -> bool:
    """Install Debian's Chromium. Returns whether that went well."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    print("Installing Chromium from Debian's packages for the journeys ...", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
        if subprocess.run(["apt-get", *words], env=environment, stdout=subprocess.DEVNULL, check=False).returncode:
            return False
    return has_browser()


def main() -> int:
    """Prepare, or say what is missing."""
    if has_browser() or os.environ.get(GO_ON):
        return 0
    if install_from_debian():
        return 0
    print(MESSAGE, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
