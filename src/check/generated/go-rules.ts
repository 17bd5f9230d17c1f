// Written by `npm run generate`; do not edit.

import type { GoRule } from "../go/rule.ts";
import { rule as goBlockedReceive } from "../rules/go/blocked-receive/rule.ts";
import { rule as goBlockedSend } from "../rules/go/blocked-send/rule.ts";
import { rule as goBodyNotClosed } from "../rules/go/body-not-closed/rule.ts";
import { rule as goBusySelect } from "../rules/go/busy-select/rule.ts";
import { rule as goCMemoryNotFreed } from "../rules/go/c-memory-not-freed/rule.ts";
import { rule as goCapturedVariableRace } from "../rules/go/captured-variable-race/rule.ts";
import { rule as goChannelClosedTwice } from "../rules/go/channel-closed-twice/rule.ts";
import { rule as goCloseRacesWithSend } from "../rules/go/close-races-with-send/rule.ts";
import { rule as goClosedChannelSpins } from "../rules/go/closed-channel-spins/rule.ts";
import { rule as goCondWaitOutsideLoop } from "../rules/go/cond-wait-outside-loop/rule.ts";
import { rule as goContextCut } from "../rules/go/context-cut/rule.ts";
import { rule as goDeferInEndlessLoop } from "../rules/go/defer-in-endless-loop/rule.ts";
import { rule as goDialWithoutTimeout } from "../rules/go/dial-without-timeout/rule.ts";
import { rule as goDoubleCheckedLock } from "../rules/go/double-checked-lock/rule.ts";
import { rule as goDoubleLock } from "../rules/go/double-lock/rule.ts";
import { rule as goErrorAssertion } from "../rules/go/error-assertion/rule.ts";
import { rule as goExportedGuardedField } from "../rules/go/exported-guarded-field/rule.ts";
import { rule as goFailedAcceptSpins } from "../rules/go/failed-accept-spins/rule.ts";
import { rule as goFieldRace } from "../rules/go/field-race/rule.ts";
import { rule as goGeneratedInMapOrder } from "../rules/go/generated-in-map-order/rule.ts";
import { rule as goGeneratedWithDate } from "../rules/go/generated-with-date/rule.ts";
import { rule as goHeaderBuiltByHand } from "../rules/go/header-built-by-hand/rule.ts";
import { rule as goHttpWithoutTimeout } from "../rules/go/http-without-timeout/rule.ts";
import { rule as goInterfaceFieldAssertion } from "../rules/go/interface-field-assertion/rule.ts";
import { rule as goLateWaitGroupAdd } from "../rules/go/late-wait-group-add/rule.ts";
import { rule as goLockNotReleased } from "../rules/go/lock-not-released/rule.ts";
import { rule as goLockOrderInversion } from "../rules/go/lock-order-inversion/rule.ts";
import { rule as goLoopVariableRace } from "../rules/go/loop-variable-race/rule.ts";
import { rule as goLoopWithoutYield } from "../rules/go/loop-without-yield/rule.ts";
import { rule as goMapRace } from "../rules/go/map-race/rule.ts";
import { rule as goMaxprocsByHand } from "../rules/go/maxprocs-by-hand/rule.ts";
import { rule as goMixedAtomicAccess } from "../rules/go/mixed-atomic-access/rule.ts";
import { rule as goOnceLosesResult } from "../rules/go/once-loses-result/rule.ts";
import { rule as goPackageVariableRace } from "../rules/go/package-variable-race/rule.ts";
import { rule as goPointerKeptInC } from "../rules/go/pointer-kept-in-c/rule.ts";
import { rule as goQueryWithoutContext } from "../rules/go/query-without-context/rule.ts";
import { rule as goRecursiveReadLock } from "../rules/go/recursive-read-lock/rule.ts";
import { rule as goRemoteFailureExits } from "../rules/go/remote-failure-exits/rule.ts";
import { rule as goRowsNotClosed } from "../rules/go/rows-not-closed/rule.ts";
import { rule as goSendOnClosed } from "../rules/go/send-on-closed/rule.ts";
import { rule as goServerWithoutHeaderTimeout } from "../rules/go/server-without-header-timeout/rule.ts";
import { rule as goSliceRace } from "../rules/go/slice-race/rule.ts";
import { rule as goSpinOnFlag } from "../rules/go/spin-on-flag/rule.ts";
import { rule as goStuckOnChannel } from "../rules/go/stuck-on-channel/rule.ts";
import { rule as goSyncValueRenewed } from "../rules/go/sync-value-renewed/rule.ts";
import { rule as goTestInputNotTracked } from "../rules/go/test-input-not-tracked/rule.ts";
import { rule as goTestWritesIntoPackage } from "../rules/go/test-writes-into-package/rule.ts";
import { rule as goTickerLoopWithoutEnd } from "../rules/go/ticker-loop-without-end/rule.ts";
import { rule as goTickerNotStopped } from "../rules/go/ticker-not-stopped/rule.ts";
import { rule as goTimeAfterInLoop } from "../rules/go/time-after-in-loop/rule.ts";
import { rule as goTypedNilReturned } from "../rules/go/typed-nil-returned/rule.ts";
import { rule as goUintptrCrossesCall } from "../rules/go/uintptr-crosses-call/rule.ts";
import { rule as goUintptrKept } from "../rules/go/uintptr-kept/rule.ts";
import { rule as goUnguardedField } from "../rules/go/unguarded-field/rule.ts";
import { rule as goUnsynchronisedCounter } from "../rules/go/unsynchronised-counter/rule.ts";
import { rule as goWaitGroupNeverDone } from "../rules/go/wait-group-never-done/rule.ts";
import { rule as goWaitWithLockHeld } from "../rules/go/wait-with-lock-held/rule.ts";
import { rule as goWriteUnderReadLock } from "../rules/go/write-under-read-lock/rule.ts";

