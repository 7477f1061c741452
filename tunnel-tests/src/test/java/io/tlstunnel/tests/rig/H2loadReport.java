package io.tlstunnel.tests.rig;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What h2load says at its end, as numbers. */
public record H2loadReport(long succeeded, long status2xx, long dataBytes) {
  private static final Pattern SUCCEEDED = Pattern.compile("(\\d+) succeeded, 0 failed, 0 errored");
  private static final Pattern STATUS = Pattern.compile("status codes: (\\d+) 2xx");
  private static final Pattern DATA = Pattern.compile("\\((\\d+)\\) data");

  /** Reads its output; a complaint if some request failed. */
  public static H2loadReport parse(String output) {
    return new H2loadReport(
        number(SUCCEEDED, output), number(STATUS, output), number(DATA, output));
  }

  private static long number(Pattern pattern, String output) {
    Matcher matcher = pattern.matcher(output);
    if (!matcher.find()) {
      throw new AssertionError("h2load did not print '" + pattern + "': " + output);
    }
    return Long.parseLong(matcher.group(1));
  }
}
