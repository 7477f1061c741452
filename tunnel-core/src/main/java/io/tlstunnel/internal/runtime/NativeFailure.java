package io.tlstunnel.internal.runtime;

import java.io.FileNotFoundException;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Locale;
import java.util.Set;

/**
 * Why one of Netty's native libraries cannot be used. Netty tries several names and ways to load
 * one: what really happened is among the suppressed exceptions of a cause of the one that it shows.
 */
public final class NativeFailure {
  private static final int MAX_LOOKED_AT = 100;

  private NativeFailure() {}

  /** The reason, and what helps if that is known. */
  public static String of(Throwable unavailable) {
    String last = ErrorText.of(unavailable);
    for (Throwable thrown : all(unavailable)) {
      String text = ErrorText.of(thrown);
      String lower = text.toLowerCase(Locale.ROOT);
      if (thrown instanceof NoSuchMethodError
          || thrown instanceof NoSuchFieldError
          || thrown instanceof IncompatibleClassChangeError) {
        return "its native library, its classes and Netty are of versions that do not fit together"
            + " (take those of one netty-bom)";
      }
      if (isAboutTheDirectory(lower)) {
        return text
            + " (the directory for temporary files must be writable and not mounted with noexec;"
            + " name another one with -Dio.netty.native.workdir)";
      }
      if (lower.contains("glibc") || lower.contains("cannot open shared object")) {
        return text + " (the native library is not for this system's C library)";
      }
    }
    return isAbsent(unavailable) ? "it is not on the class path or among the modules" : last;
  }

  /** Whether there is no such library, rather than one that does not load. */
  public static boolean isAbsent(Throwable unavailable) {
    boolean missing = false;
    for (Throwable thrown : all(unavailable)) {
      if (thrown instanceof ClassNotFoundException || thrown instanceof FileNotFoundException) {
        missing = true;
      }
      if (isAboutTheDirectory(ErrorText.of(thrown).toLowerCase(Locale.ROOT))) {
        return false;
      }
    }
    return missing;
  }

  private static boolean isAboutTheDirectory(String text) {
    return text.contains("failed to map segment")
        || text.contains("read-only file system")
        || text.contains("permission denied")
        || text.contains("operation not permitted")
        || text.contains("no space left")
        || text.contains("not a directory");
  }

  /** The exception, its causes and all that these suppress. */
  private static Set<Throwable> all(Throwable first) {
    Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Throwable> next = new ArrayDeque<>();
    next.add(first);
    while (!next.isEmpty() && seen.size() < MAX_LOOKED_AT) {
      Throwable thrown = next.remove();
      if (seen.add(thrown)) {
        if (thrown.getCause() != null) {
          next.add(thrown.getCause());
        }
        Collections.addAll(next, thrown.getSuppressed());
      }
    }
    return seen;
  }
}
