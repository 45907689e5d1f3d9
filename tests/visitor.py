"""A visitor without a browser: opens the app's WebSocket as a tab does, and sends files as an uploader does."""

import http.client
import re
from contextlib import ExitStack

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

BORDER = "border-of-a-form"


class Visitor:
    """A tab of the app on a port of this machine."""

    def __init__(self, port: int) -> None:
        self.port = port
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        line.request("GET", "/_stcore/health")
        answer = line.getresponse()
        answer.read()
        line.close()
        self.token = re.search("_streamlit_xsrf=([^;]+)", answer.getheader("Set-Cookie")).group(1)
        place = f"127.0.0.1:{port}"
        self._stays = ExitStack()
        self.socket = self._stays.enter_context(
            connect(
                f"ws://{place}/_stcore/stream",
                origin=f"http://{place}",
                subprotocols=["streamlit", self.token],
                additional_headers={"Cookie": f"_streamlit_xsrf={self.token}"},
                max_size=None,
                close_timeout=0.2,  # what the app still says is not listened to
            )
        )
        asked = BackMsg()
        asked.rerun_script.query_string = ""
        self.socket.send(asked.SerializeToString())
        self.session = ""
        while not self.session:
            told = ForwardMsg.FromString(self.socket.recv(timeout=60))
            self.session = told.new_session.initialize.session_id

    def send(self, file: str, size: int, *, silent: bool = False) -> tuple[int, str]:
        """Sends a file of `size` zeros under an id of its own choice; status and text of the answer.

        `silent`: its size is not said beforehand.
        """
        head = f'--{BORDER}\r\nContent-Disposition: form-data; name="f"; filename="a.png"\r\n\r\n'.encode()
        tail = f"\r\n--{BORDER}--\r\n".encode()
        body = [head, *[bytes(1 << 20)] * (size >> 20), bytes(size % (1 << 20)), tail]
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            line.putrequest("PUT", f"/_stcore/upload_file/{self.session}/{file}")
            self._sign(line)
            line.putheader("Content-Type", f"multipart/form-data; boundary={BORDER}")
            if silent:
                line.putheader("Transfer-Encoding", "chunked")
            else:
                line.putheader("Content-Length", str(sum(map(len, body))))
            line.endheaders()
            for piece in filter(None, body):
                line.send(b"%x\r\n%b\r\n" % (len(piece), piece) if silent else piece)
            if silent:
                line.send(b"0\r\n\r\n")
            answer = line.getresponse()
            return answer.status, answer.read().decode()
        finally:
            line.close()

    def remove(self, file: str) -> int:
        """Takes a file out again."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        line.putrequest("DELETE", f"/_stcore/upload_file/{self.session}/{file}")
        self._sign(line)
        line.endheaders()
        status = line.getresponse().status
        line.close()
        return status

    def _sign(self, line: http.client.HTTPConnection) -> None:
        line.putheader("Cookie", f"_streamlit_xsrf={self.token}")
        line.putheader("X-Xsrftoken", self.token)

    def leave(self) -> None:
        """Closes the tab."""
        self._stays.close()
