/** Hands on together what came in one turn of the event loop: for work that costs a transaction however much it is about. */
export function createBatching<Item>(flush: (items: readonly Item[]) => void): (item: Item) => Promise<void> {
  let items: Item[] = [];
  let flushing: Promise<void> | undefined;

  function begin(): Promise<void> {
    return new Promise((resolve, reject) => {
      setImmediate(() => {
        const batch = items;
        items = [];
        flushing = undefined;
        try {
          flush(batch);
          resolve();
        } catch (cause) {
          reject(cause instanceof Error ? cause : new Error(String(cause)));
        }
      });
    });
  }

  return (item) => {
    items.push(item);
    flushing ??= begin();
    return flushing;
  };
}
