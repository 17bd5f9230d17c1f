/** The environment in which the checker starts go: nothing that the checked repository chose can run. */

export interface GoChoice {
  readonly goos?: string | undefined;
  readonly goarch?: string | undefined;
  readonly cgo: boolean;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * GOTOOLCHAIN=local: no toolchain that go.mod names is downloaded and run. GOFLAGS empty: no `-toolexec`. CGO_ENABLED=0: no C
 * compiler, and no `#cgo` line. GOPACKAGESDRIVER and GOCACHEPROG would be programs too; the second is the user's own setting
 * for every go command here and stays.
 */
export function safeGoEnvironment(env: Environment, choice: GoChoice): Environment {
  return {
    ...env,
    GOTOOLCHAIN: "local",
    GOFLAGS: "",
    CGO_ENABLED: choice.cgo ? "1" : "0",
    GOPACKAGESDRIVER: "off",
    ...(choice.goos === undefined ? {} : { GOOS: choice.goos }),
    ...(choice.goarch === undefined ? {} : { GOARCH: choice.goarch }),
  };
}

/** For building a program that runs on this machine, whatever the checked build is for. */
export function hostGoEnvironment(env: Environment): Environment {
  return {
    ...safeGoEnvironment(env, { cgo: false }),
    GOOS: undefined,
    GOARCH: undefined,
    GOWORK: "off",
    GO111MODULE: "on",
  };
}
