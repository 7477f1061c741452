package io.tlstunnel.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tlstunnel.testpki.Pem;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PemFileTest {
  @TempDir Path dir;

  /** Not by taking a real file's permissions away: for root, as in containers, none is missing. */
  @Test
  void fileThatMayNotBeReadIsNamed() {
    Path file = dir.resolve("tls.key");
    assertThat(
            PemFile.unreadable(file, "a private key", new AccessDeniedException(file.toString())))
        .hasMessage(file + ": permission denied (let this process's user read it)");
  }

  @Test
  void failureOfTheDiskIsToldAsItIs() {
    Path file = dir.resolve("tls.key");
    assertThat(PemFile.unreadable(file, "a private key", new IOException("Input/output error")))
        .hasMessage(
            file
                + ": cannot be read: Input/output error (expected: a PEM file with a private key)");
  }

  @Test
  void hugeFileIsNotReadToItsEnd() throws IOException {
    Path file = dir.resolve("disk.img");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(64L << 30);
    }
    assertThatThrownBy(() -> PemFile.read(file, "a private key"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(file + ": larger than 16 MiB (expected: a private key in PEM form)");
  }

  @Test
  void textOfABlockHidesItsContent() {
    Path file = Pem.write(dir.resolve("tls.key"), "\n", Pem.block("PRIVATE KEY", new byte[] {1}));
    assertThat(PemFile.read(file, "a private key").blocks())
        .hasToString("[the PRIVATE KEY block at line 2]");
  }
}
