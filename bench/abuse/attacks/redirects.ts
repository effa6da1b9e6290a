import { BROWSER, type Attack } from "../attack.ts";

const feature = "canonicalRedirect";
const CRAWLER = { "user-agent": "LocalBot/1.0", accept: "text/html", "accept-encoding": "gzip" };

export const redirectAttacks: readonly Attack[] = [
  {
    feature,
    name: "a canonical chain without end, as a verified crawler",
    request: (n) => ({ target: `/chain/${n * 7}`, fields: CRAWLER }),
  },
  {
    feature,
    name: "a new query each, as a verified crawler",
    request: (n) => ({ target: `/pages/1?${n}`, fields: CRAWLER }),
  },
  {
    feature,
    name: "a new query each, as a crawler that only claims",
    request: (n) => ({
      target: `/pages/1?${n}`,
      fields: { ...CRAWLER, "user-agent": "GPTBot/1.0" },
    }),
  },
  {
    feature,
    name: "HEAD with a new query each, as a verified crawler",
    request: (n) => ({ method: "HEAD", target: `/pages/1?${n}`, fields: CRAWLER }),
    plain: (n) => ({ method: "HEAD", target: `/pages/1?${n}` }),
  },
  ...["head", "canonicals", "comments", "attributes"].map((name): Attack => ({
    feature,
    name: `1 MB of hostile HTML, as a verified crawler: ${name}`,
    request: (n) => ({ target: `/hostile/${name}?${n}`, fields: CRAWLER }),
  })),
  {
    feature: "markdown.directive",
    name: "hostile HTML for a browser that takes no coding",
    request: (n) => ({
      target: `/hostile/comments?${n}`,
      fields: { ...BROWSER, "accept-encoding": "identity" },
    }),
  },
];
