package io.tlstunnel.internal.runtime;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;

/**
 * How much a connection reads at a time, and how much may wait to be written to it: alike on both
 * sides of a pair, and together what a reader that stands still can cost.
 */
public final class SocketBuffers {
  /** What the peer does not take is to wait at the sender, and not here. */
  public static final WriteBufferWaterMark WATERMARKS = new WriteBufferWaterMark(65_536, 131_072);

  /** The option that {@link #readSizes} is for. */
  // Netty would rather have its type changed one day; there is no other on either line.
  @SuppressWarnings("deprecation")
  public static final ChannelOption<RecvByteBufAllocator> READ_SIZES =
      ChannelOption.RCVBUF_ALLOCATOR;

  private static final int SMALLEST_READ = 64;
  private static final int FIRST_READ = 2_048;

  /** Four times Netty's own: each read and the write that follows wake a process at their end. */
  private static final int LARGEST_READ = 262_144;

  /** No connection keeps the others of its loop waiting for more than 1 MiB. */
  private static final int READS_IN_A_ROW = 4;

  private SocketBuffers() {}

  /** Follows what the connection brings: small while it is quiet, large while it is hot. */
  public static RecvByteBufAllocator readSizes() {
    return new AdaptiveRecvByteBufAllocator(SMALLEST_READ, FIRST_READ, LARGEST_READ)
        .maxMessagesPerRead(READS_IN_A_ROW);
  }
}
