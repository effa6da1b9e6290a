/** Rules of a proxy with all that costs something. */
export const EVERYTHING = {
  telemetry: { history: "1d" },
  defaults: {
    cache: true,
    markdown: true,
    compression: true,
    canonicalRedirect: true,
    documents: true,
  },
  rules: [
    {
      name: "bundles",
      match: { path: "/assets/*" },
      compression: { dictionary: { match: "/assets/app.*.js" } },
    },
    {
      name: "slow down",
      match: { path: "/limited/*" },
      access: { action: "limit", requests: 60, per: "1m" },
    },
    {
      name: "no training",
      match: { agent: { behaviour: "Training" } },
      access: { action: "block" },
    },
  ],
};
