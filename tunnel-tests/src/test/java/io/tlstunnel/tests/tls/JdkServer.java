package io.tlstunnel.tests.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.junit.TestCert;
import java.io.IOException;
import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/**
 * A server of the JDK's TLS that offers h2 and then does what the test says, on each connection.
 */
final class JdkServer implements AutoCloseable {
  private static final int SECONDS = 30;

  /** What it does with a connection; its exception, or null, is the connection's end. */
  interface Script {
    void play(SSLSocket connection) throws IOException;
  }

  private final SSLServerSocket listener;
  private final BlockingQueue<String> ends = new LinkedBlockingQueue<>();
  private final Thread thread;

  private JdkServer(SSLServerSocket listener, Script script) {
    this.listener = listener;
    thread = new Thread(() -> serve(script), "JDK server");
    thread.setDaemon(true);
    thread.start();
  }

  static JdkServer start(TestCert cert, String version, Script script)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "server", cert.privateKey(), new char[0], cert.chain().toArray(new Certificate[0]));
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, new char[0]);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(keys.getKeyManagers(), null, null);
    SSLServerSocket listener =
        (SSLServerSocket)
            tls.getServerSocketFactory()
                .createServerSocket(0, 10, InetAddress.getLoopbackAddress());
    SSLParameters parameters = listener.getSSLParameters();
    parameters.setProtocols(new String[] {version});
    parameters.setApplicationProtocols(new String[] {"h2"});
    listener.setSSLParameters(parameters);
    return new JdkServer(listener, script);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** How the script of the next connection ended: {@code done}, or the exception's text. */
  String end() throws InterruptedException {
    String end = ends.poll(SECONDS, TimeUnit.SECONDS);
    assertThat(end).as("how a connection ended, within %d s", SECONDS).isNotNull();
    return end;
  }

  private void serve(Script script) {
    while (!listener.isClosed()) {
      try (SSLSocket connection = (SSLSocket) listener.accept()) {
        connection.setSoTimeout(SECONDS * 1_000);
        script.play(connection);
        ends.add("done");
      } catch (IOException ended) {
        ends.add(String.valueOf(ended.getMessage()));
      }
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    try {
      thread.join(10_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
