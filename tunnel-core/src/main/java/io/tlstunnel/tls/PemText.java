package io.tlstunnel.tls;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds the blocks in the text of a PEM file.
 *
 * <p>Text between the blocks is ignored, as openssl does it: many files carry the certificate's
 * fields in front of it. But whatever looks as if it had been meant to be a block is either read or
 * refused, so that no certificate gets lost in silence.
 */
final class PemText {
  private static final Pattern MARKER = Pattern.compile("-----(BEGIN|END) (.+?)-----");

  /** With four dashes, in small letters, with the dashes of a word processor. */
  private static final Pattern ALMOST_MARKER =
      Pattern.compile(
          "(?iU)\\p{Pd}{2,}\\s*(BEGIN|END)\\b[A-Z0-9 ]*(CERTIFICATE|KEY|CRL)\\s*\\p{Pd}{2,}"
              + "|\\p{Pd}{2,}\\s*(BEGIN|END) (?-i:[A-Z0-9 ]*(CERTIFICATE|KEY|CRL))\\b");

  private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/]+=*");
  private static final Pattern WRITTEN_LINE_BREAK = Pattern.compile("\\\\+[nr]");
  private static final Pattern QUOTES = Pattern.compile(".*[\"']\\s*");
  private static final String ANEW = "write the file anew; it may have been cut or edited";

  private final Path path;
  private final List<PemFile.Block> blocks = new ArrayList<>();
  private final List<String> passedOver = new ArrayList<>();

  /** The label of the block that is being read; null between blocks. */
  private @Nullable String open;

  private int openedAt;
  private final List<String> body = new ArrayList<>();

  /** Whether the text in front of the line looks like the content of a block. */
  private boolean afterBase64;

  private PemText(Path path) {
    this.path = path;
  }

  /**
   * Finds the blocks.
   *
   * @throws IllegalArgumentException if a block is not whole or its marker not in order
   */
  static PemText parse(Path path, String text) {
    PemText parsed = new PemText(path);
    List<String> lines = text.lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      // A byte order mark stands in front of each file that was joined to this one.
      parsed.line(lines.get(i).replace("\uFEFF", "").strip(), i + 1);
    }
    if (parsed.open != null) {
      throw parsed.halfWritten(parsed.open, parsed.openedAt);
    }
    return parsed;
  }

  List<PemFile.Block> blocks() {
    return List.copyOf(blocks);
  }

  /** What looked like a block and was not read, for the log. */
  List<String> passedOver() {
    return List.copyOf(passedOver);
  }

  private void line(String line, int number) {
    List<MatchResult> markers = MARKER.matcher(line).results().toList();
    if (markers.isEmpty()) {
      textLine(line, number);
    } else if (open == null && (line.startsWith("#") || line.startsWith("//"))) {
      if (markers.get(0).group(1).equals("BEGIN")) {
        passedOver.add("the commented-out " + label(markers.get(0)) + " block at line " + number);
      }
      afterBase64 = false;
    } else {
      MatchResult marker = markers.get(0);
      if (markers.size() > 1 || marker.end() - marker.start() < line.length()) {
        throw notAlone(line, markers, number);
      }
      if (PemLabel.isMisspelt(marker.group(2))) {
        throw almostMarker(number);
      }
      if (marker.group(1).equals("BEGIN")) {
        begin(marker.group(2), number);
      } else {
        end(marker.group(2), number);
      }
      afterBase64 = false;
    }
  }

  private void textLine(String line, int number) {
    if (ALMOST_MARKER.matcher(line).find() && !line.startsWith("#")) {
      throw almostMarker(number);
    }
    if (open != null) {
      body.add(line);
    } else if (!line.isEmpty()) {
      afterBase64 = BASE64.matcher(line).matches();
    }
  }

  private void begin(String label, int number) {
    if (open != null) {
      throw halfWritten(open, openedAt);
    }
    open = label;
    openedAt = number;
    body.clear();
  }

  private void end(String label, int number) {
    if (open == null) {
      if (afterBase64) {
        throw PemFile.bad(
            path,
            "the BEGIN line of the "
                + PemLabel.told(label)
                + " block that ends at line "
                + number
                + " is missing",
            ANEW);
      }
      passedOver.add("the END line at line " + number);
      return;
    }
    if (!open.equals(label)) {
      throw PemFile.bad(
          path,
          "the "
              + PemLabel.told(open)
              + " block at line "
              + openedAt
              + " ends at line "
              + number
              + " as a block of another type",
          ANEW);
    }
    blocks.add(decode(label));
    open = null;
  }

  private PemFile.Block decode(String label) {
    boolean encrypted = false;
    int next = 0;
    // RFC 1421 headers; their end is an empty line, which not every writer has left there.
    while (next < body.size() && body.get(next).indexOf(':') >= 0) {
      String header = body.get(next++);
      encrypted |= header.startsWith("Proc-Type:") && header.endsWith("ENCRYPTED");
    }
    StringBuilder base64 = new StringBuilder();
    for (int i = next; i < body.size(); i++) {
      String part = body.get(i).replaceAll("\\s", "");
      int line = openedAt + 1 + i;
      if (WRITTEN_LINE_BREAK.matcher(part).find()) {
        throw writtenLineBreaks(line);
      }
      if (!part.isEmpty() && !BASE64.matcher(part).matches()) {
        throw notBase64(label, "line " + line + " holds other characters");
      }
      base64.append(part);
    }
    PemFile.Block block = new PemFile.Block(label, openedAt, encrypted, base64.toString());
    try {
      block.content();
      return block;
    } catch (IllegalArgumentException e) {
      throw notBase64(label, "its length or padding is wrong");
    }
  }

  private IllegalArgumentException almostMarker(int number) {
    return PemFile.bad(
        path,
        "line " + number + " is almost a BEGIN or END line",
        "expected: five '-' on each side and the type in capital letters, as in"
            + " '-----BEGIN CERTIFICATE-----'");
  }

  private IllegalArgumentException notBase64(String label, String why) {
    return PemFile.bad(
        path,
        "the "
            + PemLabel.told(label)
            + " block at line "
            + openedAt
            + " is no valid base64: "
            + why,
        ANEW);
  }

  private IllegalArgumentException halfWritten(String label, int line) {
    return PemFile.bad(
        path,
        "half-written: the " + PemLabel.told(label) + " block at line " + line + " has no END line",
        "write the file anew; replace it by renaming, so that it is never seen in part");
  }

  private IllegalArgumentException writtenLineBreaks(int number) {
    return PemFile.bad(
        path,
        "holds '\\n' as two characters where a line should end, at line " + number,
        "convert it: printf '%b' \"$(cat " + PemFile.inShell(path) + ")\" > NEW_FILE");
  }

  /** A marker that shares its line. Which text is beside it is not said: it may be the key. */
  private IllegalArgumentException notAlone(String line, List<MatchResult> markers, int number) {
    MatchResult first = markers.get(0);
    String front = line.substring(0, first.start());
    String rest = line.substring(first.end());
    if (QUOTES.matcher(front).matches()) {
      return PemFile.bad(
          path,
          "the "
              + label(first)
              + " block at line "
              + number
              + " stands in quotation marks, as in JSON or YAML",
          "write the text between them into a file of its own, each '\\n' in it as a line break");
    }
    if (WRITTEN_LINE_BREAK.matcher(line).find()) {
      return writtenLineBreaks(number);
    }
    String wrong;
    if (!front.isBlank()) {
      wrong = "there is text in front of the " + marker(first) + " at line " + number;
    } else if (first.group(1).equals("END") && MARKER.matcher(rest).lookingAt()) {
      wrong =
          "the END line of one block and the BEGIN line of the next are joined at line " + number;
    } else if (markers.size() > 1) {
      wrong = "the line breaks of the " + label(first) + " block at line " + number + " are lost";
    } else {
      wrong = "there is text behind the " + marker(first) + " at line " + number;
    }
    return PemFile.bad(
        path,
        wrong,
        "put each BEGIN and END on a line of its own:"
            + " sed -E 's/-----(BEGIN|END) [A-Z0-9 ]+-----/\\n&\\n/g' "
            + PemFile.inShell(path)
            + " | grep . > NEW_FILE");
  }

  private static String marker(MatchResult marker) {
    return marker.group(1) + " " + label(marker);
  }

  private static String label(MatchResult marker) {
    return PemLabel.told(marker.group(2));
  }
}
