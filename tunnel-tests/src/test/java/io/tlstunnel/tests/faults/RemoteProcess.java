package io.tlstunnel.tests.faults;

import io.tlstunnel.junit.GrpcBackend;
import io.tlstunnel.junit.TestCa;
import io.tlstunnel.junit.TestCert;
import java.io.IOException;
import java.util.List;

/** A remote in a process of its own, with a CA of its own, in another network namespace. */
final class RemoteProcess implements AutoCloseable {
  private final ChildJvm child;
  private final String[] told;

  private RemoteProcess(ChildJvm child) throws IOException {
    this.child = child;
    this.told = child.readLine().split(" ");
  }

  /** The process: says its port and the files with which a tunnel reaches it. */
  static final class Main {
    private Main() {}

    public static void main(String[] args) throws InterruptedException {
      TestCa ca = TestCa.create();
      GrpcBackend backend =
          GrpcBackend.builder(ca).host("0.0.0.0").service(new Methods(id -> {})).start();
      TestCert client = ca.client("CN=tunnel");
      System.out.println(
          backend.port() + " " + ca.pemFile() + " " + client.chainFile() + " " + client.keyFile());
      Thread.currentThread().join();
    }
  }

  static RemoteProcess startIn(Namespace namespace) throws IOException {
    return new RemoteProcess(ChildJvm.start(namespace::inside, List.of(), Main.class, List.of()));
  }

  int port() {
    return Integer.parseInt(told[0]);
  }

  String authority() {
    return told[1];
  }

  String chain() {
    return told[2];
  }

  String key() {
    return told[3];
  }

  @Override
  public void close() {
    child.close();
  }
}
