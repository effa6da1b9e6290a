import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { answerOf, PATHS, SCRIPTS, scriptAt, someSite, WORD, type ModelPage } from "./model.ts";
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

/** Visitors of the versions of a script, most of whom have cookies. */
const someVisit: fc.Arbitrary<Step> = fc.record({
  by: fc.constantFrom("cookie", "cookie", "guest", "stranger"),
  target: fc.constantFrom(...SCRIPTS),
  accept: fc.constant("*/*"),
  codings: fc.constantFrom("dcb, dcz, br", "br"),
  device: fc.nat({ max: 3 }),
});

/** What an anonymous stranger gets from anywhere is what the origin gives one where the rules allow it. */
export const disclosesNothing = fc.asyncProperty(
  someSite,
  someRules,
  fc.array(fc.oneof(someStep, someVisit), { minLength: 3, maxLength: 14 }),
  fc.infiniteStream(fc.nat({ max: 99 })),
  async (pages, rules, steps, choice) => {
    const site = hasCache(rules) ? pages.map(markedPrivate) : pages;
    const proxy = modelProxy(site, rules);
    const stranger = new Stranger(site, rules, proxy.send);
    const guest = new Stranger(site, rules, proxy.send);
    const ann = new Visitor(proxy.send);
    for (const step of steps) {
      if (step.by === "stranger") await stranger.look(step);
      else if (step.by === "guest") await guest.look(step);
      else if (step.by === "cookie") await ann.look(step);
      else await (await proxy.send(step)).arrayBuffer();
    }
    // What pages name is known once they were seen, and used by what comes after.
    for (const target of PATHS) {
      await stranger.look({ by: "stranger", target, accept: "text/html", codings: "" });
      await stranger.look({ by: "stranger", target, accept: "text/markdown", codings: "" });
    }
    for (const target of [...ADDRESSES, ...SCRIPTS]) {
      const n = choice.next().value ?? 0;
      const accept = ACCEPTS[n % ACCEPTS.length] ?? "*/*";
      const codings = CODINGS[n % CODINGS.length] ?? "";
      await stranger.look({ by: "stranger", target, accept, codings });
    }
  },
);

/** No rule but dictionaries. */
const openRules = (dictionary: "named" | "found"): ModelRules => ({
  rules: [],
  access: "none",
  originMarkdown: "never",
  dictionary,
  cache: false,
  pathMd: false,
});

/** The versions of a script that may be somebody's own, before clients of which most have cookies. */
export const mixesNothing = fc.asyncProperty(
  fc.tuple(...SCRIPTS.map(scriptAt)),
  fc.constantFrom("named", "found"),
  fc.array(someVisit, { minLength: 12, maxLength: 24 }),
  async (site, dictionary, visits) => {
    const rules = openRules(dictionary);
    const proxy = modelProxy(site, rules);
    const ann = new Visitor(proxy.send);
    const strangers = {
      guest: new Stranger(site, rules, proxy.send),
      stranger: new Stranger(site, rules, proxy.send),
    };
    // Clients fetch each deploy when they have the one before.
    for (const step of visits.toSorted((a, b) => a.target.localeCompare(b.target))) {
      if (step.by === "cookie") await ann.look(step);
      else if (step.by === "guest" || step.by === "stranger") await strangers[step.by].look(step);
    }
  },
);

/** Whether a cache may store a page: by the defaults, or by a rule of its own. */
function hasCache({ cache, rules }: ModelRules): boolean {
  return cache || rules.some((rule) => rule.cache === true);
}

/** With a cache, an origin says which of its pages are not for all: its word counts (RFC 9111 §3). */
function markedPrivate(page: ModelPage): ModelPage {
  const own = page.type === "text/javascript" ? { ownControl: "private" } : {};
  const all = page.readers.includes("stranger") ? {} : { cacheControl: "private" };
  return { ...page, ...own, ...all };
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

/**
 * Somebody with a session. Content of its own and content that is a dictionary for others never
 * meet: a delta is of content that strangers get, against content that strangers get.
 */
class Visitor {
  readonly #send: (step: Step) => Promise<Response>;
  readonly #dictionaries = new Map<string, Buffer>();
  #last: string | undefined;

  constructor(send: (step: Step) => Promise<Response>) {
    this.#send = send;
  }

  async look(step: Step): Promise<void> {
    const dictionary = step.codings.includes("dc") ? this.#last : undefined;
    const response = await this.#send({ ...step, dictionary });
    const coding = response.headers.get("content-encoding") ?? "";
    const isOffered = response.headers.has("use-as-dictionary");
    const content = await contentOf(response, this.#dictionaries, dictionary);
    if (coding.startsWith("dc")) {
      const both = `${content.toString()} ${this.#dictionaries.get(dictionary ?? "")?.toString()}`;
      const own = [...both.matchAll(WORD)].find(([each]) => !each.includes("stranger"));
      if (own !== undefined) throw new Error(`${JSON.stringify(step)}: a delta of ${own[0]}`);
    }
    if (!isOffered || response.status !== 200) return;
    const hash = `:${createHash("sha256").update(content).digest("base64")}:`;
    this.#dictionaries.set(hash, content);
    this.#last = hash;
  }
}

function wordsOf({ fields, content }: ReturnType<typeof answerOf>): string[] {
  return [...`${fields.flat().join("\n")}\n${content}`.matchAll(WORD)].map(([each]) => each);
}
