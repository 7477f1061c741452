// What the clients have in common. Arguments: the tunnel's port, how many callers there are, how many calls each of
// them makes, one after the other, and each call's deadline in milliseconds. Prints "<code> <milliseconds> <message>"
// for each call. Callers rest between calls, not all of them for as long, so that calls begin at any time.

import { setTimeout } from "node:timers/promises";

const [port, callers, calls, deadline] = process.argv.slice(2).map(Number);

export { port, deadline };

/** Makes all calls; one call returns its code and its message, or OK and nothing, and never throws. */
export async function makeCalls(call) {
  await Promise.all(Array.from({ length: callers }, (_, number) => caller(number, call)));
}

async function caller(number, call) {
  for (let i = 0; i < calls; i++) {
    const began = performance.now();
    const { code, message } = await call();
    const millis = Math.round(performance.now() - began);
    console.log(`${code} ${millis} ${message.replace(/\s+/g, " ")}`);
    await setTimeout(number % 10);
  }
}
