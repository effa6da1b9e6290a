import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs } from "../support/needs.ts";
import type { Asked, Got } from "./client.ts";
import type { Origin } from "./origins/program.ts";
import { BROWSER, requestsFor, someRequestsFor, unsafeRequestsFor } from "./requests.ts";
import { plainly, SETTINGS, startSides, type Sides } from "./suite.ts";
import { DIRECTORY_TARGETS, FILE_TARGETS, KINDS, ODD_TARGETS } from "./tree.ts";

/** A server of the static site, and targets that only it has. */
export interface StaticServer {
  /** The programs without which the tests are skipped. */
  readonly programs?: readonly string[];
  readonly start: () => Promise<Origin>;
  readonly targets?: readonly string[];
  /** Runtimes and rules to try. @default all */
  readonly settings?: typeof SETTINGS;
}

/** Tests that the proxy in front of a server of the static site changes nothing that is not listed. */
export function describeStatic(
  name: string,
  { programs = [], start, targets = [], settings = SETTINGS }: StaticServer,
): void {
  const options = needs(...programs);
  describe.each(settings)(`${name}, on %s, features %s`, options, (...setting) => {
    let origin: Origin;
    let sides: Sides;

    beforeAll(async () => {
      origin = await start();
      sides = await startSides(origin, setting);
    });

    afterAll(async () => {
      await sides?.close();
      await origin?.stop();
    });

    const all = async (list: readonly string[], of: (target: string, plain: Got) => Asked[]) => {
      const requests: Asked[] = [];
      for (const target of list) requests.push(...of(target, await plainly(origin, target)));
      return sides.compare(requests);
    };

    test("every file answers as without the proxy", { timeout: 120_000 }, async () => {
      expect(await all(KINDS, requestsFor)).toEqual([]);
      expect(await all(FILE_TARGETS, someRequestsFor)).toEqual([]);
    });

    test("so does every directory, and every odd spelling", { timeout: 120_000 }, async () => {
      expect(await all(["/dir/", "/dir", "/listing/", "/missing"], requestsFor)).toEqual([]);
      const others = [...DIRECTORY_TARGETS, ...ODD_TARGETS, ...targets];
      expect(await all(others, someRequestsFor)).toEqual([]);
    });

    test("so do other methods", { timeout: 60_000 }, async () => {
      const some = ["/page.html", "/app.js", "/dir", "/dir/", "/missing", ...targets];
      expect(await all(some, unsafeRequestsFor)).toEqual([]);
    });

    test("a large file arrives whole, in parts, and again", { timeout: 60_000 }, async () => {
      const get = (fields: Asked["fields"]): Asked => ({
        method: "GET",
        target: "/large.bin",
        fields,
      });
      const ranges = ["bytes=0-", "bytes=1000000-4000000", "bytes=-100000", "bytes=0-9,3000000-"];
      const requests = [{}, BROWSER, ...ranges.map((Range) => ({ Range }))].map(get);
      expect(await sides.compare([...requests, ...requests])).toEqual([]);
    });
  });
}
