// Unary calls by @grpc/grpc-js, with a keepalive PING each second and a second for its answer.

import grpc from "@grpc/grpc-js";
import { deadline, makeCalls, port } from "./calls.js";

const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
  // A proxy of the environment is not to stand between us and the tunnel.
  "grpc.enable_http_proxy": 0,
  "grpc.keepalive_time_ms": 1_000,
  "grpc.keepalive_timeout_ms": 1_000,
});
const same = (bytes) => bytes;

await makeCalls(
  () =>
    new Promise((resolve) => {
      const until = new Date(Date.now() + deadline);
      client.makeUnaryRequest("/trials.Echo/Call", same, same, Buffer.from("ping"), { deadline: until }, (error) =>
        resolve({ code: grpc.status[error?.code ?? grpc.status.OK], message: error?.details ?? "" }),
      );
    }),
);
client.close();
