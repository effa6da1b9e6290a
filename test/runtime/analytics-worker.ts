import worker, { type Env } from "../../src/runtime/workers/index.ts";

export { Accounts, Ledger, Rates, ReplayGuard } from "../../src/runtime/workers/index.ts";

/** A dataset that writes its points to the console. */
const ANALYTICS: Env["ANALYTICS"] = {
  writeDataPoint: (point) => console.log(JSON.stringify({ event: "point", ...point })),
};

export default {
  fetch: (request: Request, env: Env, context: Parameters<typeof worker.fetch>[2]) =>
    worker.fetch(request, { ...env, ANALYTICS }, context),
  scheduled: (event: object, env: Env) => worker.scheduled(event, env),
};
