package io.tlstunnel.bench.compare;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Measures the tunnel beside its peers and prints the goals beside what was reached. */
final class Compare {
  private Compare() {}

  /** Arguments: the module's folder, then {@link Options}. Ends with 0 whatever the figures are. */
  public static void main(String[] args) throws Exception {
    List<String> arguments = List.of(args).subList(1, args.length);
    if (arguments.contains("--help")) {
      System.out.print(Options.USAGE);
      return;
    }
    Options options;
    try {
      options = Options.parse(arguments);
    } catch (IllegalArgumentException wrong) {
      System.err.println(wrong.getMessage());
      System.err.print(Options.USAGE);
      System.exit(2);
      return;
    }
    Path target = Path.of(args[0]).resolve("target");
    Results results;
    try (Comparison comparison = new Comparison(Bench.open(Path.of(args[0])), options)) {
      results = comparison.run();
    }
    ResultFiles.writeCsv(target.resolve("compare.csv"), results);
    ResultFiles.writeJson(target.resolve("compare.json"), results);
    Files.writeString(target.resolve("compare.svg"), Chart.svg(results));
    System.out.println();
    System.out.print(Table.of(results));
    System.out.println("compare: done, " + results.samples().size() + " figures in " + target);
    // Threads of the gRPC remote are of no more use.
    System.exit(0);
  }
}
