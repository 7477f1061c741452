package io.tlstunnel.tests.cause;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/**
 * A black hole on loopback: a listener that accepts nobody and whose queue is full, so that Linux
 * drops every further SYN without a word.
 */
final class FullBacklog implements AutoCloseable {
  private static final int ENOUGH = 64;
  private static final int PATIENCE_MILLIS = 500;

  private final ServerSocket listener;
  private final List<Socket> queue = new ArrayList<>();

  FullBacklog() throws IOException {
    listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    while (joins()) {
      if (queue.size() > ENOUGH) {
        close();
        throw new IllegalStateException("the queue of a listener does not fill up here");
      }
    }
  }

  int port() {
    return listener.getLocalPort();
  }

  private boolean joins() throws IOException {
    Socket socket = new Socket();
    try {
      socket.connect(
          new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort()),
          PATIENCE_MILLIS);
      queue.add(socket);
      return true;
    } catch (SocketTimeoutException full) {
      socket.close();
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    for (Socket socket : queue) {
      socket.close();
    }
    listener.close();
  }
}
