/**
 * The action under which go keeps what the linker said of a program, under the action of its main package. Where it takes a
 * program from the cache it asks for it under the action of every package in it (`useCache` in
 * `cmd/go/internal/work/buildid.go`, `Subkey` in `cmd/go/internal/cache/hash.go`), and finds it under one at most.
 */
export function linkOutputKey(action: Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update("subkey:").update(action).update("link-stdout").digest("base64");
}
