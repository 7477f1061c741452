package io.tlstunnel.junit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;

/** Files that are written when first asked for, in a directory that only their owner can read. */
final class PemFiles {
  private @Nullable Path directory;

  synchronized Path file(String name, String content) {
    try {
      Path home = directory;
      if (home == null) {
        home = Files.createTempDirectory("tlstunnel-");
        // Deleted in reverse order of registration: the directory goes last.
        home.toFile().deleteOnExit();
        directory = home;
      }
      Path file = home.resolve(name);
      if (!Files.exists(file)) {
        Files.writeString(file, content);
        file.toFile().deleteOnExit();
      }
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException("temporary file " + name + " cannot be written", e);
    }
  }

  static void replace(Path file, String content) throws IOException {
    Path next = Files.createTempFile(file.toAbsolutePath().getParent(), "next-", ".pem");
    Files.writeString(next, content);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
