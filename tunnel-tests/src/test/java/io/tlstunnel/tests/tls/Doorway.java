package io.tlstunnel.tests.tls;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Collection;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A port in front of a backend. It answers in the backend's place with what no TLS server would
 * say, until it is opened: from then on it leads to the backend.
 */
final class Doorway implements AutoCloseable {
  private final ServerSocket listener;
  private final int backend;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Collection<Socket> sockets = new ConcurrentLinkedQueue<>();
  private volatile byte[] answer = {};
  private volatile boolean open;

  Doorway(InetAddress address, int backend) {
    this.backend = backend;
    try {
      listener = new ServerSocket(0, 50, address);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    threads.execute(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** The first bytes of a connection are answered with these, and then it ends. */
  void shut(byte[] answer) {
    this.answer = answer;
    open = false;
  }

  void open() {
    open = true;
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
    threads.shutdownNow();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        sockets.add(client);
        threads.execute(() -> serve(client));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      if (open) {
        Socket server = new Socket(InetAddress.getLoopbackAddress(), backend);
        sockets.add(server);
        threads.execute(() -> pour(server, client));
        pour(client, server);
      } else {
        InputStream in = client.getInputStream();
        int read = in.read(new byte[16_384]);
        if (read > 0) {
          client.getOutputStream().write(answer);
          client.shutdownOutput();
          // Closing with unread bytes would send RST, and the answer might be lost.
          in.transferTo(OutputStream.nullOutputStream());
        }
      }
    } catch (IOException ended) {
      return;
    }
  }

  private static void pour(Socket from, Socket to) {
    try (from;
        to) {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException ended) {
      return;
    }
  }
}
