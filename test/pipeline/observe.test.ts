import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createApp, type App } from "../../src/app.ts";
import type { Fields } from "../../src/http/fields.ts";
import type { OriginRequest } from "../../src/pipeline/exchange.ts";
import { loadRules } from "../../src/rules/load.ts";
import { nodeDeltaCodecs } from "../../src/runtime/node/codecs.ts";
import { fromResponse, toResponse } from "../../src/runtime/web/respond.ts";
import { streamEngine } from "../../src/features/markdown/stream/index.ts";
import { memoryStore } from "../../src/store/memory.ts";
import {
  rulesWith,
  someRequest,
  someResponse,
  SUBJECTS,
  type SomeRequest,
  type SomeResponse,
} from "../support/observed.ts";
import { runsOf } from "../support/sample.ts";
import { exchangeOf } from "./fakes.ts";
import { FEATURES } from "../../src/features.ts";

const bots = readFileSync(new URL("../../rules/bots.jsonc", import.meta.url), "utf8");
const NULL_BODY = new Set([204, 205, 304]);

const loaded = new Map<string, ReturnType<typeof loadRules>>();

function load(rules: object): ReturnType<typeof loadRules> {
  const text = JSON.stringify(rules);
  const known = loaded.get(text) ?? loadRules(text, "rules", bots, () => undefined, FEATURES);
  loaded.set(text, known);
  return known;
}

/** The proxy with a store of its own, and what it asked on its own account. */
function start(rules: object): { app: App; own: string[] } {
  const own: string[] = [];
  const app = createApp(
    { ...load(rules), dev: false },
    {
      store: memoryStore(),
      engine: streamEngine,
      codecs: nodeDeltaCodecs(),
      decodable: new Set(["gzip"]),
      fetchDirectory: () => Promise.reject(new Error("no network")),
      askOrigin: ({ target }) => {
        own.push(target);
        return Promise.reject(new Error("not asked in observe"));
      },
      now: () => 1_800_000_000,
      log: { warn: () => {}, info: () => {} },
    },
  );
  return { app, own };
}

const lines = (fields: Fields): string[] =>
  [...fields.lines()].map(([name, value]) => `${name.toLowerCase()}: ${value}`).sort();

/** All that the world sees of one exchange: the answer, and what the origin was asked. */
async function exchange(
  { app, own }: ReturnType<typeof start>,
  request: SomeRequest,
  { status, fields, bytes }: SomeResponse,
) {
  const asked: OriginRequest[] = [];
  const made = exchangeOf(request);
  Object.assign(made, { platformVerdict: { by: "cloudflare", category: "AI Crawler" } });
  const answer = await app.pipeline(made, async (to) => {
    asked.push(to);
    const body = to.method === "HEAD" || NULL_BODY.has(status) ? null : new Uint8Array(bytes);
    return fromResponse(new Response(body, { status, headers: fields }), to.method, (coding) =>
      coding === "gzip"
        ? (from) => from.pipeThrough(new DecompressionStream("gzip") as never)
        : undefined,
    );
  });
  const head = { status: answer.status, fields: lines(answer.fields) };
  const content = Buffer.from(await toResponse(answer).arrayBuffer()).toString("latin1");
  await Promise.allSettled(made.work);
  const requests = asked.map(({ method, target, fields }) => [method, target, lines(fields)]);
  return { ...head, content, requests, own: own.splice(0) };
}

describe.each(SUBJECTS)("observing %s", (_, features) => {
  it.each([
    ["the mode observe", { mode: "observe" }],
    ["a percentage of none", { percentage: 0 }],
  ])("is the same as off, by %s", { timeout: 60_000 }, async (_by, more) => {
    const step = fc.tuple(someRequest, someResponse);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 4 }), async (steps) => {
        const off = start(rulesWith([], {}));
        const observed = start(rulesWith(features, more));
        for (const [request, response] of steps) {
          expect(await exchange(observed, request, response)).toEqual(
            await exchange(off, request, response),
          );
        }
      }),
      { numRuns: features.length > 1 ? runsOf(250, 50) : runsOf(80, 15) },
    );
  });
});

it("would not be the same if it were enforced", { timeout: 120_000 }, async () => {
  const requests = fc.sample(fc.tuple(someRequest, someResponse), { numRuns: 80, seed: 1 });
  const off: string[] = [];
  for (const [request, response] of requests) {
    off.push(JSON.stringify(await exchange(start(rulesWith([], {})), request, response)));
  }
  for (const [, features] of SUBJECTS) {
    let differs = 0;
    for (const [i, [request, response]] of requests.entries()) {
      const enforced = await exchange(start(rulesWith(features, {})), request, response);
      if (JSON.stringify(enforced) !== off[i]) differs++;
    }
    expect({ features, differs: differs > 2 }).toEqual({ features, differs: true });
  }
});