/** The rules of the area `go`, in the order of their ids. */
export const goRules: readonly GoRule[] = [
  goBlockedReceive,
  goBlockedSend,
  goBodyNotClosed,
  goBusySelect,
  goCMemoryNotFreed,
  goCapturedVariableRace,
  goChannelClosedTwice,
  goCloseRacesWithSend,
  goClosedChannelSpins,
  goCondWaitOutsideLoop,
  goContextCut,
  goDeferInEndlessLoop,
  goDialWithoutTimeout,
  goDoubleCheckedLock,
  goDoubleLock,
  goErrorAssertion,
  goExportedGuardedField,
  goFailedAcceptSpins,
  goFieldRace,
  goGeneratedInMapOrder,
  goGeneratedWithDate,
  goHeaderBuiltByHand,
  goHttpWithoutTimeout,
  goInterfaceFieldAssertion,
  goLateWaitGroupAdd,
  goLockNotReleased,
  goLockOrderInversion,
  goLoopVariableRace,
  goLoopWithoutYield,
  goMapRace,
  goMaxprocsByHand,
  goMixedAtomicAccess,
  goOnceLosesResult,
  goPackageVariableRace,
  goPointerKeptInC,
  goQueryWithoutContext,
  goRecursiveReadLock,
  goRemoteFailureExits,
  goRowsNotClosed,
  goSendOnClosed,
  goServerWithoutHeaderTimeout,
  goSliceRace,
  goSpinOnFlag,
  goStuckOnChannel,
  goSyncValueRenewed,
  goTestInputNotTracked,
  goTestWritesIntoPackage,
  goTickerLoopWithoutEnd,
  goTickerNotStopped,
  goTimeAfterInLoop,
  goTypedNilReturned,
  goUintptrCrossesCall,
  goUintptrKept,
  goUnguardedField,
  goUnsynchronisedCounter,
  goWaitGroupNeverDone,
  goWaitWithLockHeld,
  goWriteUnderReadLock,
];
