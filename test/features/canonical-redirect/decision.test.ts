import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { FieldList } from "../../../src/http/fields.ts";
import type { Exchange } from "../../../src/pipeline/exchange.ts";
import type { FinalOutcome, RequestOutcome } from "../../../src/pipeline/stage.ts";
import { canonicalRedirectOptions } from "../../../src/features/canonical-redirect/policy.ts";
import { CanonicalRedirectStage } from "../../../src/features/canonical-redirect/stage.ts";
import { silentLog } from "../../../src/telemetry/log.ts";
import { memoryStore } from "../../../src/store/memory.ts";
import { Random } from "../../fuzz/html.ts";
import { contentOf, PUBLIC, readCases, typeOf, urlOf, type Case } from "./cases.ts";
import { EVERYTHING, NO_PURGES, TRAINER } from "./exchange.ts";

const ORIGIN = "http://origin.internal:8080";
const files = readCases();

/** What the stage decides of a case whose content arrives in pieces of these lengths. */
async function decide(
  each: Case,
  options: object | undefined,
  pieces: (content: Uint8Array) => Iterable<Uint8Array>,
): Promise<FinalOutcome | RequestOutcome> {
  const policy = v.parse(canonicalRedirectOptions, { keepFor: "0s", ...options });
  const stage = new CanonicalRedirectStage({
    originServer: ORIGIN,
    own: EVERYTHING,
    index: memoryStore().index,
    ledger: memoryStore().ledger,
    log: silentLog,
    generations: NO_PURGES,
    policyAt: () => ({ mode: policy.mode, policy, rule: "test" }),
    now: () => 0,
  });
  const target = urlOf(each);
  const exchange: Exchange = {
    method: each.method ?? "GET",
    target,
    originTarget: target,
    values: new Map(),
    host: new URL(PUBLIC).host,
    url: new URL(PUBLIC + target),
    agent: TRAINER,
    field: () => undefined,
    forwardable: () => new FieldList(),
    background: () => {},
  };
  const asked = await stage.onRequest(exchange, policy);
  if (asked.kind !== "forward") return asked;
  const fields = new FieldList();
  if (typeOf(each) !== "") fields.set("content-type", typeOf(each));
  for (const line of [each.link ?? []].flat()) fields.append("link", line);
  const head = {
    status: each.status ?? 200,
    fields,
    hasContent: true,
    isReadable: true,
    length: undefined,
    isMade: false,
  };
  const outcome = await stage.onResponse(head, exchange, policy, policy.mode);
  if (outcome.kind !== "scan") return outcome;
  const content = contentOf(each, ORIGIN);
  for (const piece of pieces(content.subarray(0, outcome.maxBytes))) {
    const final = await outcome.see(piece, "open");
    if (final !== undefined) return final;
  }
  const position = content.length > outcome.maxBytes ? "limit" : "end";
  return (await outcome.see(new Uint8Array(), position)) as FinalOutcome;
}

function* cut(content: Uint8Array, length: () => number): Iterable<Uint8Array> {
  for (let at = 0; at < content.length;) {
    const end = at + length();
    yield content.subarray(at, end);
    at = end;
  }
}

const random = new Random(5);
const CUTS: Readonly<Record<string, (content: Uint8Array) => Iterable<Uint8Array>>> = {
  whole: (content) => [content],
  "byte by byte": (content) => cut(content, () => 1),
  "at random": (content) => cut(content, () => 1 + random.below(40)),
};

it("has at least 120 pages", () => {
  expect(files.flatMap(({ cases }) => cases).length).toBeGreaterThanOrEqual(120);
});

describe.each(files)("$file: $about", ({ cases, options }) => {
  it.each(cases)("$name", async (each) => {
    const expected =
      each.to === undefined
        ? { reason: each.stays }
        : { kind: "respond", reason: "canonical", to: PUBLIC + each.to };
    for (const [how, pieces] of Object.entries(CUTS)) {
      const outcome = await decide(each, options, pieces);
      const to =
        outcome.kind === "respond"
          ? outcome.response.fields.find(([name]) => name === "location")?.[1]
          : undefined;
      expect({ ...outcome, to }, how).toMatchObject(expected);
    }
  });
});
