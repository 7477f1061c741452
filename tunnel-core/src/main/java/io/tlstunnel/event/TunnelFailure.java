package io.tlstunnel.event;

/**
 * Why a route failed: the same sentence is in {@code grpc-message}, in the event and in the log.
 *
 * @param stage where it failed
 * @param peer the other end, {@code host:port}, with the address once it is known
 * @param cause what went wrong, without a final full stop
 * @param remedy what a person can do about it, without a final full stop; empty if nothing is known
 * @param mayHaveReachedRemote whether the remote's application may have seen a request
 */
public record TunnelFailure(
    Stage stage, String peer, String cause, String remedy, boolean mayHaveReachedRemote) {

  /** The failure in one sentence: stage, peer, cause and remedy. */
  public String message() {
    String sentence = stage.phrase() + " " + peer + " failed: " + cause;
    return remedy.isEmpty() ? sentence : sentence + " (" + remedy + ")";
  }
}
