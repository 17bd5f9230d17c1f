import type { SharedStore } from "../shared-store.ts";
import { openFolderStore } from "./folder.ts";
import { openS3Store, type S3StoreOptions } from "./s3.ts";
import { storeErrors } from "./store-errors.ts";

/** The store that an address names. Throws `fleet/store-invalid`; asks nobody yet. */
export function openSharedStore(options: S3StoreOptions): SharedStore {
  const { url } = options.settings;
  if (url.startsWith("s3://")) return openS3Store(options);
  if (url.startsWith("file://")) return openFolderStore(url);
  throw storeErrors.error("fleet/store-invalid", url);
}
