import { defineErrors, exitStatus } from "../../core/errors.ts";

/** The codes of the module proxy. */
export const modulesErrors = defineErrors({
  "modules/off": {
    exit: exitStatus.dependency,
    httpStatus: 404,
    what: "This node serves no Go modules",
    why: "It was started without --module-proxy, so that there is nowhere to get them from.",
    todo: "Start the node with --module-proxy URL, or leave it out of GOPROXY.",
  },
  "modules/path-invalid": {
    exit: exitStatus.dependency,
    httpStatus: 404,
    what: "This is no path of the module proxy protocol",
    why: "It is none of @v/list, @v/VERSION.info, .mod, .zip, @latest and sumdb/, below an escaped module path.",
    todo: "Check GOPROXY: it ends with /mod.",
  },
  "modules/upstream-unreachable": {
    exit: exitStatus.dependency,
    httpStatus: 502,
    what: "The module proxy behind this node does not answer",
    why: "It refused, failed, was too slow, or sent more than a module may have; and the node has no copy.",
    todo: "Check the address that --module-proxy names. With GOPROXY=NODE|OTHER the go command asks the next one.",
  },
  "modules/checksum-mismatch": {
    exit: exitStatus.dependency,
    httpStatus: 502,
    what: "A module is not what the checksum database says",
    why: "The proxy behind this node sent other bytes: damaged, or changed by somebody. Nothing was stored.",
    todo: "Try again; if it stays, treat that proxy as broken or broken into.",
  },
  "modules/zip-malformed": {
    exit: exitStatus.dependency,
    httpStatus: 502,
    what: "A module's zip file cannot be read",
    why: "It was cut off, or is not of the form that the go command takes. Nothing was stored.",
    todo: "Try again; if it stays, the proxy behind this node has a broken file.",
  },
  "modules/busy": {
    exit: exitStatus.dependency,
    httpStatus: 503,
    what: "Too many modules are being fetched at once",
    why: "Each takes room while it is checked, so that their number is limited.",
    todo: "The go command tries again by itself; else wait a moment.",
  },
});
