import { array, assert, asyncProperty, boolean, constantFrom, integer, record } from "fast-check";
import { describe, expect, test } from "vitest";
import type { RateClaim, RateStore } from "../../../src/store/rates.ts";
import { needs } from "../../support/needs.ts";
import { RATE_SUBJECTS, type RateSubject } from "./subjects.ts";

const claim = (over: Partial<RateClaim> = {}): RateClaim => ({
  key: "agent:A\trule/requests-1m",
  units: 1,
  limit: 3,
  window: 60,
  burst: 0,
  ...over,
});

async function taken(rates: RateStore, ...claims: RateClaim[]): Promise<boolean> {
  return (await rates.take(claims)).states.every(({ isTaken }) => isTaken);
}

for (const [name, open] of Object.entries(RATE_SUBJECTS)) {
  const options = name === "Redis" ? needs("redis-server") : {};
  describe(`rates in ${name}`, options, () => {
    ratesContract(name, open);
  });
}

function ratesContract(name: string, open: () => Promise<RateSubject>): void {
  const using = (act: (subject: RateSubject) => Promise<void>) => async () => {
    const subject = await open();
    try {
      await act(subject);
    } finally {
      await subject.close();
    }
  };

  test(
    "admit the limit in a window that begins with the first unit",
    using(async ({ rates, pass }) => {
      const { states } = await rates.take([claim()]);
      expect(states).toMatchObject([{ isTaken: true, left: 2 }]);
      expect(states[0]?.resetsIn).toBeGreaterThan(58);
      expect(states[0]?.resetsIn).toBeLessThanOrEqual(60);
      await pass(30);
      expect(await taken(rates, claim())).toBe(true);
      expect(await taken(rates, claim())).toBe(true);
      const refused = (await rates.take([claim()])).states[0];
      expect(refused).toMatchObject({ isTaken: false, left: 0 });
      expect(refused?.resetsIn).toBeGreaterThan(25);
      expect(refused?.resetsIn).toBeLessThanOrEqual(31);
      await pass(31);
      expect((await rates.take([claim()])).states).toMatchObject([{ isTaken: true, left: 2 }]);
    }),
  );

  test(
    "count nothing of a claim that does not fit, nor of the claims with it",
    using(async ({ rates }) => {
      const daily = claim({ key: "agent:A\trule/requests-1d", window: 86_400, limit: 2 });
      expect(await taken(rates, claim(), daily)).toBe(true);
      expect(await taken(rates, claim(), daily)).toBe(true);
      for (let i = 0; i < 5; i++) expect(await taken(rates, claim(), daily)).toBe(false);
      expect(await taken(rates, claim())).toBe(true);
      expect(await taken(rates, claim({ units: 0 }))).toBe(false);
      expect(await taken(rates, claim({ key: "agent:B\tr", units: 4 }))).toBe(false);
      expect(await taken(rates, claim({ key: "agent:B\tr", units: 3 }))).toBe(true);
    }),
  );

  test(
    "return units across clients that have stores of their own",
    using(async ({ rates }) => {
      const shared = claim({ key: "address:10.0.0.0/24\trule/x", limit: 1 });
      expect(await taken(rates, shared)).toBe(true);
      const own = claim({ key: "agent:A\trule/y", limit: 1 });
      expect(await taken(rates, own, shared)).toBe(false);
      expect(await taken(rates, own)).toBe(true);
    }),
  );

  test(
    "return units to the burst if they were taken from it",
    using(async ({ rates }) => {
      const full = claim({ key: "agent:B\trule/y", limit: 1 });
      expect(await taken(rates, full)).toBe(true);
      const some = claim({ limit: 2, burst: 2 });
      expect(await taken(rates, some)).toBe(true);
      const two = { ...some, units: 2 };
      for (let i = 0; i < 3; i++) expect(await taken(rates, two, full)).toBe(false);
      expect(await taken(rates, two)).toBe(true);
      expect(await taken(rates, some)).toBe(true);
      expect(await taken(rates, some)).toBe(false);
    }),
  );

  test(
    "admit a burst once in ten windows",
    using(async ({ rates, pass }) => {
      const some = claim({ limit: 2, burst: 3 });
      for (let i = 0; i < 5; i++) expect(await taken(rates, some)).toBe(true);
      expect(await taken(rates, some)).toBe(false);
      await pass(61);
      for (let i = 0; i < 2; i++) expect(await taken(rates, some)).toBe(true);
      const { states } = await rates.take([some]);
      expect(states[0]).toMatchObject({ isTaken: false, left: 0, burst: { left: 0 } });
      await pass(600);
      for (let i = 0; i < 5; i++) expect(await taken(rates, some)).toBe(true);
      expect(await taken(rates, some)).toBe(false);
    }),
  );

  test(
    "count what has happened beyond the limit, and then refuse",
    using(async ({ rates, pass }) => {
      const bytes = claim({ units: 0, limit: 1000 });
      expect(await taken(rates, bytes)).toBe(true);
      await rates.spend({ ...bytes, units: 999 });
      expect(await taken(rates, bytes)).toBe(true);
      await rates.spend({ ...bytes, units: 5_000_000_000 });
      expect(await taken(rates, bytes)).toBe(false);
      await pass(61);
      expect(await taken(rates, bytes)).toBe(true);
    }),
  );

  test(
    "give slots, and free them by `leave` or by their lease",
    using(async ({ rates, pass }) => {
      const key = "agent:A\trule/concurrent";
      expect(await rates.enter(key, "1", 2, 60)).toMatchObject({ isTaken: true, used: 1 });
      expect(await rates.enter(key, "2", 2, 60)).toMatchObject({ isTaken: true, used: 2 });
      expect(await rates.enter(key, "3", 2, 60)).toMatchObject({ isTaken: false, used: 2 });
      await rates.leave(key, "3");
      await rates.leave(key, "1");
      await rates.leave(key, "1");
      expect(await rates.enter(key, "3", 2, 60)).toMatchObject({ isTaken: true, used: 2 });
      await pass(40);
      expect(await rates.enter(key, "3", 2, 60)).toMatchObject({ isTaken: true, used: 2 });
      await pass(40);
      expect(await rates.enter(key, "4", 2, 60)).toMatchObject({ isTaken: true, used: 2 });
      expect(await rates.enter("agent:B\tx", "4", 1, 60)).toMatchObject({ isTaken: true, used: 1 });
    }),
  );

  test(
    "agree with a model, for any sequence of claims, times and keys",
    using(async ({ rates, pass }) => {
      let round = 0;
      const operation = record({
        claims: array(
          record({
            quota: integer({ min: 0, max: 2 }),
            client: constantFrom("agent:A", "agent:B", "address:2001:db8::/64"),
            units: integer({ min: 0, max: 3 }),
          }),
          { minLength: 1, maxLength: 3 },
        ),
        wait: constantFrom(0, 0, 0, 7, 61, 700),
        isSpent: boolean(),
      });
      await assert(
        asyncProperty(array(operation, { maxLength: 30 }), async (operations) => {
          const model = new Model();
          round++;
          for (const { claims, wait, isSpent } of operations) {
            await pass(wait);
            model.time += wait;
            const made = claims
              .filter(({ quota, client }, i) => {
                const at = claims.findIndex(
                  (each) => each.quota === quota && each.client === client,
                );
                return at === i;
              })
              .map(({ quota, client, units }) => {
                const { limit, window, burst } = QUOTAS[quota] as (typeof QUOTAS)[number];
                return { key: `${client}${round}\t${quota}`, units, limit, window, burst };
              });
            const [first] = made;
            if (isSpent && first !== undefined && first.burst === 0) {
              await rates.spend(first);
              model.spend(first);
              continue;
            }
            const { states } = await rates.take(made);
            expect(states.map(({ isTaken }) => isTaken)).toEqual(model.take(made));
          }
        }),
        { numRuns: name === "Redis" || name.includes("thread") ? 20 : 200 },
      );
    }),
    60_000,
  );
}

