/** All checks, in the order in which they are shown. A test holds this list to the folder. */

import type { DoctorCheck } from "./check.ts";
import { check as cacheScope } from "./checks/cache-scope.ts";
import { check as checkoutPath } from "./checks/checkout-path.ts";
import { check as fileTimes } from "./checks/file-times.ts";
import { check as fleetBus } from "./checks/fleet-bus.ts";
import { check as fleetStore } from "./checks/fleet-store.ts";
import { check as goFlags } from "./checks/go-flags.ts";
import { check as goVersion } from "./checks/go-version.ts";
import { check as gocacheFileSystem } from "./checks/gocache-file-system.ts";
import { check as gocacheFolder } from "./checks/gocache-folder.ts";
import { check as gocacheSpace } from "./checks/gocache-space.ts";
import { check as gocacheprog } from "./checks/gocacheprog.ts";
import { check as serverAccess } from "./checks/server-access.ts";
import { check as serverClock } from "./checks/server-clock.ts";
import { check as serverReachable } from "./checks/server-reachable.ts";
import { check as serverSpeed } from "./checks/server-speed.ts";
import { check as serverToken } from "./checks/server-token.ts";
import { check as settings } from "./checks/settings.ts";

export const doctorChecks: readonly DoctorCheck[] = [
  goVersion,
  settings,
  gocacheprog,
  goFlags,
  gocacheFolder,
  gocacheSpace,
  gocacheFileSystem,
  cacheScope,
  checkoutPath,
  fileTimes,
  serverToken,
  serverReachable,
  serverAccess,
  serverSpeed,
  serverClock,
  fleetStore,
  fleetBus,
];
