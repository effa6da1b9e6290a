import { BROWSER, type Attack } from "../attack.ts";

const feature = "compression";
const CODINGS = ["br", "zstd", "gzip"] as const;

export const compressionAttacks: readonly Attack[] = [
  {
    feature,
    name: "a new query each, echoed by the page",
    request: (n) => ({ target: `/pages/1?${n}`, fields: BROWSER }),
  },
  {
    feature,
    name: "a new query each, asked for twice",
    request: (n) => ({ target: `/pages/1?${n >> 1}`, fields: BROWSER }),
  },
  {
    feature,
    name: "a new query each, asked for four times",
    request: (n) => ({ target: `/pages/1?${n >> 2}`, fields: BROWSER }),
  },
  ...CODINGS.map((coding): Attack => ({
    feature,
    name: `1 MB of HTML in ${coding}, a new query each`,
    request: (n) => ({
      target: `/large/1?${n}`,
      fields: { ...BROWSER, "accept-encoding": coding },
    }),
  })),
  {
    feature,
    name: "1 MB of JSON, a new query each",
    request: (n) => ({ target: `/api/1?${n}`, fields: BROWSER }),
  },
  {
    feature,
    name: "1 MB of JSON, asked for twice",
    request: (n) => ({ target: `/api/1?${n >> 1}`, fields: BROWSER }),
  },
  {
    feature,
    name: "a page in gzip for a client that takes none",
    request: (n) => ({
      target: `/pages/gzipped?${n}`,
      fields: { ...BROWSER, "accept-encoding": "identity" },
    }),
  },
  {
    feature,
    name: "an Accept-Encoding of 8 KB",
    request: (n) => ({
      target: "/plain/1",
      fields: { ...BROWSER, "accept-encoding": `${"x;q=0.1, ".repeat(900)}br;q=0.${n % 10}` },
    }),
  },
  {
    feature,
    name: "another spelling of Accept-Encoding each",
    request: (n) => ({
      target: "/fixed/1",
      fields: { ...BROWSER, "accept-encoding": `br, x${n}` },
    }),
  },
  {
    feature,
    name: "cookies of 8 KB",
    request: (n) => ({
      target: "/pages/1",
      fields: { ...BROWSER, cookie: `${"a=1; ".repeat(1600)}b=${n}` },
    }),
  },
];
