import { asFeatureStage } from "../../../src/feature/stages.ts";
import { canonicalRedirectFeature } from "../../../src/features/canonical-redirect/feature.ts";
import * as v from "valibot";
import type { Agent } from "../../../src/agent/agent.ts";
import { INVENTED } from "../../../src/http/known-paths.ts";
import { FieldList, type Fields } from "../../../src/http/fields.ts";
import { MadeBody } from "../../../src/pipeline/body.ts";
import type {
  Answer,
  Exchange,
  OriginClient,
  OriginRequest,
} from "../../../src/pipeline/exchange.ts";
import type { OwnRequests } from "../../../src/pipeline/own-requests.ts";
import { createPipeline } from "../../../src/pipeline/run.ts";
import type { DecisionRecord } from "../../../src/pipeline/stage.ts";
import {
  canonicalRedirectOptions,
  type CanonicalRedirectPolicy,
} from "../../../src/features/canonical-redirect/policy.ts";
import { CanonicalRedirectStage } from "../../../src/features/canonical-redirect/stage.ts";
import { memoryStore } from "../../../src/store/memory.ts";
import type { Generations } from "../../../src/store/store.ts";
import { PUBLIC } from "./cases.ts";

export const TRAINER: Agent = {
  kind: "verified",
  evidence: "ip-range",
  bot: {
    name: "DemoTrainer",
    tokens: ["DemoTrainer"],
    operator: "Demo",
    category: "AI Crawler",
    behaviours: ["Training"],
    ipRanges: [],
    reverseDns: [],
    signatureAgents: [],
    robotsOnly: false,
  },
};

export const NO_PURGES: Generations = { of: () => "0", purge: async () => {} };

/** An answer of the origin server. */
export interface Page {
  readonly status?: number;
  readonly fields?: Readonly<Record<string, string>>;
  readonly content?: string;
}

export interface Asked {
  readonly method?: string;
  readonly agent?: Agent;
  readonly fields?: Readonly<Record<string, string>>;
}

/** The stage alone in a pipeline, in front of pages held by path. */
export class Bench {
  readonly pages = new Map<string, Page>([
    ["/new", page()],
    ["/newer", page()],
  ]);
  readonly asked: OriginRequest[] = [];
  /** The targets of the proxy's own requests. */
  readonly probed: string[] = [];
  readonly log: [event: string, facts: object][] = [];
  /** Awaited before each of those is answered. */
  probing: Promise<unknown> | undefined;
  readonly decisions: DecisionRecord[] = [];
  clock = 1_800_000_000;
  /** The answer for pages that are not there. @default 404 */
  missing: Page | undefined;
  policy: CanonicalRedirectPolicy;
  readonly stage: CanonicalRedirectStage;
  readonly #pipeline;
  readonly #background: Promise<unknown>[] = [];

  constructor(
    options: v.InferInput<typeof canonicalRedirectOptions> = {},
    store = memoryStore(),
    generations: Generations = NO_PURGES,
    rereadAfter?: number,
  ) {
    this.policy = v.parse(canonicalRedirectOptions, options);
    const effective = () => ({ mode: this.policy.mode, policy: this.policy, rule: "test" });
    const stage = (this.stage = new CanonicalRedirectStage({
      index: store.index,
      ledger: store.ledger,
      log: {
        info: (event, facts) => void this.log.push([event, facts]),
        warn: (event, facts) => void this.log.push([event, facts]),
      },
      generations,
      now: () => this.clock,
      rereadAfter,
      originServer: "http://origin.internal:8080",
      policyAt: effective,
      own: ownRequests(async (target) => {
        this.probed.push(target);
        await this.probing;
        return this.#answer(target, "GET", undefined);
      }),
    }));
    this.#pipeline = createPipeline({
      stages: [asFeatureStage(canonicalRedirectFeature, stage)],
      identify: (exchange) => exchange.agent,
      policiesFor: () => effective,
      decodable: new Set(),
      onFailure: (_stage, _phase, error) => {
        throw error;
      },
      onDecided: (_exchange, _status, decisions) => void this.decisions.push(...decisions),
    });
  }

  /** Sends a request; gives status, Location, fields, and whether the origin server was asked. */
  async ask(target: string, { method = "GET", agent = TRAINER, fields = {} }: Asked = {}) {
    const before = this.asked.length;
    const exchange: Exchange = {
      method,
      target,
      host: new URL(PUBLIC).host,
      url: new URL(PUBLIC + target),
      agent,
      originTarget: target,
      values: new Map(),
      field: (name) => fields[name],
      forwardable: (): Fields => FieldList.from(Object.entries(fields).flat()),
      background: (work) => void this.#background.push(work),
    };
    const answer = await this.#pipeline(exchange, this.#origin);
    if (this.probing === undefined) await this.settle();
    return {
      status: answer.status,
      to: answer.fields.get("location")?.replace(PUBLIC, ""),
      fields: answer.fields,
      hasContent: answer.body !== null,
      asked: this.asked.length > before,
      decision: this.decisions.at(-1),
    };
  }

  /** Waits for the work after the responses. */
  async settle(): Promise<void> {
    while (this.#background.length > 0) await Promise.all(this.#background.splice(0));
  }

  /** Follows redirects as a crawler does; the addresses it met, the last one a page. */
  async crawl(target: string, referer = false): Promise<string[]> {
    const met = [target];
    for (let hop = 0; hop < 100; hop++) {
      const at = met.at(-1);
      const fields = referer && met.length > 1 ? { referer: PUBLIC + met.at(-2) } : {};
      const { status, to } = await this.ask(at, { fields });
      if (status < 300 || status >= 400 || to === undefined) return met;
      met.push(to);
    }
    throw new Error(`no end: ${met.join(" ")}`);
  }

  readonly #origin: OriginClient = async (request) => {
    this.asked.push(request);
    const { target, method, fields } = request;
    return this.#answer(target, method, fields.get("if-none-match"));
  };

  #answer(target: string, method: string, known: string | undefined): Answer {
    const page = this.pages.get(target) ?? this.missing;
    const fields = FieldList.from(Object.entries(page?.fields ?? {}).flat());
    const status = page === undefined ? 404 : (page.status ?? 200);
    const etag = fields.get("etag");
    if (etag !== undefined && known === etag) return { status: 304, fields, body: null };
    if (fields.get("content-type") === undefined) fields.set("content-type", "text/html");
    const body =
      method === "HEAD"
        ? null
        : new MadeBody(new TextEncoder().encode(page?.content ?? "not here"));
    return { status, fields, body };
  }
}

/** Own requests that this function answers. */
export function ownRequests(get: (target: string) => Promise<Answer>): OwnRequests {
  const none = (): Promise<never> => Promise.reject(new Error("no such request"));
  return { get: (target) => get(target), getFrom: none, render: none };
}

/** An origin server that has every page but those that the proxy invents. */
export const EVERYTHING: OwnRequests = ownRequests(async (target) => ({
  status: target.includes(INVENTED) ? 404 : 200,
  fields: FieldList.from(["content-type", "text/html"]),
  body: new MadeBody(new TextEncoder().encode(`<title>${target}</title><p>The page.`)),
}));

/** A page whose head names a canonical, or none. */
export function page(canonical?: string, fields: Readonly<Record<string, string>> = {}): Page {
  const link = canonical === undefined ? "" : `<link rel="canonical" href="${canonical}">`;
  return { fields, content: `<!doctype html><html><head>${link}</head><body>text</body></html>` };
}
