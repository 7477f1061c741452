package io.tlstunnel.diagnosis;

/** How a step of a diagnosis went. */
public enum Outcome {
  /** It went well. */
  OK,
  /** It failed, and the route with it. */
  FAILED,
  /** There is no verdict, because an earlier step failed or the connection ended before one. */
  NOT_REACHED
}
