import type { Answer, Asked, Attack } from "../attack.ts";

const feature = "cache";
const PLAIN = { "accept-encoding": "identity" };
type Send = (asked: Asked) => Promise<Answer>;

async function stored(send: Send, target: string): Promise<Answer> {
  for (let i = 0; i < 4; i++) {
    await send({ target, fields: PLAIN });
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return send({ target, fields: PLAIN });
}

const onStored = (name: string, fields: (n: number) => Record<string, string>): Attack => ({
  feature,
  name,
  before: async (send) => void (await stored(send, "/fixed/1")),
  request: (n) => ({ target: "/fixed/1", fields: { ...PLAIN, ...fields(n) } }),
});

export const cacheAttacks: readonly Attack[] = [
  {
    feature,
    name: "a new query each, stored at once",
    rules: { defaults: { cache: { after: 1 } } },
    request: (n) => ({ target: `/pages/1?${n}`, fields: PLAIN }),
  },
  {
    feature,
    name: "a new query each, asked for twice",
    rules: { defaults: { cache: true } },
    request: (n) => ({ target: `/pages/1?${n >> 1}`, fields: PLAIN }),
  },
  {
    feature,
    name: "1 MB, a new query each, stored at once",
    rules: { defaults: { cache: { after: 1 } } },
    request: (n) => ({ target: `/large/1?${n}`, fields: PLAIN }),
  },
  onStored("ranges of what is stored", (n) => ({ range: `bytes=${n % 100}-${n + 200}` })),
  onStored("many ranges", () => ({
    range: `bytes=${Array.from({ length: 500 }, (_, i) => `${i}-${i}`).join(",")}`,
  })),
  onStored("If-Range with other validators", (n) => ({
    range: "bytes=0-10",
    "if-range": `"x${n}"`,
  })),
  onStored("If-None-Match of 8 KB", (n) => ({
    "if-none-match": `${'"x", '.repeat(1600)}"${n}"`,
  })),
  onStored("If-Match that fails", (n) => ({ "if-match": `"x${n}"` })),
  onStored("Cache-Control: no-cache", () => ({ "cache-control": "no-cache" })),
  onStored("Cache-Control of 8 KB", (n) => ({
    "cache-control": `${"x=1, ".repeat(1600)}max-age=${n}`,
  })),
  {
    feature,
    name: "HEAD of what is stored",
    before: async (send) => void (await stored(send, "/fixed/1")),
    request: () => ({ method: "HEAD", target: "/fixed/1", fields: PLAIN }),
    plain: () => ({ method: "HEAD", target: "/fixed/1" }),
  },
  {
    feature,
    name: "invalidated by POST, asked for again",
    before: async (send) => void (await stored(send, "/fixed/1")),
    request: (n) => ({ target: "/fixed/1", method: n % 2 === 0 ? "POST" : "GET", fields: PLAIN }),
    plain: () => ({ target: "/fixed/1" }),
  },
  {
    feature: "own endpoints",
    name: "a purge without a token",
    request: (n) => ({
      method: "POST",
      target: "/.wayleave/purge",
      fields: { authorization: `Bearer ${n}`, "content-type": "application/json" },
      content: '{"all":true}',
    }),
    plain: () => ({ target: "/size/100" }),
  },
  {
    feature: "own endpoints",
    name: "health",
    request: () => ({ target: "/.wayleave/health" }),
    plain: () => ({ target: "/size/100" }),
  },
];