const QUOTAS = [
  { limit: 4, window: 60, burst: 0 },
  { limit: 2, window: 60, burst: 3 },
  { limit: 7, window: 600, burst: 0 },
] as const;

/** The meaning of the quotas, written as sums over all events that were admitted. */
class Model {
  time = 0;
  #events: { key: string; at: number; units: number }[] = [];

  take(claims: readonly RateClaim[]): boolean[] {
    const fits = claims.map((each) => this.#place(each));
    if (fits.every((place) => place !== undefined)) {
      for (const [i, { units }] of claims.entries()) {
        if (units > 0) this.#events.push({ key: fits[i] ?? "", at: this.time, units });
      }
    }
    return fits.map((place) => place !== undefined);
  }

  spend({ key, units }: RateClaim): void {
    if (units > 0) this.#events.push({ key, at: this.time, units });
  }

  /** The counter in which a claim has room. */
  #place({ key, units, limit, window, burst }: RateClaim): string | undefined {
    const has = (name: string, most: number, seconds: number) =>
      units === 0 ? this.#used(name, seconds) < most : this.#used(name, seconds) + units <= most;
    if (has(key, limit, window)) return key;
    return burst > 0 && has(`${key}/burst`, burst, 10 * window) ? `${key}/burst` : undefined;
  }

  #used(key: string, window: number): number {
    let begun = -Infinity;
    let used = 0;
    for (const event of this.#events) {
      if (event.key !== key) continue;
      if (event.at >= begun + window) {
        begun = event.at;
        used = 0;
      }
      used += event.units;
    }
    return this.time >= begun + window ? 0 : used;
  }
}
