/** One request of an attacker, or of an earlier visitor. */
export interface Asked {
  readonly target: string;
  /** @default "GET" */
  readonly method?: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly content?: string;
}

/** The repeated requests of an attacker. */
export interface Attack {
  /** The feature that the attack concerns. */
  readonly feature: string;
  readonly name: string;
  /** Keys of the rules file, in addition to `RULES`. */
  readonly rules?: Readonly<Record<string, unknown>>;
  /** Earlier requests of visitors and the site's owner, which are not measured. */
  before?(send: (asked: Asked) => Promise<Answer>): Promise<void>;
  /** The attacker's nth request. */
  request(n: number): Asked | Promise<Asked>;
  /** The request of the passthrough, for the same bytes.
   *
   * @default GET of the attacker's own target without its fields
   */
  plain?(n: number): Asked;
  /** For Node only: keys or names that a stand-alone Worker can't have. */
  readonly onNodeOnly?: boolean;
}

/** The response. */
export interface Answer {
  readonly status: number;
  readonly fields: Readonly<Record<string, string | string[] | undefined>>;
  readonly content: Buffer;
}

/** A browser's fields. */
export const BROWSER = {
  "user-agent":
    "Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
  accept: "text/html,application/xhtml+xml,*/*;q=0.8",
  "accept-encoding": "gzip, deflate, br, zstd",
} as const;

/** Rules that switch on all features. */
export const RULES = {
  publicOrigin: "https://site.example",
  agents: {
    directories: ["https://signer.example"],
    openDiscovery: true,
    bots: [
      {
        name: "LocalBot",
        tokens: ["LocalBot"],
        operator: "Local",
        category: "AI Crawler",
        behaviours: ["Training"],
        ipRanges: ["127.0.0.0/8"],
      },
      {
        name: "NamedBot",
        tokens: ["NamedBot"],
        operator: "Named",
        category: "AI Crawler",
        behaviours: ["Training"],
        reverseDns: ["bot.example"],
      },
    ],
  },
  defaults: {
    documents: { minWords: 0 },
    canonicalRedirect: true,
    markdown: { directive: true },
    compression: { dictionary: true },
    cache: true,
  },
  rules: [
    {
      name: "bundles",
      match: { path: "/assets/*" },
      compression: { dictionary: { match: "/assets/app.*.js" } },
    },
    {
      name: "members",
      match: { path: ["/account", "/account/*", "/data/private/*"] },
      access: { action: "challenge" },
    },
    ...Array.from({ length: 20 }, (_, i) => ({
      name: `section ${i}`,
      match: { path: [`/section${i}/*`, `/*/part${i}/:name`] },
      access: { action: "challenge" },
    })),
  ],
} as const;
