import { createHash } from "node:crypto";
import { BROWSER, type Answer, type Asked, type Attack } from "../attack.ts";

const feature = "compression.dictionary";

/** The value of Available-Dictionary. */
const named = (content: string | Buffer): string =>
  `:${createHash("sha256").update(content).digest("base64")}:`;

const offering = (dictionary: string, codings: string) => ({
  ...BROWSER,
  "accept-encoding": `gzip, br, zstd, ${codings}`,
  "available-dictionary": dictionary,
  "sec-fetch-site": "same-origin",
  "sec-fetch-mode": "no-cors",
  "sec-fetch-dest": "script",
});

type Send = (asked: Asked) => Promise<Answer>;

/** Makes the proxy store a script, and returns the dictionary's hash. */
async function seen(send: Send, target: string): Promise<string> {
  let content: Buffer = Buffer.alloc(0);
  for (let i = 0; i < 4; i++) {
    ({ content } = await send({ target, fields: { "accept-encoding": "identity" } }));
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return named(content);
}

/** A request with a known dictionary. */
function known(name: string, codings: string, target: (n: number) => string): Attack {
  let dictionary = "";
  return {
    feature,
    name,
    before: async (send) => {
      dictionary = await seen(send, "/assets/app.v1.js");
    },
    request: (n) => ({ target: target(n), fields: offering(dictionary, codings) }),
  };
}

export const dictionaryAttacks: readonly Attack[] = [
  {
    feature,
    name: "an unknown dictionary each, a stored file",
    before: async (send) => void (await seen(send, "/assets/app.v1.js")),
    request: (n) => ({
      target: "/assets/app.v1.js",
      fields: offering(named(String(n)), "dcb, dcz"),
    }),
  },
  {
    feature,
    name: "for comparison: a hit, the same file without a dictionary",
    before: async (send) => void (await seen(send, "/assets/app.v1.js")),
    request: () => ({ target: "/assets/app.v1.js", fields: BROWSER }),
  },
  {
    feature,
    name: "an unknown dictionary each, a file that is not stored",
    request: (n) => ({
      target: `/assets/other.js?${n}`,
      fields: offering(named(String(n)), "dcb, dcz"),
    }),
  },
  {
    feature,
    name: "an unknown dictionary each, a page in automatic mode",
    request: (n) => ({ target: `/pages/1?${n}`, fields: offering(named(String(n)), "dcb, dcz") }),
  },
  known("a known dictionary, dcb, a new query each", "dcb", (n) => `/assets/app.v2.js?${n}`),
  known("a known dictionary, dcz, a new query each", "dcz", (n) => `/assets/app.v2.js?${n}`),
  known("a known dictionary, dcb, another version each", "dcb", (n) => `/assets/app.${n}.js`),
  known("a known dictionary, one file", "dcb", () => "/assets/app.v2.js"),
  known("a known dictionary, other codings each", "dcb", () => "/assets/app.v2.js"),
  {
    feature,
    name: "a group flooded with versions",
    request: (n) => ({ target: `/assets/app.${n}.js`, fields: BROWSER }),
  },
  {
    feature,
    name: "a group flooded, each asked for twice",
    request: (n) => ({ target: `/assets/app.${n >> 1}.js`, fields: BROWSER }),
  },
  {
    feature,
    name: "groups without end in automatic mode",
    request: (n) => ({ target: `/pages/g${n}x/a.${n}.html`, fields: BROWSER }),
  },
  {
    feature,
    name: "an Available-Dictionary of 8 KB",
    request: (n) => ({
      target: "/assets/other.js",
      fields: offering(`:${"A".repeat(8000)}${n}:`, "dcb, dcz"),
    }),
  },
];
