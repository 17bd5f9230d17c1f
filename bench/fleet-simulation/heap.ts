/** A binary heap: the item that comes before all others is at hand. */

export interface Heap<Item> {
  readonly size: number;
  readonly first: Item | undefined;
  push(item: Item): void;
  pop(): Item | undefined;
  clear(): void;
}

export function createHeap<Item>(isBefore: (one: Item, other: Item) => boolean): Heap<Item> {
  const items: Item[] = [];

  function sink(item: Item): void {
    let at = 0;
    for (let child = 1; child < items.length; child = 2 * at + 1) {
      const right = items[child + 1];
      if (right !== undefined && isBefore(right, items[child] as Item)) child += 1;
      const smaller = items[child] as Item;
      if (!isBefore(smaller, item)) break;
      items[at] = smaller;
      at = child;
    }
    items[at] = item;
  }

  return {
    get size() {
      return items.length;
    },
    get first() {
      return items[0];
    },
    push(item) {
      let at = items.length;
      items.push(item);
      while (at > 0) {
        const parentAt = (at - 1) >> 1;
        const parent = items[parentAt] as Item;
        if (!isBefore(item, parent)) break;
        items[at] = parent;
        at = parentAt;
      }
      items[at] = item;
    },
    pop() {
      const [first] = items;
      const last = items.pop();
      if (last !== undefined && items.length > 0) sink(last);
      return first;
    },
    clear: () => void items.splice(0),
  };
}
