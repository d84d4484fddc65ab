"""A headless Chromium, driven over a pipe by its own protocol: nothing but Python's library."""
import json
import os
import shutil
import subprocess
import tempfile

NAMES = ["chromium", "chromium-browser", "google-chrome"]


def find():
    """The program, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One page. `events` are all that Chromium has told of it since it was opened."""

    def __init__(self, program):
        self.profile = tempfile.mkdtemp(prefix="certify-browser-")
        to_read, to_write = os.pipe()
        from_read, from_write = os.pipe()

        def hand_over():  # Chromium speaks on 3 and 4
            os.dup2(to_read, 100), os.dup2(from_write, 101)
            os.dup2(100, 3), os.dup2(101, 4)

        self.process = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--hide-scrollbars", f"--user-data-dir={self.profile}",
             "--remote-debugging-pipe", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=hand_over, close_fds=False)
        os.close(to_read), os.close(from_write)
        self.out, self.into = os.fdopen(to_write, "wb"), os.fdopen(from_read, "rb")
        self.buffer, self.count, self.session, self.events = b"", 0, None, []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ["Page", "Runtime", "Log", "Network"]:
            self.call(f"{domain}.enable")

    def read(self):
        while b"\0" not in self.buffer:
            piece = self.into.read1(1 << 20)
            if not piece:
                raise RuntimeError("Chromium is gone")
            self.buffer += piece
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.count += 1
        message = {"id": self.count, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        self.out.write(json.dumps(message).encode() + b"\0")
        self.out.flush()
        while True:
            answer = self.read()
            if answer.get("id") == self.count:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def open(self, path):
        self.events = []
        self.call("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=0,
                  uploadThroughput=0)
        self.call("Page.navigate", url=f"file://{path}")
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(self.read())

    def run(self, script):
        """The value of an expression in the page."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def complaints(self):
        """Exceptions, and all that the console shows as a warning or an error."""
        self.run("1")  # what came before it has been told by now
        bad = []
        for event in self.events:
            what, about = event["method"], event["params"]
            if what == "Runtime.exceptionThrown":
                bad.append(about["exceptionDetails"]["text"])
            if what == "Log.entryAdded" and about["entry"]["level"] in ("warning", "error"):
                bad.append(about["entry"]["text"])
            if what == "Runtime.consoleAPICalled" and about["type"] in ("warning", "error"):
                bad.append(str(about["args"]))
        return bad

    def requests(self):
        """Addresses that the page asked for, itself left out."""
        asked = [event["params"]["request"]["url"] for event in self.events
                 if event["method"] == "Network.requestWillBeSent"]
        return [url for url in asked[1:] if not url.startswith("data:")]

    def look(self, width=1100, height=900, dark=False, touch=False):
        """As a screen of this size shows it."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=touch)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def picture(self):
        """The whole page, as base64 of a PNG."""
        return self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]

    def pdf(self):
        return self.call("Page.printToPDF", printBackground=True)["data"]

    def close(self):
        self.out.close()
        self.process.terminate()
        self.process.wait()
        self.into.close()
        shutil.rmtree(self.profile, ignore_errors=True)
