package io.tlstunnel.bench.compare;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.tlstunnel.Limits;
import io.tlstunnel.TlsTunnel;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** The tunnel as a process of its own with a given number of event loops, until SIGTERM. */
final class TunnelProcess {
  private TunnelProcess() {}

  public static void main(String[] args) throws InterruptedException {
    int listen = Integer.parseInt(args[0]);
    int upstream = Integer.parseInt(args[1]);
    int loops = Integer.parseInt(args[2]);
    Path pki = Path.of(args[3]);
    IoHandlerFactory io =
        Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(loops, io);
    TlsTunnel tunnel =
        TlsTunnel.builder()
            .listen(listen)
            .upstream("127.0.0.1", upstream)
            .sni(Bench.NAME)
            .trust(pki.resolve("ca.pem"))
            .clientCert(pki.resolve("client.pem"), pki.resolve("client.key"))
            .eventLoopGroup(group)
            // The idle ones are many more than an application would let in.
            .limits(Limits.defaults().maxConnections(100_000))
            .start();
    CountDownLatch stopped = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  tunnel.close();
                  group.shutdownGracefully();
                  stopped.countDown();
                }));
    stopped.await();
  }
}
