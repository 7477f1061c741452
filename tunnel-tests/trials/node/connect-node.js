// Unary calls of gRPC by @connectrpc/connect-node.

import { createFileRegistry, fromJson } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { deadline, makeCalls, port } from "./calls.js";

const registry = createFileRegistry(
  fromJson(FileDescriptorSetSchema, {
    file: [
      {
        name: "trials.proto",
        package: "trials",
        syntax: "proto3",
        messageType: [
          { name: "Ping", field: [{ name: "text", number: 1, type: "TYPE_STRING", label: "LABEL_OPTIONAL" }] },
        ],
        service: [
          { name: "Echo", method: [{ name: "Call", inputType: ".trials.Ping", outputType: ".trials.Ping" }] },
        ],
      },
    ],
  }),
);
const baseUrl = `http://127.0.0.1:${port}`;
const sessionManager = new Http2SessionManager(baseUrl);
const client = createClient(
  registry.getService("trials.Echo"),
  createGrpcTransport({ baseUrl, sessionManager, defaultTimeoutMs: deadline }),
);

await makeCalls(async () => {
  try {
    await client.call({ text: "ping" });
    return { code: "OK", message: "" };
  } catch (failure) {
    const error = ConnectError.from(failure);
    // InvalidArgument is INVALID_ARGUMENT elsewhere.
    const code = Code[error.code].replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();
    return { code, message: error.rawMessage };
  }
});
sessionManager.abort();
