/** Signals that a program gets which runs in our place. */

/**
 * Passes on what this process is sent, until the returned function is called. A terminal sends Ctrl-C to the whole
 * foreground group: passing it on would give it to the program twice.
 */
export function forwardSignals(send: (signal: NodeJS.Signals) => void): () => void {
  const fromTerminal: NodeJS.Signals[] = ["SIGINT", "SIGQUIT"];
  const others: NodeJS.Signals[] = ["SIGTERM", "SIGHUP"];
  const listeners = [...fromTerminal, ...others].map((signal) => {
    const isDelivered = fromTerminal.includes(signal) && process.stdin.isTTY;
    const listener = (): void => (isDelivered ? undefined : send(signal));
    process.on(signal, listener);
    return { signal, listener };
  });
  return () => {
    for (const { signal, listener } of listeners) process.off(signal, listener);
  };
}
