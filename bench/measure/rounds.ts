/** Interleaving: every arm once a round, the order turned round by round. */

/** One measured value of an arm, in the arm's unit, and what else was seen; all of it is kept in the JSON. */
export interface Sample {
  readonly value: number;
  readonly details?: Readonly<Record<string, unknown>>;
}

export type Unit = "ms" | "requests/s" | "bytes" | "ratio";

export interface Arm {
  readonly name: string;
  readonly unit: Unit;
  /** `round` counts from 0. Throws when the run was not what it should have been. */
  run(round: number): Promise<Sample>;
}

export interface Series {
  readonly name: string;
  readonly unit: Unit;
  readonly samples: readonly Sample[];
}

/** The arms in a round's order: as given, then reversed, so that none is always the one after a certain other. */
export function roundOrder<Item>(items: readonly Item[], round: number): readonly Item[] {
  return round % 2 === 0 ? items : items.toReversed();
}

/** Runs all arms `rounds` times; `note` is told before each. */
export async function runRounds(
  arms: readonly Arm[],
  rounds: number,
  note: (text: string) => void,
): Promise<readonly Series[]> {
  const samples = new Map<string, Sample[]>(arms.map((arm) => [arm.name, []]));
  if (samples.size !== arms.length) throw new Error("two arms of one name");
  for (let round = 0; round < rounds; round++) {
    for (const arm of roundOrder(arms, round)) {
      note(`round ${round + 1} of ${rounds}: ${arm.name}`);
      samples.get(arm.name)?.push(await arm.run(round));
    }
  }
  return arms.map(({ name, unit }) => ({ name, unit, samples: samples.get(name) ?? [] }));
}
