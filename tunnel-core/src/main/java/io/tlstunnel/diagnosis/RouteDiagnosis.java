package io.tlstunnel.diagnosis;

import io.tlstunnel.event.TunnelFailure;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a walk along a tunnel's route found: how each step went, and what was seen on the way.
 * {@link #toString} is a report for a person, {@link #toJson} the same for a program.
 *
 * @param remote {@code host:port} of the upstream
 * @param serverName the name that the remote's certificate must bear, also the SNI unless it is an
 *     address
 * @param authority the {@code :authority} of the call
 * @param took the whole walk
 * @param steps all steps in their order
 * @param addresses the addresses of the remote, in the order in which they are tried
 * @param tls what TLS agreed on; null if the handshake did not succeed
 * @param chain what the remote presented, its own certificate first; empty if it came to nothing
 * @param clientIdentity our side of mutual TLS
 * @param alpnOffered what we offered
 * @param alpnChosen what the remote chose; null if nothing, or if it did not get there
 * @param settings the remote's settings; null if none came
 * @param answer the answer to the health check; null if none came
 * @param failure why the route fails, as clients, events and the log are told it; null if it stands
 */
public record RouteDiagnosis(
    String remote,
    String serverName,
    String authority,
    Duration took,
    List<StepResult> steps,
    List<TriedAddress> addresses,
    @Nullable TlsParameters tls,
    List<PresentedCertificate> chain,
    ClientIdentity clientIdentity,
    List<String> alpnOffered,
    @Nullable String alpnChosen,
    @Nullable RemoteSettings settings,
    @Nullable GrpcAnswer answer,
    @Nullable TunnelFailure failure) {
  /** Copies the lists. */
  public RouteDiagnosis {
    steps = List.copyOf(steps);
    addresses = List.copyOf(addresses);
    chain = List.copyOf(chain);
    alpnOffered = List.copyOf(alpnOffered);
  }

  /** Whether the route stands and a gRPC server answers on it. */
  public boolean ok() {
    return failure == null;
  }

  /** How a step went. */
  public Outcome outcome(Step step) {
    Objects.requireNonNull(step, "step");
    return steps.stream()
        .filter(result -> result.step() == step)
        .map(StepResult::outcome)
        .findFirst()
        .orElse(Outcome.NOT_REACHED);
  }

  /** The step that failed; null if none did. */
  public @Nullable Step failedAt() {
    for (StepResult result : steps) {
      if (result.outcome() == Outcome.FAILED) {
        return result.step();
      }
    }
    return null;
  }

  /**
   * The diagnosis as one JSON object (RFC 8259): the components of this record by their names, with
   * durations as {@code …Millis}, instants as ISO 8601 and {@code ok} added.
   */
  public String toJson() {
    return JsonReport.of(this);
  }

  /** A report of a dozen lines, without a line break at its end. */
  @Override
  public String toString() {
    return TextReport.of(this);
  }
}
