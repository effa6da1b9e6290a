import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs } from "../support/needs.ts";
import { sampleOf } from "../support/sample.ts";
import type { Asked, Got } from "./client.ts";
import type { Origin } from "./origins/program.ts";
import { describeDocuments } from "./documents.ts";
import { BROWSER, requestsFor, someRequestsFor, unsafeRequestsFor } from "./requests.ts";
import { otherFronts, SETTINGS, startSides, type Setting, type Sides } from "./suite.ts";
import { DIRECTORY_TARGETS, FILE_TARGETS, KINDS, ODD_TARGETS } from "./tree.ts";

/** A server of the static site, and targets that only it has. */
export interface StaticServer {
  /** The programs without which the tests are skipped. */
  readonly programs?: readonly string[];
  readonly start: () => Promise<Origin>;
  readonly targets?: readonly string[];
  /** Runtimes and rules to try. @default all */
  readonly settings?: readonly Setting[];
  /** A sample of other fronts. @default none */
  readonly fronts?: readonly Setting[];
  /** Tests besides those of the site. */
  readonly more?: (sides: () => Sides) => void;
}

/** Of the requests for a target, one in so many is sent in a setting, and another in the next. */
const EVERY = 12;

/** Tests that the proxy in front of a server of the static site changes nothing that is not listed. */
export function describeStatic(
  name: string,
  { programs = [], start, targets = [], settings = SETTINGS, fronts = [], more }: StaticServer,
): void {
  const all = [...settings, ...otherFronts(...fronts)];
  describe(`the site of ${name}`, needs(...programs), () => {
    let origin: Origin;
    const plain = new Map<string, Promise<Got>>();

    beforeAll(async () => {
      origin = await start();
    });
    afterAll(() => origin?.stop());

    describe.each(all)("on %s, features %s, over %s", (...setting) => {
      let sides: Sides;

      beforeAll(async () => {
        sides = await startSides(origin, setting);
      });
      afterAll(() => sides?.close());

      testStatic(
        () => sides,
        plain,
        targets,
        all.findIndex((each) => each.join() === setting.join()),
      );
      more?.(() => sides);
    });
    const reached = new Map(
      all.map(([runtime, , front]) => [`${runtime} ${front}`, [runtime, front] as const]),
    );
    describeDocuments(() => origin, [...reached.values()]);
  });
}

/**
 * @param plain what the origin server alone responds for each target, once for all settings
 * @param first which requests of a sample are sent
 */
function testStatic(
  sides: () => Sides,
  plain: Map<string, Promise<Got>>,
  targets: readonly string[],
  first: number,
): void {
  const plainly = (target: string): Promise<Got> => {
    const got = plain.get(target) ?? sides().plainly(target);
    plain.set(target, got);
    // Of a response that broke off, the next try must not have the failure.
    void got.catch(() => plain.delete(target));
    return got;
  };
  const all = async (list: readonly string[], of: (target: string, plain: Got) => Asked[]) => {
    const requests: Asked[] = [];
    for (const [i, target] of list.entries()) {
      requests.push(...sampleOf(of(target, await plainly(target)), EVERY, first + i));
    }
    return sides().compare(requests);
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
    const parts = sampleOf(ranges, 2, first).map((Range) => ({ Range }));
    const requests = [{}, BROWSER, ...parts].map(get);
    const again = sampleOf(requests, 2, first);
    expect(await sides().compare([...requests, ...again])).toEqual([]);
  });
}
