package io.tlstunnel.internal.upstream;

import io.tlstunnel.internal.runtime.ErrorText;
import io.tlstunnel.internal.runtime.SystemError;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Why a name has no address. Java has one exception for it, whatever the name service said: what it
 * was is in the text alone, which is the C library's (RFC 3493, 6.1), or that of the application's
 * own resolver.
 */
final class LookupFailure {
  private static final String ITS_SERVICE =
      "check the name service of this machine (resolv.conf) and the network to it; the name may be"
          + " right";

  private static final List<String> NO_SUCH_NAME =
      List.of("not known", "does not resolve", "no such host is known", "nxdomain");
  private static final List<String> NO_ADDRESS =
      List.of("no address associated", "no usable address", "gave no address");
  private static final List<String> NO_VERDICT =
      List.of(
          "temporary",
          "try again",
          "non-recoverable",
          "system error",
          "servfail",
          "refused",
          "timed out",
          "timeout");

  private LookupFailure() {}

  static Diagnosis of(@Nullable Throwable thrown) {
    Throwable cause = thrown;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (!(cause instanceof UnknownHostException unknown)) {
      return new Diagnosis(
          "the resolver failed: " + ErrorText.of(cause), "check the name service of this machine");
    }
    return of(unknown);
  }

  private static Diagnosis of(UnknownHostException unknown) {
    SystemError here = SystemError.in(unknown);
    if (here == SystemError.PROCESS_FILES || here == SystemError.MACHINE_FILES) {
      return new Diagnosis(
          "too many open files to ask the name service", "raise the limit (ulimit -n)");
    }
    String text = String.valueOf(unknown.getMessage()).toLowerCase(Locale.ROOT);
    if (contains(text, NO_VERDICT)) {
      return new Diagnosis("the name service failed or did not answer", ITS_SERVICE);
    }
    if (contains(text, NO_SUCH_NAME)) {
      return new Diagnosis(
          "the name service knows no such name",
          "check the host's spelling, and which names this machine's name service knows");
    }
    if (contains(text, NO_ADDRESS)) {
      return new Diagnosis(
          "the name exists and has no address", "check the name's A and AAAA records");
    }
    return new Diagnosis(
        "no address is known for this name", "check the host's spelling and the name service");
  }

  private static boolean contains(String text, List<String> parts) {
    return parts.stream().anyMatch(text::contains);
  }
}
