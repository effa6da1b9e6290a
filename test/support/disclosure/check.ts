import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { answerOf, PATHS, someSite, WORD, type ModelPage } from "./model.ts";
import { contentOf, modelProxy, type Step } from "./proxy.ts";
import { isOpen, mayStranger, someRules, type ModelRules } from "./rules.ts";

/** Every address that anybody may think of: the site's, our forms of them, our documents. */
const ADDRESSES = [
  ...PATHS,
  ...PATHS.filter((path) => path.endsWith("/")).map((path) => `${path}index.md`),
  "/pub/a/index.md",
  "/pub/a.md",
  "/docs/one.md",
  "/docs/one/",
  "/docs/two",
  "/a.html/index.md",
  "/a.html?x=1",
  "/pub/?x=1",
  ...["", "/pub", "/data", "/docs"].flatMap((path) => [
    `${path}/llms.txt`,
    `${path}/llms-full.txt`,
  ]),
  "/sitemap.xml",
  "/robots.txt",
];

const ACCEPTS = ["text/html", "text/markdown", "*/*"];
const CODINGS = ["", "br", "gzip, zstd", "dcb, dcz, br", "dcz"];

const someStep: fc.Arbitrary<Step> = fc.record({
  by: fc.constantFrom("stranger", "stranger", "cookie", "key", "local", "listed", "bot"),
  target: fc.constantFrom(...ADDRESSES),
  accept: fc.constantFrom(...ACCEPTS),
  codings: fc.constantFrom(...CODINGS),
});

/** What an anonymous stranger gets from anywhere is what the origin gives one where the rules allow it. */
export const disclosesNothing = fc.asyncProperty(
  someSite,
  someRules,
  fc.array(someStep, { minLength: 3, maxLength: 14 }),
  fc.infiniteStream(fc.nat({ max: 99 })),
  async (pages, rules, steps, choice) => {
    const site = hasCache(rules) ? pages.map(markedPrivate) : pages;
    const proxy = modelProxy(site, rules);
    const stranger = new Stranger(site, rules, proxy.send);
    for (const step of steps) {
      if (step.by === "stranger") await stranger.look(step);
      else await (await proxy.send(step)).arrayBuffer();
    }
    // What pages name is known once they were seen, and used by what comes after.
    for (const target of PATHS) {
      await stranger.look({ by: "stranger", target, accept: "text/html", codings: "" });
      await stranger.look({ by: "stranger", target, accept: "text/markdown", codings: "" });
    }
    for (const target of ADDRESSES) {
      const n = choice.next().value ?? 0;
      const accept = ACCEPTS[n % ACCEPTS.length] ?? "*/*";
      const codings = CODINGS[n % CODINGS.length] ?? "";
      await stranger.look({ by: "stranger", target, accept, codings });
    }
  },
);

/** Whether a cache may store a page: by the defaults, or by a rule of its own. */
function hasCache({ cache, rules }: ModelRules): boolean {
  return cache || rules.some((rule) => rule.cache === true);
}

/** With a cache, an origin says which of its pages are not for all: its word counts (RFC 9111 §3). */
function markedPrivate(page: ModelPage): ModelPage {
  return page.readers.includes("stranger") ? page : { ...page, cacheControl: "private" };
}

/** Reads all that it can get, and knows what it should. */
class Stranger {
  readonly #allowed: ReadonlySet<string>;
  readonly #open: ReadonlySet<string>;
  readonly #send: (step: Step) => Promise<Response>;
  readonly #dictionaries = new Map<string, Buffer>();
  #last: string | undefined;

  constructor(
    site: readonly ModelPage[],
    rules: ModelRules,
    send: (step: Step) => Promise<Response>,
  ) {
    const wordsAt = (may: (path: string) => boolean): ReadonlySet<string> =>
      new Set(
        site.flatMap(({ path }) => (may(path) ? wordsOf(answerOf(site, path, "stranger", 0)) : [])),
      );
    this.#allowed = wordsAt((path) => mayStranger(rules, path));
    this.#open = wordsAt((path) => isOpen(rules, path));
    this.#send = send;
  }

  async look(step: Step): Promise<void> {
    const dictionary = step.codings.includes("dc") ? this.#last : undefined;
    const response = await this.#send({ ...step, dictionary });
    const isList = /llms(?:-full)?\.txt$/.test(step.target);
    const known = isList ? this.#open : this.#allowed;
    const fields = [...response.headers].flat().join("\n");
    const isMade = response.status === 200 && response.headers.has("use-as-dictionary");
    const content = await contentOf(response, this.#dictionaries, dictionary);
    const told = [...`${fields}\n${content.toString("latin1")}`.matchAll(WORD)].map(
      ([each]) => each,
    );
    const secret = told.find((each) => !known.has(each));
    if (secret !== undefined) {
      throw new Error(`${JSON.stringify(step)} tells ${secret}, status ${response.status}`);
    }
    if (isMade) {
      const hash = `:${createHash("sha256").update(content).digest("base64")}:`;
      this.#dictionaries.set(hash, content);
      this.#last = hash;
    }
  }
}

function wordsOf({ fields, content }: ReturnType<typeof answerOf>): string[] {
  return [...`${fields.flat().join("\n")}\n${content}`.matchAll(WORD)].map(([each]) => each);
}
