import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FieldList } from "../../src/http/fields.ts";
import { OriginError, type OriginResponse } from "../../src/pipeline/exchange.ts";
import { Addresses } from "../../src/runtime/failover.ts";

const FAILOVER = { failures: 2, statuses: [503], wait: 1000, longestWait: 8000 };
const NAMES = ["a", "b", "c"] as const;

/** Three addresses with a clock, and the lines that they log. */
function three() {
  let now = 0;
  const lines: string[] = [];
  const [a, b, c] = NAMES.map((url) => ({ url }));
  const addresses = new Addresses([a!, b!, c!], {
    name: "site",
    failover: FAILOVER,
    patience: 10_000,
    clock: () => now,
    log: {
      warn: (event, { origin, seconds }: Record<string, unknown>) =>
        void lines.push(`${event} ${String(origin)} ${String(seconds)}`),
      info: (event, { origin }: Record<string, unknown>) =>
        void lines.push(`${event} ${String(origin)}`),
    },
  });
  const order = () => addresses.order().map(({ url }) => url);
  return { addresses, lines, order, pass: (ms: number) => void (now += ms), all: [a!, b!, c!] };
}

const response = (status: number): OriginResponse => ({
  status,
  fields: new FieldList(),
  body: null,
});
const once = { method: "GET", isOnce: false, isShown: () => false };

describe("the addresses of an origin server", () => {
  it("are left out after failures in a row, for times that double up to a bound", () => {
    const { addresses, lines, order, pass, all } = three();
    const [a] = all;
    addresses.failed(a!, "refused");
    expect(order()).toEqual(["a", "b", "c"]);
    addresses.succeeded(a!);
    addresses.failed(a!, "refused");
    expect(order()).toEqual(["a", "b", "c"]);
    addresses.failed(a!, "refused");
    addresses.failed(a!, "refused");
    expect(order()).toEqual(["b", "c", "a"]);
    for (const wait of [1000, 2000, 4000, 8000, 8000]) {
      pass(wait - 1);
      expect(order()).toEqual(["b", "c", "a"]);
      pass(1);
      expect(order()).toEqual(["a", "b", "c"]);
      addresses.failed(a!, "refused");
    }
    pass(8000);
    addresses.succeeded(a!);
    addresses.failed(a!, "refused");
    expect(order()).toEqual(["a", "b", "c"]);
    expect(lines).toEqual([
      ...[1, 2, 4, 8, 8, 8].map((seconds) => `origin-address-out a ${seconds}`),
      "origin-address-up a",
    ]);
  });

  it("are each tried at most once, in an order that lacks none, whatever happens", async () => {
    const step = fc.record({
      at: fc.constantFrom(0, 1, 2),
      kind: fc.constantFrom("fail", "succeed", "wait"),
    });
    const outcome = fc.constantFrom(200, 503, "refused", "timeout-head", "malformed");
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 30 }),
        fc.tuple(outcome, outcome, outcome),
        fc.constantFrom("GET", "POST"),
        async (steps, outcomes, method) => {
          const { addresses, order, pass, all } = three();
          for (const { at, kind } of steps) {
            if (kind === "wait") pass(1500);
            else if (kind === "fail") addresses.failed(all[at]!, "refused");
            else addresses.succeeded(all[at]!);
          }
          const before = order();
          expect(before.toSorted()).toEqual(["a", "b", "c"]);
          const tried: string[] = [];
          const asked = addresses.ask({ ...once, method }, async ({ url }) => {
            const result = outcomes[tried.length];
            tried.push(url);
            if (typeof result === "number") return response(result);
            throw new OriginError(result as "refused", "head");
          });
          const got = await asked.then(
            ({ status }) => status,
            (error: unknown) => (error as OriginError).code,
          );
          const stops = outcomes.findIndex((each) => each === 200 || each === "malformed");
          const most = method === "GET" ? (stops === -1 ? 3 : stops + 1) : 1;
          expect(tried).toEqual(before.slice(0, most));
          expect(got).toBe(outcomes[most - 1]);
        },
      ),
    );
  });

  it("have the time of the origin server together, and none after a part was sent", async () => {
    const { addresses, pass } = three();
    const left: number[] = [];
    const slow = addresses.ask(once, async (_address, time) => {
      left.push(time);
      pass(6000);
      throw new OriginError("timeout-head", "head");
    });
    await expect(slow).rejects.toMatchObject({ code: "timeout-head" });
    expect(left).toEqual([10_000, 4000]);
    let tries = 0;
    const shown = addresses.ask({ ...once, isShown: () => true }, async () => {
      tries++;
      throw new OriginError("reset", "head");
    });
    await expect(shown).rejects.toMatchObject({ code: "reset" });
    expect(tries).toBe(1);
  });
});
