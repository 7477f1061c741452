package io.tlstunnel.junit;

/** What a {@link ScriptedBackend} does on a connection. */
@FunctionalInterface
public interface ConnectionScript {
  /**
   * Runs when TLS is set up, on a thread of its own, so it may block. The connection stays open
   * when it returns, unless it closed it. What it throws is part of the backend's report.
   */
  void run(ScriptedConnection connection) throws Exception;
}
