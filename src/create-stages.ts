import type { Agent } from "./agent/agent.ts";
import { networkOf } from "./agent/network.ts";
import { pagesBehind, toMarkdownUrl } from "./http/markdown-url.ts";
import { FEATURE_NAMES, type FeatureName } from "./features.ts";
import type { Stage } from "./pipeline/stage.ts";
import { access } from "./features/access/stage.ts";
import { cache } from "./features/cache/stage.ts";
import { canonicalRedirect } from "./features/canonical-redirect/stage.ts";
import type { Spending } from "./features/documents/spending.ts";
import { documents } from "./features/documents/stage.ts";
import { contentCoding } from "./features/compression/stage.ts";
import type { MarkdownPolicy } from "./features/markdown/policy.ts";
import { markdown } from "./features/markdown/stage.ts";
import type { Store } from "./store/store.ts";
import type { Scheduler } from "./timing/scheduler.ts";
import { type KeptGenerations } from "./store/generations.ts";
import { isTold } from "./store/failures/told.ts";
import { describeError } from "./telemetry/describe-error.ts";
import type { OwnRequests } from "./pipeline/own-requests.ts";
import type { CompiledRules } from "./rules/compile.ts";
import type { Platform, Settings } from "./platform.ts";

/** What the stages of all features are made from. */
export interface StageParts {
  readonly settings: Settings;
  readonly platform: Platform;
  readonly policies: CompiledRules;
  /** The part of the store that belongs to the origin server. */
  readonly store: Store;
  readonly generations: KeptGenerations;
  readonly spending: Spending;
  readonly scheduler: Scheduler;
  readonly isListedHost: (host: string) => boolean | undefined;
  /** Whether access is refused to nobody at a target in origin-form. */
  readonly isOpen: (host: string, target: string) => boolean;
  /** Whether the origin server gets the public host name. */
  readonly isHostSent: boolean;
  /** Requests of our own for pages of the site; undefined if the runtime has none. */
  readonly own: OwnRequests | undefined;
}

/** The stages of all features, in the order of `features.ts`. */
export function createStages(parts: StageParts): readonly Stage[] {
  const { settings, platform, policies, store, generations } = parts;
  const { own, spending, scheduler, isListedHost, isHostSent, isOpen } = parts;
  const { rules, originServer } = settings;
  // client ─▶ identify ─▶ policy per feature ─▶ request phases ─▶ origin ─▶ response phases ─▶ client
  const made: Readonly<Record<FeatureName, Stage<never>>> = {
    access: access(),
    documents: documents({
      store,
      generations,
      now: platform.now,
      log: platform.log,
      own,
      isHostSent,
      publicOrigin: rules.publicOrigin,
      originServer,
      backgroundLimit: platform.backgroundLimit ?? Infinity,
      servesMarkdown: (page) => servesMarkdown(policies, page, isOpen),
      isOpen,
      isListedHost,
      spending,
      scheduler,
      rulesKey: JSON.stringify(rules),
    }),
    canonicalRedirect: canonicalRedirect({
      originServer,
      index: store.index,
      generations,
      now: platform.now,
      policyAt: (page, agent) =>
        policies.forRequest({
          method: "GET",
          host: page.host,
          path: page.pathname,
          agent,
        })("canonicalRedirect"),
    }),
    markdown: markdown({ ...platform, store, generations, originServer }),
    compression: contentCoding({
      store,
      generations,
      codecs: platform.codecs,
      plain: platform.plain ?? [],
      builtIn: platform.builtIn,
      inlineBytes: platform.inlineBytes,
      heldBytes: platform.heldBytes,
      networkOf,
      scheduler,
      isOpen,
      now: platform.now,
      onFault: (error) => {
        if (!isTold(error)) platform.log.warn("store-faulty", { error: describeError(error) });
      },
      warn: (event, facts) => platform.log.warn(event, facts),
    }),
    cache,
  };
  return FEATURE_NAMES.map((name) => made[name]);
}

/** Whether everyone gets a page of the site as markdown at its address. */
function servesMarkdown(policies: CompiledRules, page: URL, isOpen: StageParts["isOpen"]): boolean {
  const path = new URL(toMarkdownUrl(page)).pathname;
  const agent: Agent = { kind: "anonymous" };
  const { host } = page;
  const request = { method: "GET", host, path, agent, behind: pagesBehind(path) };
  const { mode, policy } = policies.forRequest(request)("markdown");
  return mode === "enforce" && (policy as MarkdownPolicy).indexMd && isOpen(host, path);
}
