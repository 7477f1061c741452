package io.tlstunnel;

import io.netty.util.NetUtil;
import io.tlstunnel.internal.runtime.ErrorText;
import io.tlstunnel.internal.runtime.SystemError;
import java.net.InetSocketAddress;

/** Why an address cannot be listened on, whichever transport tells it. */
final class ListenFailure {
  private ListenFailure() {}

  static String of(InetSocketAddress wanted, Throwable cause) {
    return wanted.isUnresolved()
        ? "cannot listen on "
            + wanted.getHostString()
            + ":"
            + wanted.getPort()
            + ": the host name does not resolve"
        : "cannot listen on " + NetUtil.toSocketAddressString(wanted) + ": " + why(cause);
  }

  private static String why(Throwable cause) {
    SystemError error = SystemError.in(cause);
    if (error == null) {
      return ErrorText.of(cause);
    }
    return switch (error) {
      case ADDRESS_IN_USE ->
          "the port is in use (stop what listens there, or listen(0) for a free port)";
      case NO_LOCAL_ADDRESS, NO_INTERFACE, INVALID -> "it is not an address of this machine";
      case NOT_PERMITTED ->
          "this process may not (take a port from 1024 up, or let this process use the lower ones)";
      case NO_ADDRESS_FAMILY -> "this machine, or this JVM, has no IPv6";
      case PROCESS_FILES -> "this process has too many open files (raise its limit: ulimit -n)";
      case MACHINE_FILES ->
          "this machine has too many open files (raise its limit: sysctl fs.file-max)";
      default -> ErrorText.of(cause);
    };
  }
}
