import * as fc from "fast-check";
import { expect, test } from "vitest";
import { play, steps, type Step } from "./model.ts";
import { runsOf } from "../../support/sample.ts";

const all = { "Accept-Encoding": "gzip, br, dcb, dcz" };
const get = (file: number, has?: readonly [number, number]): Step => ({
  kind: "request",
  method: "GET",
  file,
  fields: all,
  has,
});

test("the model sees deltas, plain codings and 304", async () => {
  const { codings } = await play([
    get(0),
    { kind: "deploy", file: 0, version: 1 },
    get(0),
    { kind: "pass", seconds: 61 },
    get(0, [0, 0]),
    { kind: "request", method: "GET", file: 0, fields: all, tag: 1 },
    { kind: "request", method: "GET", file: 5, fields: { ...all, Cookie: "session=ann" } },
  ]);
  expect(codings).toEqual(["br", "br", "dcb", "304", "br"]);
});

test("whatever happens to a site, each answer is one that its origin has given for this client", async () => {
  await fc.assert(
    fc.asyncProperty(steps(40), async (each) => void (await play(each))),
    { numRuns: runsOf(60, 30) },
  );
}, 60_000);
