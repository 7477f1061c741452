package io.tlstunnel.junit;

/**
 * AssertJ assertions about what a backend has received. Needs {@code org.assertj:assertj-core} on
 * the class path; import {@link #assertThat} beside AssertJ's own.
 *
 * <pre>{@code
 * assertThat(backend).received("/thanos.Store/Series").withSni("store.example");
 * }</pre>
 */
public final class TunnelAssertions {
  private TunnelAssertions() {}

  /** Begins an assertion about a backend, as it stands now; to wait, use {@code takeCall}. */
  public static BackendAssert assertThat(Backend backend) {
    return new BackendAssert(backend);
  }
}
