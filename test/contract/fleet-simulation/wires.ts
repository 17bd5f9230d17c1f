/**
 * Requests that are under way. Nothing answers by itself: the simulation chooses which request is carried out next, and
 * whether its way there or its answer is lost. So requests overtake each other, take for ever, and happen unnoticed.
 */

import { fleetErrors } from "../../../src/cache/fleet/errors.ts";
import type { Chance } from "./chance.ts";

export type Service = "bus" | "store";

interface Request {
  readonly node: string;
  readonly incarnation: number;
  readonly service: Service;
  /** Carries it out and returns how to answer. */
  readonly act: () => () => void;
  readonly fail: (cause: Error) => void;
}

export interface Wires {
  ask<Answer>(from: Caller, service: Service, act: () => Answer): Promise<Answer>;
  /** Carries out or loses one request; false when there is none. */
  step(): boolean;
  /** Requests of an incarnation that has ended: some may still arrive, nobody hears the answer. */
  abandon(node: string): void;
  cut(node: string, service: Service): void;
  mend(): void;
  isCut(node: string, service: Service): boolean;
  /** 0: nothing is lost. */
  lossOneIn: number;
  readonly underWay: number;
}

export interface Caller {
  readonly node: string;
  readonly incarnation: number;
}

export function createWires(chance: Chance): Wires {
  const requests: Request[] = [];
  const cuts = new Set<string>();
  const dead = new Set<string>();

  function outage(service: Service): Error {
    return service === "bus"
      ? fleetErrors.error("fleet/bus-unreachable", "simulated")
      : fleetErrors.error("fleet/store-unreachable", "simulated");
  }

  return {
    lossOneIn: 0,
    ask({ node, incarnation }, service, act) {
      return new Promise((resolve, reject) => {
        requests.push({
          node,
          incarnation,
          service,
          act: () => {
            try {
              const answer = act();
              return () => resolve(answer);
            } catch (cause) {
              const failure = cause instanceof Error ? cause : new Error(String(cause));
              return () => reject(failure);
            }
          },
          fail: reject,
        });
      });
    },
    step() {
      if (requests.length === 0) return false;
      const [request] = requests.splice(chance.below(requests.length), 1) as [Request];
      const { node, service, incarnation } = request;
      const isDead = dead.has(`${node} ${incarnation}`);
      const isLost = cuts.has(`${node} ${service}`) || (this.lossOneIn > 0 && chance.isOneIn(this.lossOneIn));
      if (isLost && (isDead || chance.isOneIn(2))) {
        if (!isDead) request.fail(outage(service));
        return true;
      }
      const answer = request.act();
      if (isDead) return true;
      if (isLost) request.fail(outage(service));
      else answer();
      return true;
    },
    abandon(node) {
      for (const request of requests) if (request.node === node) dead.add(`${node} ${request.incarnation}`);
    },
    cut(node, service) {
      cuts.add(`${node} ${service}`);
    },
    mend() {
      cuts.clear();
    },
    isCut: (node, service) => cuts.has(`${node} ${service}`),
    get underWay() {
      return requests.length;
    },
  };
}
