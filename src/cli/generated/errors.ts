// Written by `npm run generate`; do not edit.

import { cacheModeErrors } from "../../build/cache-mode/errors.ts";
import { coverageErrors } from "../../build/coverage/errors.ts";
import { demoErrors } from "../../build/demo/errors.ts";
import { buildErrors } from "../../build/errors.ts";
import { goEnvironmentErrors } from "../../build/go-environment-errors.ts";
import { imageErrors } from "../../build/image/errors.ts";
import { jobErrors } from "../../build/k8s-job/errors.ts";
import { prepareErrors } from "../../build/prepare-errors.ts";
import { shimErrors } from "../../build/shim-errors.ts";
import { whyErrors } from "../../build/why/errors.ts";
import { bazelErrors } from "../../cache/bazel/errors.ts";
import { fleetErrors } from "../../cache/fleet/errors.ts";
import { storeErrors } from "../../cache/fleet/stores/store-errors.ts";
import { helperErrors } from "../../cache/helper/errors.ts";
import { inspectErrors } from "../../cache/inspect/errors.ts";
import { exportErrors } from "../../cache/inspect/export-errors.ts";
import { modulesErrors } from "../../cache/modules/errors.ts";
import { backupErrors } from "../../cache/node/backup/errors.ts";
import { nodeErrors } from "../../cache/node/errors.ts";
import { protocolErrors } from "../../cache/protocol/errors.ts";
import { trustErrors } from "../../cache/trust/errors.ts";
import { checkErrors } from "../../check/engine/errors.ts";
import { initErrors } from "../../check/init/errors.ts";
import { ciErrors } from "../../ci/errors.ts";
import { cliErrors } from "../errors.ts";
import { cgroupErrors } from "../../core/cgroup/cgroup-errors.ts";
import { coreErrors } from "../../core/core-errors.ts";
import { coverErrors } from "../../go/cover/errors.ts";
import { elfErrors } from "../../go/elf/errors.ts";
import { labErrors } from "../../lab/errors.ts";
import { coverageLabErrors } from "../../lab/labs/coverage/errors.ts";
import { driftErrors } from "../../lab/labs/drift/errors.ts";
import { hermeticErrors } from "../../lab/labs/hermetic/errors.ts";
import { schedErrors } from "../../lab/labs/sched/errors.ts";
import { visibilityErrors } from "../../lab/labs/visibility/errors.ts";
import { observeErrors } from "../../lab/observe/errors.ts";
import { ledgerErrors } from "../../ledger/errors.ts";
import { accessErrors } from "../../server/access/errors.ts";
import { serverErrors } from "../../server/errors.ts";
import { statsErrors } from "../../stats/errors.ts";

/** The codes of all rooms. */
export const errorTable = {
  ...cacheModeErrors.table,
  ...coverageErrors.table,
  ...demoErrors.table,
  ...buildErrors.table,
  ...goEnvironmentErrors.table,
  ...imageErrors.table,
  ...jobErrors.table,
  ...prepareErrors.table,
  ...shimErrors.table,
  ...whyErrors.table,
  ...bazelErrors.table,
  ...fleetErrors.table,
  ...storeErrors.table,
  ...helperErrors.table,
  ...inspectErrors.table,
  ...exportErrors.table,
  ...modulesErrors.table,
  ...backupErrors.table,
  ...nodeErrors.table,
  ...protocolErrors.table,
  ...trustErrors.table,
  ...checkErrors.table,
  ...initErrors.table,
  ...ciErrors.table,
  ...cliErrors.table,
  ...cgroupErrors.table,
  ...coreErrors.table,
  ...coverErrors.table,
  ...elfErrors.table,
  ...labErrors.table,
  ...coverageLabErrors.table,
  ...driftErrors.table,
  ...hermeticErrors.table,
  ...schedErrors.table,
  ...visibilityErrors.table,
  ...observeErrors.table,
  ...ledgerErrors.table,
  ...accessErrors.table,
  ...serverErrors.table,
  ...statsErrors.table,
} as const;
