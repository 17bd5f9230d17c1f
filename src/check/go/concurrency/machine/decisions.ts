/**
 * What to take for true where the machine does not know. The same unknown value is the same in one run; over several runs
 * each side of each condition gets its turn.
 */

import type { NodeId } from "../../tree.ts";

export interface Coverage {
  /** How often each side of a condition was taken, in all runs so far. */
  readonly taken: Map<NodeId, { yes: number; no: number }>;
}

/** Whose turn it is when more than one thread can run. */
export type Schedule = "starter first" | "started first" | "in turns";

export class Decisions {
  readonly schedule: Schedule;
  /** Something was decided: another run may go another way. */
  hasGuessed = false;
  /** How often something is repeated was guessed. */
  hasGuessedLoop = false;
  private readonly coverage: Coverage;
  private readonly known = new Map<string, boolean>();
  private readonly isContrary: boolean;
  /** In one run a condition always goes one way, as far as nobody knows better. */
  private readonly sides = new Map<NodeId, boolean>();
  private turn = 0;

  constructor(schedule: Schedule, coverage: Coverage, isContrary: boolean) {
    this.schedule = schedule;
    this.coverage = coverage;
    this.isContrary = isContrary;
  }

  /** Decides whether the value with this key is true. */
  decide(site: NodeId, key: string, usual: boolean): boolean {
    const isNegated = key.startsWith("!");
    const plain = isNegated ? key.slice(1) : key;
    const known = this.known.get(plain);
    if (known !== undefined) return this.count(site, known !== isNegated);
    const side = this.prefer(site, usual);
    this.known.set(plain, side !== isNegated);
    return this.count(site, side);
  }

  /** Decides without remembering: a loop's condition changes. */
  decideOnce(site: NodeId, usual: boolean): boolean {
    this.hasGuessed = true;
    this.hasGuessedLoop = true;
    return this.count(site, usual);
  }

  /** One of several, another one at each occasion and in each run. */
  choose(site: NodeId, count: number): number {
    if (count <= 1) return 0;
    this.hasGuessed = true;
    const taken = this.taken(site);
    taken.yes += 1;
    return (taken.yes - 1 + (this.turn += 1) - 1) % count;
  }

  private prefer(site: NodeId, usual: boolean): boolean {
    this.hasGuessed = true;
    if (!this.isContrary) return usual;
    const chosen = this.sides.get(site);
    if (chosen !== undefined) return chosen;
    const { yes, no } = this.taken(site);
    const rarer = yes === no ? !usual : yes < no;
    const side = yes === 0 && no === 0 ? usual : rarer;
    this.sides.set(site, side);
    return side;
  }

  private count(site: NodeId, side: boolean): boolean {
    const taken = this.taken(site);
    if (side) taken.yes += 1;
    else taken.no += 1;
    return side;
  }

  private taken(site: NodeId): { yes: number; no: number } {
    const known = this.coverage.taken.get(site);
    if (known !== undefined) return known;
    const made = { yes: 0, no: 0 };
    this.coverage.taken.set(site, made);
    return made;
  }
}
