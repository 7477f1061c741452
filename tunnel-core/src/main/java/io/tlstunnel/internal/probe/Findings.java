package io.tlstunnel.internal.probe;

import io.netty.util.NetUtil;
import io.tlstunnel.diagnosis.ClientIdentity;
import io.tlstunnel.diagnosis.GrpcAnswer;
import io.tlstunnel.diagnosis.Outcome;
import io.tlstunnel.diagnosis.PresentedCertificate;
import io.tlstunnel.diagnosis.RemoteSettings;
import io.tlstunnel.diagnosis.RouteDiagnosis;
import io.tlstunnel.diagnosis.Step;
import io.tlstunnel.diagnosis.StepResult;
import io.tlstunnel.diagnosis.TlsParameters;
import io.tlstunnel.diagnosis.TriedAddress;
import io.tlstunnel.event.TunnelFailure;
import io.tlstunnel.internal.upstream.UpstreamOptions;
import io.tlstunnel.tls.ClientCert;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a walk has found so far. */
final class Findings {
  private final UpstreamOptions options;
  private final String authority;
  private final long begun = System.nanoTime();
  private final Map<Step, StepResult> results = new EnumMap<>(Step.class);
  private final List<TriedAddress> addresses = new ArrayList<>();
  private Step current = Step.RESOLVE;
  private long since = begun;
  private int tried;
  private long tryingSince;

  List<PresentedCertificate> chain = List.of();
  @Nullable TlsParameters tls;
  @Nullable String alpnChosen;
  @Nullable RemoteSettings settings;
  @Nullable GrpcAnswer answer;
  boolean certificateShown;
  boolean refusedAfterHandshake;

  Findings(UpstreamOptions options, String authority) {
    this.options = options;
    this.authority = authority;
  }

  /** A step that takes time begins. */
  void begin(Step step) {
    current = step;
    since = System.nanoTime();
  }

  void ok(Step step) {
    put(step, Outcome.OK);
  }

  void failed(Step step) {
    put(step, Outcome.FAILED);
  }

  boolean isOk(Step step) {
    StepResult result = results.get(step);
    return result != null && result.outcome() == Outcome.OK;
  }

  boolean isFailed(Step step) {
    StepResult result = results.get(step);
    return result != null && result.outcome() == Outcome.FAILED;
  }

  /** How long the current step has taken. */
  long nanosOfStep() {
    return System.nanoTime() - since;
  }

  private void put(Step step, Outcome outcome) {
    Duration took = step == current ? Duration.ofNanos(nanosOfStep()) : Duration.ZERO;
    results.put(step, new StepResult(step, outcome, took));
  }

  void addresses(List<InetAddress> resolved) {
    for (InetAddress address : resolved) {
      addresses.add(
          new TriedAddress(
              NetUtil.toAddressString(address), Outcome.NOT_REACHED, "", Duration.ZERO));
    }
  }

  void tryNextAddress() {
    tried++;
    tryingSince = System.nanoTime();
  }

  /** How the address that is being tried has turned out. */
  void addressEnded(Outcome outcome, String cause) {
    if (tried > 0) {
      Duration took = Duration.ofNanos(System.nanoTime() - tryingSince);
      String address = addresses.get(tried - 1).address();
      addresses.set(tried - 1, new TriedAddress(address, outcome, cause, took));
    }
  }

  /** Whether an address has been asked and has not answered. */
  boolean addressPending() {
    return tried > 0 && addresses.get(tried - 1).outcome() == Outcome.NOT_REACHED;
  }

  RouteDiagnosis diagnosis(@Nullable TunnelFailure failure) {
    List<StepResult> steps = new ArrayList<>();
    for (Step step : Step.values()) {
      steps.add(
          results.getOrDefault(step, new StepResult(step, Outcome.NOT_REACHED, Duration.ZERO)));
    }
    return new RouteDiagnosis(
        options.remote(),
        options.serverName(),
        authority,
        Duration.ofNanos(System.nanoTime() - begun),
        steps,
        addresses,
        tls,
        chain,
        identity(options.clientCert()),
        List.of("h2"),
        alpnChosen,
        settings,
        answer,
        failure);
  }

  private ClientIdentity identity(@Nullable ClientCert ours) {
    Instant notAfter = ours == null ? null : ours.chain().get(0).getNotAfter().toInstant();
    return new ClientIdentity(
        ours == null ? null : ours.subject(), notAfter, certificateShown, refusedAfterHandshake);
  }
}
