import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { send } from "../support/client.ts";
import {
  rulesWith,
  someRequest,
  someResponse,
  SUBJECTS,
  type SomeRequest,
  type SomeResponse,
} from "../support/observed.ts";
import { startRawOrigin, type RawOrigin } from "../support/raw-origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";
import { runsOf } from "../support/sample.ts";

/** Of one connection, or of the time. */
const PASSING = new Set(["date", "connection", "keep-alive", "transfer-encoding"]);

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("observing on %s", (runtime) => {
  let origin: RawOrigin;
  let off: Proxy;
  let observed: Proxy[];

  beforeAll(async () => {
    origin = await startRawOrigin();
    const start = (rules: object) => RUNTIMES[runtime]({ origin: origin.url, rules });
    const subjects = SUBJECTS.map(([, features], i) =>
      rulesWith(features, i % 2 === 0 ? { mode: "observe" } : { percentage: 0 }),
    );
    [off, ...observed] = (await Promise.all([rulesWith([], {}), ...subjects].map(start))) as [
      Proxy,
      ...Proxy[],
    ];
  });

  afterAll(async () => {
    await Promise.all([off, ...(observed ?? [])].map((proxy) => proxy?.close()));
    await origin?.close();
  });

  const exchange = async (
    proxy: Proxy,
    { method, target, fields }: SomeRequest,
    response: SomeResponse,
  ) => {
    origin.requests.length = 0;
    origin.answer = () => ({ bytes: write(method, response) });
    const got = await send(proxy.url + encodeURI(target).replaceAll("%25", "%"), {
      method,
      headers: fields,
    });
    const lines = got.rawHeaders.flatMap((name, i) =>
      i % 2 === 0 && !PASSING.has(name.toLowerCase())
        ? [`${name.toLowerCase()}: ${got.rawHeaders[i + 1]}`]
        : [],
    );
    const asked = origin.requests
      .splice(0)
      .map(({ startLine, fields }) => [startLine, fields.map((field) => field.join(": ")).sort()]);
    return { status: got.status, lines: lines.sort(), body: got.body.toString("latin1"), asked };
  };

  it.each(SUBJECTS.map(([name], i) => [name, i] as const))(
    "%s changes nothing",
    { timeout: 60_000 },
    async (_, i) => {
      await fc.assert(
        fc.asyncProperty(someRequest, someResponse, async (request, response) => {
          const expected = await exchange(off, request, response);
          expect(await exchange(observed[i] as Proxy, request, response)).toEqual(expected);
        }),
        { numRuns: runsOf(60, 20) },
      );
    },
  );
});

function write(method: string, { status, fields, bytes }: SomeResponse): Buffer {
  const isBare = status === 304;
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  const head = [`HTTP/1.1 ${status} Odd`, ...lines];
  if (!isBare) head.push(`content-length: ${bytes.length}`);
  const start = Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1");
  return isBare || method === "HEAD" ? start : Buffer.concat([start, bytes]);
}
