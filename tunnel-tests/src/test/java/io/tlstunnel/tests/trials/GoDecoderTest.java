package io.tlstunnel.tests.trials;

import static org.assertj.core.api.Assertions.assertThat;

import io.tlstunnel.Limits;
import io.tlstunnel.TlsTunnel;
import io.tlstunnel.junit.Frame;
import io.tlstunnel.tests.rig.Remote;
import io.tlstunnel.tests.rig.RunningProgram;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Go's HPACK decoder takes a second table size update in a block only if its table is empty. */
@Tag("trials")
class GoDecoderTest {
  private static final int PATIENCE_MILLIS = 30_000;
  private static final int MAX_FIELDS = 10;

  @Test
  @DisplayName("31 golang.org/x/net/http2, size updates of a refused request and of the next one")
  void sizeUpdateOfARefusedRequestDoesNotEndTheConnection(@TempDir Path directory)
      throws IOException {
    Remote remote = new Remote();
    List<String> command =
        TrialProgram.GO_SERVER.command(
            "-cert", remote.server().chainFile(), "-key", remote.server().keyFile());
    try (RunningProgram server =
            RunningProgram.start(directory, "go-server", command).awaitOutput("\n");
        TlsTunnel tunnel =
            remote
                .describeTunnelTo(port(server))
                .limits(Limits.defaults().maxHeaderFields(MAX_FIELDS))
                .start();
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), tunnel.port())) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      OutputStream out = socket.getOutputStream();
      DataInputStream in = new DataInputStream(socket.getInputStream());
      out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      out.write(Frame.settings().encode());

      out.write(request(1, "", "4007" + hex("x-entry") + "0131", 0).encode());
      assertThat(answerTo(1, in, out)).as("x-entry: 1 is added to the table").isEqualTo("88");
      out.write(request(3, "3f45", "", MAX_FIELDS).encode());
      assertThat(answerTo(3, in, out)).as("too many fields: 431").isNotEqualTo("88");
      out.write(request(5, "3fe11f", "be", 0).encode());
      assertThat(answerTo(5, in, out)).as("x-entry: 1 from the table").isEqualTo("88");
    }
  }

  private static int port(RunningProgram server) {
    String line = server.output().lines().findFirst().orElseThrow();
    return Integer.parseInt(line.substring("port ".length()));
  }

  /** A request for / whose block begins with a size update and ends with more fields. */
  private static Frame request(int stream, String sizeUpdate, String last, int moreFields) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    block.writeBytes(HexFormat.of().parseHex(sizeUpdate + "828684")); // GET, http, /
    List<String> fields = new ArrayList<>(List.of(":authority", "go.test"));
    for (int i = 0; i < moreFields; i++) {
      fields.addAll(List.of("x-more", Integer.toString(i)));
    }
    block.writeBytes(Frame.headers(stream, true, fields.toArray(String[]::new)).payload());
    block.writeBytes(HexFormat.of().parseHex(last));
    return Frame.headers(stream, true, block.toByteArray());
  }

  private static String hex(String text) {
    return HexFormat.of().formatHex(text.getBytes(StandardCharsets.US_ASCII));
  }

  /** The first octet of the answer's headers; 88 is :status 200. */
  private static String answerTo(int stream, DataInputStream in, OutputStream out)
      throws IOException {
    while (true) {
      int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
      int type = in.readUnsignedByte();
      int flags = in.readUnsignedByte();
      int of = in.readInt();
      byte[] payload = new byte[length];
      in.readFully(payload);
      assertThat(type)
          .as(new String(payload, StandardCharsets.ISO_8859_1))
          .isNotEqualTo(Frame.GOAWAY);
      if (type == Frame.SETTINGS && (flags & Frame.ACK) == 0) {
        out.write(Frame.settingsAck().encode());
      } else if (type == Frame.HEADERS && of == stream) {
        return HexFormat.of().formatHex(payload, 0, 1);
      }
    }
  }
}
