package io.tlstunnel.flood;

import io.tlstunnel.Limits;
import io.tlstunnel.testpeer.Rig;
import java.util.function.UnaryOperator;

/**
 * A row of the list of floods.
 *
 * @param row its number, and a letter where several belong together
 * @param what what happens
 * @param limits of the tunnel that it happens to
 * @param attack brings the flood to its height and asserts what is seen of it
 * @param maxHeapMb the most that it may cost, in live objects: those of the attacker and of leak
 *     detection included
 * @param maxDirectMb the most that it may cost in buffers
 */
record Flood(
    String row,
    String what,
    UnaryOperator<Limits> limits,
    Attack attack,
    int maxHeapMb,
    int maxDirectMb) {

  /** What an attacker does. */
  @FunctionalInterface
  interface Attack {
    /**
     * Floods.
     *
     * @param height to be run where the flood costs most, if that is not at the end
     */
    void on(Rig rig, Runnable height) throws Exception;
  }

  /** An attack that costs most at its end. */
  @FunctionalInterface
  interface Held {
    void on(Rig rig) throws Exception;
  }

  static Flood of(String row, String what, Held attack) {
    return passing(row, what, (rig, height) -> attack.on(rig));
  }

  static Flood passing(String row, String what, Attack attack) {
    return new Flood(row, what, UnaryOperator.identity(), attack, 8, 4);
  }

  Flood with(UnaryOperator<Limits> changed) {
    return new Flood(row, what, changed, attack, maxHeapMb, maxDirectMb);
  }

  Flood within(int heapMb, int directMb) {
    return new Flood(row, what, limits, attack, heapMb, directMb);
  }

  @Override
  public String toString() {
    return row + " " + what;
  }
}
