package io.tlstunnel.tests.peers;

import io.tlstunnel.tests.rig.Program;
import io.tlstunnel.tests.rig.Remote;
import io.tlstunnel.tests.rig.RunningProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** nginx as the remote's ingress: TLS, a client certificate demanded and verified, gRPC behind. */
final class NginxIngress implements AutoCloseable {
  /** Far below nginx's 1000, so that a test sees connections replaced. */
  static final int REQUESTS_PER_CONNECTION = 100;

  private final RunningProgram program;

  private NginxIngress(RunningProgram program) {
    this.program = program;
  }

  static NginxIngress start(Path directory, Remote remote, int port, int backend)
      throws IOException {
    Path nginx = Program.NGINX.require();
    Path configuration = directory.resolve("nginx.conf");
    Files.writeString(configuration, configuration(directory, remote, port, backend));
    RunningProgram program =
        RunningProgram.start(
            directory,
            "nginx",
            List.of(
                nginx.toString(),
                // Its own prefix: nothing of the machine's nginx is read or written.
                "-p",
                directory.toString(),
                "-e",
                "stderr",
                "-c",
                configuration.toString()));
    return new NginxIngress(program.awaitPort(port));
  }

  private static String configuration(Path directory, Remote remote, int port, int backend) {
    return """
        daemon off;
        # One process, so that its end is the end of everything that the test started.
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
          server {
            listen 127.0.0.1:%2$d ssl http2;
            server_name %3$s;
            keepalive_requests %4$d;
            ssl_certificate %5$s;
            ssl_certificate_key %6$s;
            ssl_client_certificate %7$s;
            ssl_verify_client on;
            client_max_body_size 0;
            location / {
              grpc_pass grpc://127.0.0.1:%8$d;
              grpc_read_timeout 160s;
              grpc_set_header X-Client-Subject $ssl_client_s_dn;
              grpc_set_header X-Server-Name $ssl_server_name;
              grpc_set_header X-Authority $http_host;
            }
          }
        }
        """
        .formatted(
            directory,
            port,
            Remote.NAME,
            REQUESTS_PER_CONNECTION,
            remote.server().chainFile(),
            remote.server().keyFile(),
            remote.ca().pemFile(),
            backend);
  }

  @Override
  public void close() throws IOException {
    program.close();
  }
}
