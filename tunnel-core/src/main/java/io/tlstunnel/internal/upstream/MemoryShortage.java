package io.tlstunnel.internal.upstream;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The JVM had no memory for what was to be done: neither peer's fault, and never to be hushed up.
 */
public final class MemoryShortage {
  private static final int MAX_CAUSES = 10;

  private MemoryShortage() {}

  /** What is missing and what to do, in one sentence; null if it is not memory. */
  public static @Nullable String sentence(@Nullable Throwable thrown) {
    Diagnosis diagnosis = of(thrown);
    return diagnosis == null ? null : diagnosis.cause() + " (" + diagnosis.remedy() + ")";
  }

  static @Nullable Diagnosis of(@Nullable Throwable thrown) {
    Throwable cause = thrown;
    for (int i = 0; cause != null && i < MAX_CAUSES; i++) {
      if (cause instanceof OutOfMemoryError) {
        return diagnosis(String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT));
      }
      cause = cause.getCause();
    }
    return null;
  }

  private static Diagnosis diagnosis(String message) {
    return message.contains("direct")
        ? new Diagnosis(
            "this JVM has no direct memory left for buffers",
            "raise -XX:MaxDirectMemorySize, or lower maxConnections or maxBufferedBytes in"
                + " limits(...)")
        : new Diagnosis("this JVM has no memory left", "raise -Xmx");
  }
}
