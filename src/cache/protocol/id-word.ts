/**
 * Four bytes of an action or output id as a number. Ids are SHA-256 values: any of their words is as good a hash as any
 * other.
 */
export function idWord(id: Uint8Array, offset = 0): number {
  return (
    (id[offset] as number) |
    ((id[offset + 1] as number) << 8) |
    ((id[offset + 2] as number) << 16) |
    ((id[offset + 3] as number) << 24)
  );
}
