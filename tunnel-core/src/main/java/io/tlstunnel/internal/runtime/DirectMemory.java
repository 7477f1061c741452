package io.tlstunnel.internal.runtime;

import java.lang.management.ManagementFactory;
import java.util.List;

/** How much direct memory, which is what buffers are made of, this JVM may take. */
public final class DirectMemory {
  private static final String OPTION = "-XX:MaxDirectMemorySize=";
  private static final String UNITS = "kmgt";

  private DirectMemory() {}

  /** In bytes: the least of the JVM's limit and Netty's own. */
  public static long bytes() {
    long nettys = Long.getLong("io.netty.maxDirectMemory", 0);
    long jvms = ofJvm(arguments());
    return nettys > 0 ? Math.min(nettys, jvms) : jvms;
  }

  /** The option's value; without it the JVM takes as much as its heap may become. */
  static long ofJvm(List<String> arguments) {
    long found = 0;
    for (String argument : arguments) {
      if (argument.startsWith(OPTION)) {
        found = parse(argument.substring(OPTION.length()));
      }
    }
    return found > 0 ? found : Runtime.getRuntime().maxMemory();
  }

  private static long parse(String size) {
    int unit = UNITS.indexOf(Character.toLowerCase(size.charAt(size.length() - 1)));
    String digits = unit < 0 ? size : size.substring(0, size.length() - 1);
    // The JVM has judged the value: one that it does not understand, it does not start with.
    return Long.parseLong(digits) << (10 * (unit + 1));
  }

  private static List<String> arguments() {
    // An image may lack the module: there the default counts.
    return ModuleLayer.boot().findModule("java.management").isPresent()
        ? Jvm.arguments()
        : List.of();
  }

  /** Loaded only where the module is. */
  private static final class Jvm {
    static List<String> arguments() {
      return ManagementFactory.getRuntimeMXBean().getInputArguments();
    }
  }
}
