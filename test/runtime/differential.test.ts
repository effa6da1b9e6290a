import process from "node:process";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answered, forwarded, HABITS, received, requested, view } from "../support/differences.ts";
import {
  exchanges,
  writeRequest,
  writeResponse,
  type Exchange,
} from "../support/generated-messages.ts";
import type { RawMessage } from "../support/raw-message.ts";
import { sendMessage } from "../support/raw.ts";
import { startRawOrigin, type RawOrigin } from "../support/raw-origin.ts";
import { RUNTIMES, type Proxy, type RuntimeName } from "../support/runtimes.ts";

const RUNS = Number(process.env["WAYLEAVE_DIFFERENTIAL"] ?? 150);
const SEED = Number(process.env["WAYLEAVE_SEED"] ?? 20_261_121);

describe.each(Object.keys(RUNTIMES) as RuntimeName[])("differences on %s", (runtime) => {
  const habits = HABITS[runtime];
  let origin: RawOrigin;
  let proxy: Proxy;

  beforeAll(async () => {
    origin = await startRawOrigin();
    proxy = await RUNTIMES[runtime]({
      origin: origin.url,
      rules: {
        publicOrigin: "https://www.example.com",
        defaults: { canonicalRedirect: true, markdown: true, compression: { codings: "platform" } },
      },
    });
  });

  afterAll(async () => {
    await proxy?.close();
    await origin?.close();
  });

  const exchange = async (url: string, { request, response }: Exchange) => {
    origin.answer = () => writeResponse(response, request.method);
    const { host } = new URL(url);
    const bodiless = request.method === "HEAD" || [204, 304].includes(response.status);
    const got = await sendMessage(url, writeRequest(request, host), bodiless);
    return { asked: origin.requests.splice(0), got };
  };

  it(
    `${RUNS} requests and responses differ from the origin's own only as designed`,
    { timeout: 30_000 + RUNS * 100 },
    async () => {
      await fc.assert(
        fc.asyncProperty(exchanges(habits.refused), async (made) => {
          const straight = await exchange(origin.url, made);
          const through = await exchange(proxy.url, made);
          expect(through.asked).toHaveLength(1);
          expect(view(habits, forwarded(through.asked[0] as RawMessage))).toEqual(
            view(habits, requested(straight.asked[0] as RawMessage, habits)),
          );
          expect(view(habits, received(through.got))).toEqual(
            view(habits, answered(straight.got, made)),
          );
        }),
        { numRuns: RUNS, seed: SEED },
      );
    },
  );
});
