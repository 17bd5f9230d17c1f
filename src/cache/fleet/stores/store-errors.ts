import { defineErrors, exitStatus } from "../../../core/errors.ts";

/** What else can be wrong with a shared store, beside the three codes that every store may throw. */
export const storeErrors = defineErrors({
  "fleet/store-invalid": {
    exit: exitStatus.usage,
    what: "The shared store is not named in a way that Ballast understands",
    why: "It must be s3://BUCKET/PREFIX, or file:///FOLDER for a folder that all nodes mount.",
    todo: "Correct --store. Endpoint, region and path style have settings of their own.",
  },
  "fleet/store-no-credentials": {
    exit: exitStatus.usage,
    what: "There are no credentials for the shared store",
    why: "Neither the AWS variables nor the AWS files nor a container's or web identity's endpoint gave an access key.",
    todo: "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE with a profile in ~/.aws/credentials.",
  },
  "fleet/store-credentials-expired": {
    exit: exitStatus.dependency,
    what: "The credentials of the shared store have expired",
    why: "They were read again, and what was found has expired too.",
    todo: "Renew them where the node reads them. It goes on by itself, with its own disk, and tries again.",
  },
  "fleet/store-clock-skewed": {
    exit: exitStatus.dependency,
    what: "The shared store does not accept this node's time",
    why: "The clocks differ, and correcting by the Date of the store's answer did not help.",
    todo: "Set the clocks of both machines right (NTP), and check proxies on the way that answer from a cache.",
  },
  "fleet/store-bucket-missing": {
    exit: exitStatus.dependency,
    what: "The shared store has no such bucket",
    why: "The name in --store is wrong, the bucket was deleted, or endpoint and region lead elsewhere.",
    todo: "Create the bucket, or correct --store, --store-endpoint and --store-region. Ballast creates no buckets.",
  },
  "fleet/store-failed": {
    exit: exitStatus.dependency,
    what: "The shared store answered in a way that Ballast does not understand",
    why: "What answers is perhaps no S3 server, or a proxy in front of one.",
    todo: "Open the endpoint with another client. The detail has the status and the store's own code.",
  },
});
