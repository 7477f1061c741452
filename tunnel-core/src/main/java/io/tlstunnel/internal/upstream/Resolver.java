package io.tlstunnel.internal.upstream;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** Turns a host's name into addresses: the JVM's resolver, or what a user puts in its place. */
@FunctionalInterface
public interface Resolver {
  InetAddress[] addresses(String host) throws UnknownHostException;
}
