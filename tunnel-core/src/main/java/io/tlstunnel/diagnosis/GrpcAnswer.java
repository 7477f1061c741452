package io.tlstunnel.diagnosis;

import org.jspecify.annotations.Nullable;

/**
 * What came back on {@code grpc.health.v1.Health/Check}.
 *
 * @param httpStatus {@code 200} from a gRPC server, whatever its status; 0 if no response came
 * @param contentType null if there was none
 * @param server the {@code server} header, by which proxies tell their name; null if there was none
 * @param grpcStatus null if the answer is not gRPC
 * @param text {@code grpc-message}, or the first words of a body that is not gRPC, or the frame
 *     that came in place of a response; may be empty
 * @param meaning what that says about the route, for a person
 */
public record GrpcAnswer(
    int httpStatus,
    @Nullable String contentType,
    @Nullable String server,
    @Nullable Integer grpcStatus,
    String text,
    String meaning) {}
