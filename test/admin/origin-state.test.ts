import { expect, it } from "vitest";
import { createOriginCheck } from "../../src/admin/origin-state.ts";
import { OriginError } from "../../src/pipeline/exchange.ts";

/** What is logged if a check of the origin server fails with an error. */
async function loggedFor(failure: Error) {
  const logged: [string, unknown][] = [];
  const origin = createOriginCheck({
    ask: async () => {
      throw failure;
    },
    originServer: "https://origin.example",
    rules: {},
    log: { info: () => {}, warn: (event, facts) => void logged.push([event, facts]) },
  });
  return { isUp: await origin.isUp(), logged };
}

it("is down if the origin server can't be reached, and the log says why", async () => {
  const { isUp, logged } = await loggedFor(new OriginError("timeout-head", "head"));
  expect(isUp).toBe(false);
  expect(logged).toMatchObject([["origin-down", { origin: "https://origin.example" }]]);
});

it("is not reported as down because of a failure of the proxy's own", async () => {
  const { isUp, logged } = await loggedFor(new Error("The client is destroyed"));
  expect(isUp).toBe(false);
  const facts = { origin: "https://origin.example", cause: "The client is destroyed" };
  expect(logged).toEqual([["origin-check-failed", facts]]);
});
