// The Worker, which counts the calls into the runtime that its requests make.
import worker from "../../src/runtime/workers/index.ts";

export { Accounts, Ledger, Rates, ReplayGuard } from "../../src/runtime/workers/index.ts";

const counts = new Map<string, number>();

function count(name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

type Call = (this: unknown, ...given: unknown[]) => unknown;

function countOf(kind: string, prototype: object): void {
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    const { get, value } = property as { get?: Call; value?: unknown };
    const counted = (call: Call): Call =>
      function (...given) {
        count(`${kind}.${name}`);
        return call.apply(this, given);
      };
    if (name === "constructor") continue;
    if (get !== undefined)
      Object.defineProperty(prototype, name, { ...property, get: counted(get) });
    else if (typeof value === "function") {
      Object.defineProperty(prototype, name, { ...property, value: counted(value as Call) });
    }
  }
}

countOf("Headers", Headers.prototype);
countOf("Request", Request.prototype);
countOf("Response", Response.prototype);

export default {
  fetch(...given: Parameters<typeof worker.fetch>): ReturnType<typeof worker.fetch> {
    if (!given[0].url.endsWith("/counts")) return worker.fetch(...given);
    const said = JSON.stringify(Object.fromEntries(counts));
    counts.clear();
    return new Response(said);
  },
};
