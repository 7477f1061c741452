package io.tlstunnel.junit;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;

/**
 * The routes of one class or method. JUnit closes them, in reverse, when it closes the context's
 * store. From JUnit 5.13 on it has to be AutoCloseable for that, before a CloseableResource.
 */
@SuppressWarnings("deprecation")
final class RunningRoutes implements Store.CloseableResource, AutoCloseable {
  private static final Namespace NAMESPACE = Namespace.create(RunningRoutes.class);

  /** A route and the extension that started it. */
  record Entry(TunnelExtension owner, TestRoute route) {}

  private final List<Entry> entries = new ArrayList<>();

  /** Keeps a route until the context ends. */
  static void add(ExtensionContext context, TunnelExtension owner, TestRoute route) {
    RunningRoutes routes = of(context);
    if (routes == null) {
      routes = new RunningRoutes();
      context.getStore(NAMESPACE).put(context.getUniqueId(), routes);
    }
    synchronized (routes.entries) {
      routes.entries.add(new Entry(owner, route));
    }
  }

  /** The routes that a test in this context may use: the nearest first. */
  static List<Entry> visibleIn(ExtensionContext context) {
    List<Entry> visible = new ArrayList<>();
    for (ExtensionContext at = context; at != null; at = at.getParent().orElse(null)) {
      RunningRoutes routes = of(at);
      if (routes != null) {
        synchronized (routes.entries) {
          visible.addAll(routes.entries);
        }
      }
    }
    return visible;
  }

  // A store shows its parents' values too: the key tells whose they are.
  private static @Nullable RunningRoutes of(ExtensionContext context) {
    return context.getStore(NAMESPACE).get(context.getUniqueId(), RunningRoutes.class);
  }

  @Override
  public void close() {
    RuntimeException failure = null;
    synchronized (entries) {
      for (int i = entries.size() - 1; i >= 0; i--) {
        try {
          entries.get(i).owner().stopped(entries.get(i).route());
        } catch (RuntimeException e) {
          failure = failure == null ? e : failure;
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
