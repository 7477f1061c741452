package io.tlstunnel.tests.tls;

import io.tlstunnel.event.Stage;
import io.tlstunnel.junit.fault.Fault;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.provider.Arguments;

/** Something that a remote does wrong in its handshake, and what is said about it. */
final class ProtocolCase {
  private final String row;
  private List<Provider> providers = List.of(Provider.values());
  private @Nullable Fault fault;
  private byte[] answer = {};
  private Stage stage = Stage.TLS;
  private String cause = "";
  private String remedy = "";
  private Duration patience = Duration.ofSeconds(30);

  private ProtocolCase(String row) {
    this.row = row;
  }

  static ProtocolCase row(String row) {
    return new ProtocolCase(row);
  }

  static Stream<Arguments> byBothProviders(Stream<ProtocolCase> cases) {
    return cases.flatMap(c -> c.providers.stream().map(provider -> Arguments.of(c, provider)));
  }

  ProtocolCase only(Provider provider) {
    providers = List.of(provider);
    return this;
  }

  /** The backend itself does it. */
  ProtocolCase fault(Fault fault) {
    this.fault = fault;
    return this;
  }

  /** What the ClientHello is answered with in the backend's place. */
  ProtocolCase answer(byte[] answer) {
    this.answer = answer;
    return this;
  }

  /** How long the tunnel waits for the handshake. */
  ProtocolCase within(Duration patience) {
    this.patience = patience;
    return this;
  }

  Duration patience() {
    return patience;
  }

  ProtocolCase at(Stage stage) {
    this.stage = stage;
    return this;
  }

  /**
   * The failure that everybody is told.
   *
   * @param cause a regular expression, where a time or a provider's own words are in it
   */
  ProtocolCase told(String cause, String remedy) {
    this.cause = cause;
    this.remedy = remedy;
    return this;
  }

  @Nullable Fault fault() {
    return fault;
  }

  byte[] answer() {
    return answer;
  }

  Stage stage() {
    return stage;
  }

  String cause() {
    return cause;
  }

  String remedy() {
    return remedy;
  }

  @Override
  public String toString() {
    return row;
  }
}
