import type { Attack } from "../attack.ts";

const feature = "access";
const HTML = { accept: "text/html", "accept-encoding": "identity" };
const filled = (piece: string, bytes: number): string =>
  piece.repeat(Math.floor(bytes / piece.length));
const PIECES = ["{", "%2f", ";", "../", "..;/", "%252f", "%c0%ae", "\\", "/x", "a;b=c/", "%7B*"];
/** Pieces in which several ways to read a path meet, and the names in the rules. */
const MIXED = ["/../x;", "%2f{;../", "%5c..;%c0%ae/", "/part1/part3/", "%ef%bd%84;"];
const missing = () => ({ target: "/nowhere" });

export const pathAttacks: readonly Attack[] = [
  ...[...PIECES, ...MIXED].map((piece): Attack => ({
    feature,
    name: `a path of 8 KB of ${piece}`,
    request: (n) => ({ target: `/data/${filled(piece, 8175)}${n}`, fields: HTML }),
    plain: missing,
  })),
  ...[...PIECES.slice(0, 5), "%2f{;../"].map((piece): Attack => ({
    feature,
    name: `a path of 15 KB of ${piece} (414)`,
    request: (n) => ({ target: `/data/${filled(piece, 15_000)}${n}`, fields: HTML }),
    plain: missing,
  })),
  {
    feature,
    name: "4,000 query parameters",
    request: (n) => ({ target: `/plain/1?${filled("a=1&", 14_000)}${n}`, fields: HTML }),
    plain: () => ({ target: "/plain/1" }),
  },
  {
    feature,
    name: "a page that is refused, in HTML",
    request: (n) => ({ target: `/account/${n}`, fields: HTML }),
    plain: () => ({ target: "/size/1500" }),
  },
  {
    feature,
    name: "a page that is refused, in markdown",
    request: (n) => ({ target: `/account/${n}`, fields: { accept: "text/markdown" } }),
    plain: () => ({ target: "/size/500" }),
  },
  {
    feature,
    name: "a page that is refused, Accept of 8 KB",
    request: (n) => ({
      target: `/account/${n}`,
      fields: { accept: `${"text/x;q=0.1, ".repeat(570)}text/html` },
    }),
    plain: () => ({ target: "/size/1500" }),
  },
  {
    feature: "proxy",
    name: "300 request fields",
    request: (n) => ({
      target: "/plain/1",
      fields: Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`x-field-${i}`, `${n}`])),
    }),
    plain: () => ({ target: "/plain/1" }),
  },
  {
    feature: "proxy",
    name: "X-Forwarded-For and Forwarded of 4 KB",
    request: (n) => ({
      target: "/plain/1",
      fields: {
        "x-forwarded-for": `${"192.0.2.1, ".repeat(370)}192.0.2.${n % 200}`,
        forwarded: `${"for=192.0.2.1, ".repeat(270)}for=_x${n}`,
      },
    }),
    plain: () => ({ target: "/plain/1" }),
  },
];
