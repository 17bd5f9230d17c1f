import { defineErrors, exitStatus } from "../../core/errors.ts";

/** The codes of `ballast cache export` and `import`. */
export const exportErrors = defineErrors({
  "inspect/key-invalid": {
    exit: exitStatus.usage,
    what: "The key cannot be used",
    why: "It cannot be read, or is no Ed25519 key in PEM: a private one to export, a public one to import.",
    todo: "openssl genpkey -algorithm ed25519 -out key.pem; openssl pkey -in key.pem -pubout -out key.pub",
  },
  "inspect/export-unusable": {
    exit: exitStatus.dependency,
    what: "The export's file cannot be read or written",
    why: "The operating system refused: a missing folder, a permission, a full disk.",
    todo: "Check the path and the room on its disk.",
  },
  "inspect/export-invalid": {
    exit: exitStatus.dependency,
    what: "This is no whole export",
    why: "The file is something else, or was cut off while it was written.",
    todo: "Export again; nothing was imported.",
  },
  "inspect/signature-wrong": {
    exit: exitStatus.findings,
    what: "The export is not signed by this key",
    why: "Another key signed it, or the file was changed since.",
    todo: "Ask whoever made it for their public key, by another way than the file came. Nothing was imported.",
  },
});
