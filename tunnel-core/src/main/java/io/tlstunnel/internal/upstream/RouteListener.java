package io.tlstunnel.internal.upstream;

import io.netty.channel.Channel;
import io.tlstunnel.event.TunnelFailure;

public interface RouteListener {
  void ready(Channel channel, String peer);

  void failed(TunnelFailure failure);
}
