package io.tlstunnel.testpeer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tlstunnel.testpki.Issued;
import io.tlstunnel.testpki.TestCa;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** A remote that wants a client certificate; each of its connections is played by the test. */
public final class RawRemote implements AutoCloseable {
  public static final String NAME = "remote.test";

  private final ServerSocket listener;
  private final SSLContext tls;

  public RawRemote(TestCa ca) {
    try {
      tls = context(ca.server(NAME), ca.certificate());
      listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
      listener.setSoTimeout(Peer.TIMEOUT_MILLIS);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  public int port() {
    return listener.getLocalPort();
  }

  /** The next connection, before TLS. */
  public Socket acceptTcp() {
    try {
      return listener.accept();
    } catch (SocketTimeoutException late) {
      throw new AssertionError("nobody connected", late);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** The next connection, with TLS and ALPN done and the client's preface read. */
  public Peer accept() {
    return accept(acceptTcp(), 0);
  }

  /** Does the remote's part of TLS, and reads the preface. */
  public Peer accept(Socket tcp, int receiveBuffer) {
    try {
      if (receiveBuffer > 0) {
        tcp.setReceiveBufferSize(receiveBuffer);
      }
      SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket(tcp, null, true);
      socket.setUseClientMode(false);
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setNeedClientAuth(true);
      parameters.setApplicationProtocols(new String[] {"h2"});
      socket.setSSLParameters(parameters);
      Peer peer = new Peer(tcp, socket);
      socket.startHandshake();
      assertThat(socket.getApplicationProtocol()).isEqualTo("h2");
      peer.readPreface();
      return peer;
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** Nobody is connecting, and nobody has. */
  public void expectNobody() {
    try {
      listener.setSoTimeout(200);
      assertThatThrownBy(listener::accept).isInstanceOf(SocketTimeoutException.class);
      listener.setSoTimeout(Peer.TIMEOUT_MILLIS);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static SSLContext context(Issued identity, X509Certificate authority) {
    try {
      KeyStore keys = emptyStore();
      keys.setKeyEntry(
          "key", identity.key(), new char[0], identity.chain().toArray(X509Certificate[]::new));
      KeyManagerFactory keyManagers =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keyManagers.init(keys, new char[0]);
      KeyStore trusted = emptyStore();
      trusted.setCertificateEntry("ca", authority);
      TrustManagerFactory trustManagers =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trustManagers.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keyManagers.getKeyManagers(), trustManagers.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException failed) {
      throw new IllegalStateException(failed);
    }
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }
}
