package io.tlstunnel.tests.tls;

import static java.util.Objects.requireNonNull;

import io.tlstunnel.junit.TestCert;
import io.tlstunnel.tests.rig.FreePort;
import io.tlstunnel.tests.rig.Program;
import io.tlstunnel.tests.rig.RunningProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * nginx with HTTP/2 on several ports, each with a server certificate of its own; it demands a
 * client certificate, verifies it as nginx does, after the handshake, and answers every request
 * with 404.
 */
final class Nginx implements AutoCloseable {
  private final RunningProgram program;
  private final Map<String, Integer> ports;

  private Nginx(RunningProgram program, Map<String, Integer> ports) {
    this.program = program;
    this.ports = ports;
  }

  /**
   * Starts it.
   *
   * @param certificates of its servers, by names of the test's choice
   * @param clients whose CA it is
   */
  static Nginx start(Path directory, Map<String, TestCert> certificates, X509Certificate clients)
      throws Exception {
    Path ca = directory.resolve("clients.pem");
    Files.writeString(
        ca,
        "-----BEGIN CERTIFICATE-----\n"
            + Base64.getMimeEncoder().encodeToString(clients.getEncoded())
            + "\n-----END CERTIFICATE-----\n");
    Map<String, Integer> ports = new LinkedHashMap<>();
    StringBuilder servers = new StringBuilder();
    for (Map.Entry<String, TestCert> each : certificates.entrySet()) {
      int port = FreePort.find();
      ports.put(each.getKey(), port);
      servers.append(server(port, each.getValue(), ca));
    }
    Path configuration = directory.resolve("nginx.conf");
    Files.writeString(configuration, configuration(directory, servers.toString()));
    RunningProgram program =
        RunningProgram.start(
            directory,
            "nginx",
            List.of(
                Program.NGINX.require().toString(),
                "-p",
                directory.toString(),
                "-e",
                "stderr",
                "-c",
                configuration.toString()));
    ports.values().forEach(program::awaitPort);
    return new Nginx(program, ports);
  }

  int port(String name) {
    return requireNonNull(ports.get(name), name);
  }

  private static String server(int port, TestCert certificate, Path ca) {
    return """
          server {
            listen 127.0.0.1:%d ssl http2;
            ssl_certificate %s;
            ssl_certificate_key %s;
            ssl_protocols TLSv1.2 TLSv1.3;
            ssl_verify_client on;
            ssl_client_certificate %s;
            location / { return 404; }
          }
        """
        .formatted(port, certificate.chainFile(), certificate.keyFile(), ca);
  }

  private static String configuration(Path directory, String servers) {
    return """
        daemon off;
        master_process off;
        pid %1$s/nginx.pid;
        error_log stderr warn;
        events { worker_connections 512; }
        http {
          access_log off;
          client_body_temp_path %1$s/nginx-body;
          proxy_temp_path %1$s/nginx-proxy;
          fastcgi_temp_path %1$s/nginx-fastcgi;
          uwsgi_temp_path %1$s/nginx-uwsgi;
          scgi_temp_path %1$s/nginx-scgi;
        %2$s
        }
        """
        .formatted(directory, servers);
  }

  @Override
  public void close() throws IOException {
    program.close();
  }
}
