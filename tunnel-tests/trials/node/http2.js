// Requests by Node's own http2, which stands on nghttp2: each connection carries one after the other.
// Arguments: the tunnel's port, how many connections, and how many requests on each of them.

import http2 from "node:http2";

const [port, connections, requests] = process.argv.slice(2).map(Number);

for (let i = 0; i < connections; i++) {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  const lost = new Promise((resolve) => session.on("error", (error) => resolve(error.message)));
  for (let j = 0; j < requests; j++) {
    const began = performance.now();
    const answer = await Promise.race([answerOn(session), lost]);
    console.log(`${answer === 200 ? "OK" : "FAILED"} ${Math.round(performance.now() - began)} ${answer}`);
  }
  session.destroy();
}

function answerOn(session) {
  return new Promise((resolve) => {
    let status;
    const request = session.request({ ":path": "/" });
    request.on("response", (headers) => (status = headers[":status"]));
    request.on("error", (error) => resolve(error.message));
    request.on("end", () => resolve(status));
    request.resume();
    request.end();
  });
}
