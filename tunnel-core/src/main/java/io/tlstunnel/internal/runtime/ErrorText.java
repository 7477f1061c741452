package io.tlstunnel.internal.runtime;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The text of an exception that nothing better is known of, for a sentence that a person reads: one
 * line, without Java's class names and the numbers of system errors.
 */
public final class ErrorText {
  private static final String NO_TEXT = "an error without a description";
  private static final int MAX_LENGTH = 300;
  private static final int MAX_CAUSES = 20;

  /** Of some library that repeats its cause: {@code java.io.IOException: Connection reset}. */
  private static final Pattern CLASS_NAME =
      Pattern.compile(
          "(?:class"
              + " )?\\b(?:[a-z][\\w$]*\\.)+(?:[A-Z][\\w$]*\\.?)+:?|\\b[A-Z]\\w*(?:Exception|Error)\\b:?");

  private static final Pattern NUMBER = Pattern.compile(" with error\\(-?\\d+\\)");
  private static final Pattern NULL = Pattern.compile("\\bnull\\b");
  private static final Pattern BLANKS = Pattern.compile("[\\p{Cntrl}\\p{Cs}\\s]+");

  private ErrorText() {}

  /** The innermost text of the exception and its causes, which is the least general one. */
  public static String of(@Nullable Throwable thrown) {
    String found = NO_TEXT;
    Throwable cause = thrown;
    for (int i = 0; cause != null && i < MAX_CAUSES; i++) {
      String text = isSlip(cause) ? "an internal error" : clean(cause.getMessage());
      if (!text.isEmpty()) {
        found = text;
      }
      cause = cause.getCause();
    }
    return found;
  }

  /** What the JVM says of these is about the code, and means nothing to who runs it. */
  private static boolean isSlip(Throwable cause) {
    return cause instanceof NullPointerException
        || cause instanceof ClassCastException
        || cause instanceof IndexOutOfBoundsException
        || (cause instanceof LinkageError && !(cause instanceof UnsatisfiedLinkError));
  }

  private static String clean(@Nullable String message) {
    if (message == null) {
      return "";
    }
    String text = CLASS_NAME.matcher(message).replaceAll("");
    text = NUMBER.matcher(text).replaceAll("");
    text = NULL.matcher(text).replaceAll("nothing");
    text = BLANKS.matcher(text).replaceAll(" ").strip();
    return text.length() > MAX_LENGTH ? text.substring(0, MAX_LENGTH) + "…" : text;
  }
}
