import { BROWSER, type Attack } from "../attack.ts";
import { hostilePages } from "../hostile-pages.ts";

const feature = "markdown";
const AGENT = { "user-agent": "an agent", accept: "text/markdown", "accept-encoding": "br" };

export const markdownAttacks: readonly Attack[] = [
  {
    feature,
    name: "index.md of invented paths",
    request: (n) => ({ target: `/nowhere/${n}/index.md`, fields: BROWSER }),
    plain: (n) => ({ target: `/nowhere/${n}/` }),
  },
  {
    feature,
    name: "index.md where every path is a page",
    request: (n) => ({ target: `/pages/${n}/index.md`, fields: BROWSER }),
    plain: (n) => ({ target: `/pages/${n}/` }),
  },
  {
    feature,
    name: "markdown with a new query each",
    request: (n) => ({ target: `/pages/1?${n}`, fields: AGENT }),
  },
  {
    feature,
    name: "markdown with a new query each, asked for twice",
    request: (n) => ({ target: `/pages/1?${n >> 1}`, fields: AGENT }),
  },
  {
    feature,
    name: "markdown of 1 MB, a new query each",
    request: (n) => ({ target: `/large/1?${n}`, fields: AGENT }),
  },
  {
    feature,
    name: "markdown of a page in gzip",
    request: (n) => ({ target: `/pages/gzipped?${n}`, fields: AGENT }),
  },
  {
    feature,
    name: "HEAD of markdown",
    request: (n) => ({ method: "HEAD", target: `/pages/1?${n}`, fields: AGENT }),
    plain: (n) => ({ method: "HEAD", target: `/pages/1?${n}` }),
  },
  {
    feature,
    name: "an Accept of 8 KB",
    request: (n) => ({
      target: "/plain/1",
      fields: { ...BROWSER, accept: `${"text/x;q=0.1, ".repeat(570)}text/html;q=0.${n % 10}` },
    }),
  },
  ...Object.keys(hostilePages()).map((name): Attack => ({
    feature,
    name: `markdown of 1 MB of hostile HTML: ${name}`,
    request: (n) => ({ target: `/hostile/${name}?${n}`, fields: AGENT }),
  })),
];
