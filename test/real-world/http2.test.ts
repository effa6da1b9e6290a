import { expect, test } from "vitest";
import { sampleOf } from "../support/sample.ts";
import type { Asked } from "./client.ts";
import { startHttp2Site } from "./origins/http2.ts";
import { describeStatic } from "./static.ts";
import { SETTINGS, type Sides } from "./suite.ts";
import { noise } from "./tree.ts";

// A Worker's fetch speaks HTTP/1.1 to the origin server, or what Cloudflare chooses (docs/origin.md).
const ON_NODE = SETTINGS.filter(([runtime]) => runtime === "node");

const KINDS = [
  ["node:http2 beside HTTP/1.1", true, sampleOf(SETTINGS, 2, 1)],
  ["node:http2 alone", false, sampleOf(ON_NODE, 2, 1)],
] as const;

for (const [name, allowHTTP1, settings] of KINDS) {
  describeStatic(name, {
    programs: ["openssl"],
    start: () => startHttp2Site(allowHTTP1),
    settings,
    more: testUploads,
  });
}

function testUploads(sides: () => Sides): void {
  test("uploads arrive as they were sent", { timeout: 60_000 }, async () => {
    const requests = [0, 1, 70_000, 2_000_000].flatMap((size) =>
      [false, true].map((isChunked): Asked => ({
        method: "POST",
        target: "/echo",
        content: noise(size),
        isChunked,
      })),
    );
    expect(await sides().compare(requests)).toEqual([]);
  });
}
