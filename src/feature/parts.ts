import type { DeltaCodec } from "../codecs/delta.ts";
import type { PlainCodec } from "../codecs/plain/codec.ts";
import type { DiscoveryDocuments } from "../http/discovery/document.ts";
import type { Exchange } from "../pipeline/exchange.ts";
import type { OwnRequests } from "../pipeline/own-requests.ts";
import type { EffectivePolicy, FeatureName, UnconditionalSetting } from "../pipeline/policy.ts";
import type { AccountStore } from "../store/accounts.ts";
import type { Generations, Store } from "../store/store.ts";
import type { RateStore } from "../store/rates.ts";
import type { Awaitable } from "../timing/and-then.ts";
import type { Scheduler } from "../timing/scheduler.ts";

/** The options of a conversion. */
export interface MarkdownOptions {
  /** Public URL of the page: base of its relative links (with `<base>`), canonical of the frontmatter. */
  readonly url: string;
  /** @default true */
  readonly frontmatter?: boolean;
  /** A line directly after the frontmatter, e.g. a pointer to /llms.txt. */
  readonly preface?: string;
  /** Simple selectors (tag, .class, #id, [attr], combined) of the main content. */
  readonly select?: readonly string[];
  /** Simple selectors of elements to omit. */
  readonly ignore?: readonly string[];
  /** Simple selectors of elements that are content, whatever the filter of boilerplate says; `ignore` wins. */
  readonly keep?: readonly string[];
  /**
   * The content of a page: the whole body without the filter of boilerplate, the main content, or the
   * article alone.
   * @default "main"
   */
  readonly content?: "all" | "main" | "article";
  /** Whether the `explanation` will be read. @default false */
  readonly explains?: boolean;
  /** Whether the page is in the XML syntax (application/xhtml+xml). @default false */
  readonly isXml?: boolean;
  /** Date of the last change for the frontmatter, if the response has one. */
  readonly lastModified?: string;
}

/**
 * Converts pages to markdown; one engine can convert several pages at once. If `Rest` is `string`, it
 * converts in the thread that calls it.
 */
export interface MarkdownEngine<Rest extends Awaitable<string> = Awaitable<string>> {
  readonly name: "stream" | "turndown";
  open(options: MarkdownOptions): MarkdownConverter<Rest>;
}

/** A part of a page that its markdown leaves out. */
export interface Cut {
  /** Why, in a few words, e.g. "navigation". */
  readonly reason: string;
  /** The element with its classes, e.g. "div.sidebar". */
  readonly element: string;
  /** The start of its text. */
  readonly text: string;
}

/**
 * The conversion of one page; never throws nor rejects, and its output does not depend on how the
 * input is split.
 */
export interface MarkdownConverter<Rest extends Awaitable<string> = Awaitable<string>> {
  /** The URL of the page's own markdown, once the head that names it is read. */
  readonly alternate?: string | undefined;
  /**
   * The `<meta>` elements with name and content that were read so far, as far as they address robots
   * (`isRobotsMeta`); all of the head's are there when the first text is. @default none
   */
  readonly metas?: readonly (readonly [name: string, content: string])[];
  /**
   * Whether only a script renders the page; undefined while that is unknown, and the converter returns
   * no text before. @default false once it returns text
   */
  readonly isScriptOnly?: boolean | undefined;
  /** Why the page was rendered again without skips, if it was; known when the first text is. */
  readonly note?: string | undefined;
  /** With `explains`, what was left out and why, in the order of the page; complete at the end, and bounded. */
  readonly explanation?: readonly Cut[];
  /** The number of tags and texts so far, as a measure of work; undefined if the engine does not count. */
  readonly steps?: number | undefined;
  /** Adds a piece of the page's decoded text, split anywhere; returns the markdown that is final so far. */
  push(html: string): string;
  /**
   * Does a part of the work that is left after the last piece, so that other requests have their turn;
   * true if more is left. `end` does the rest at once. @default nothing is left
   */
  work?(): boolean;
  /** Ends the page; returns the rest of the markdown. */
  end(): Rest;
  /** Ends a page that was cut at a limit: closes open fences, and appends a visible notice. */
  truncate(): Rest;
}

/** Deltas that were built ahead of a deploy. */
export interface BuiltDeltas {
  /** Finds the delta in the first coding that has one; returns its content, checked by its hash. */
  find(
    content: string,
    dictionary: string,
    codings: readonly ("dcb" | "dcz")[],
  ): Promise<{ coding: "dcb" | "dcz"; content: Uint8Array<ArrayBuffer> } | undefined>;
  /** Whether a file of this path is a new or an older version of a listed delta. */
  names?(path: string): Promise<boolean>;
}

/** Services of others that the operator's rules name, e.g. an x402 facilitator. */
export interface OutsideServices {
  /** A `fetch` that obeys the signal; only for URLs of the rules, never for one that a client names. */
  readonly fetch: (url: string, init: ServiceRequest) => Promise<Response>;
  /** A secret of the operator, by the name of its variable; undefined if it is not set. */
  readonly secret: (name: string) => string | undefined;
}

/** A request to a service of others, which follows no redirects. */
export interface ServiceRequest {
  readonly method: "GET" | "POST";
  readonly redirect: "manual";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/** A rate limit binding of Cloudflare Workers, whose limit and period the deployment states. */
export interface RateBinding {
  limit(options: { readonly key: string }): Promise<{ readonly success: boolean }>;
}

type Facts = Readonly<Record<string, unknown>>;

/** The parts that a runtime provides for features. */
export interface FeaturePlatform {
  readonly codecs: readonly DeltaCodec[];
  /** The codecs of plain content codings. @default none, so that content is not encoded */
  readonly plain?: readonly PlainCodec[];
  readonly engine: MarkdownEngine;
  /** Loads the second markdown engine, if this runtime has one. */
  readonly loadTurndown?: (() => Promise<MarkdownEngine>) | undefined;
  /** Returns the prebuilt deltas in the folder that a rule names. */
  readonly builtIn?: ((folder: string) => BuiltDeltas | undefined) | undefined;
  /**
   * Bytes of content, at most, for which a client may wait for its delta; bounds the option of rules.
   * @default 8388608
   */
  readonly inlineBytes?: number | undefined;
  /**
   * Bytes of content, at most, that are stored as a dictionary or sent as a delta; bounds the option of
   * rules. @default no bound
   */
  readonly contentBytes?: number | undefined;
  /** Milliseconds for which work may continue after a response. @default no limit */
  readonly backgroundLimit?: number;
  /** The ledger of charges. @default none, so that nobody can pay */
  readonly accounts?: AccountStore | undefined;
  /** @default none, so that nobody can pay by x402 */
  readonly services?: OutsideServices | undefined;
  /**
   * Seconds after which a feature reads again what other processes may have changed in the store.
   * @default 1
   */
  readonly rereadAfter?: number | undefined;
  /** Counts requests for limits. @default the memory of the process */
  readonly rates?: RateStore | undefined;
  /** Finds the platform's rate limit binding of a name. @default there are none */
  readonly rateBinding?: ((name: string) => RateBinding | undefined) | undefined;
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly log: {
    info(event: string, facts: Facts): void;
    warn(event: string, facts: Facts): void;
  };
}

/** Access to the policies of other pages and features, for a feature whose response depends on them. */
export interface PolicyView {
  /**
   * The policy of a feature for a GET request for a page.
   *
   * @param from a request of the client that asks for the page @default an unknown client
   */
  readonly policyAt: (feature: FeatureName, page: URL, from?: Exchange) => EffectivePolicy;
  /** Whether no rule can refuse a target (in origin-form); only such targets may appear in lists. */
  readonly isOpen: (host: string, target: string) => boolean;
  /** Whether only rules that name bots can refuse a target (in origin-form), so that its address is no secret. */
  readonly isOpenToStrangers: (host: string, target: string) => boolean;
  /** Whether a rule by which a guard refuses the request names its path literally. */
  readonly isNamed: (feature: FeatureName, exchange: Exchange) => boolean;
  /** Whether the rules publish a document at a target (in origin-form), which is open unless a rule names it. */
  readonly isPublished: (target: string) => boolean;
  /** Whether the rules list a host; undefined if they list none. */
  readonly isListedHost: (host: string) => boolean | undefined;
  /**
   * The settings of a feature that apply to every client's GET request on a host, in their order: of
   * those that have a page, the first decides.
   */
  readonly unconditional: (feature: FeatureName, host: string) => readonly UnconditionalSetting[];
  /**
   * The robots.txt with the lines of the rules; without content if they add none to the origin server's.
   *
   * @param site scheme and host, e.g. "https://www.example.com"
   * @param origin the origin server's file; undefined if there is none
   */
  readonly robotsFor: (
    site: string,
    origin: Uint8Array | undefined,
  ) => {
    readonly content: Uint8Array<ArrayBuffer> | undefined;
    /** Whether crawlers may read no more than a part of it. */
    readonly isTooLong: boolean;
    /** Whether the origin server's file is too large to be merged. */
    readonly isTooLarge: boolean;
  };
  /** Whether everyone can get another form of a page at its own URL. */
  readonly hasAlternate: (page: URL, mediaType: string) => boolean;
}

/** The parts from which the stage of a feature is made. */
export interface FeatureParts extends FeaturePlatform {
  /** The part of the store that belongs to the origin server. */
  readonly store: Store;
  readonly generations: Generations;
  readonly policies: PolicyView;
  /** Decides which background work begins. */
  readonly scheduler: Scheduler;
  /** Sends the proxy's own requests; undefined if the runtime can't. */
  readonly own: OwnRequests | undefined;
  /** The origin server's scheme, host and port; undefined if the origin is another handler. */
  readonly originServer: string | undefined;
  /** The addresses of all origin servers of the rules. @default `originServer` alone */
  readonly originServers?: readonly string[] | undefined;
  /** The public origin, if the rules name one. */
  readonly publicOrigin: string | undefined;
  /** Whether the origin server gets the public host name, and so may serve several sites. */
  readonly isHostSent: boolean;
  /** Whether only signatures with a nonce count (`agents.replay.requireNonce`). */
  readonly requiresNonce: boolean;
  /** The documents that the rules give the site. */
  readonly siteDocuments: DiscoveryDocuments;
  /** Whether the proxy writes a sitemap if the origin server has none. */
  readonly hasSitemap: boolean;
  /** Identifies the version of the rules. */
  readonly rulesKey: string;
  /** Reports to the operator that a store failed, and that the response was sent without it. */
  readonly onStoreFault: (error: unknown) => void;
  /** Returns a value that is created once and outlives a change of the rules. */
  lasting<T>(name: string, make: () => T): T;
}

/** The addresses by which origin servers of the site may name themselves. */
export function ownAddresses({
  originServer,
  originServers = originServer === undefined ? [] : [originServer],
}: Pick<FeatureParts, "originServer" | "originServers">): readonly string[] {
  return originServers;
}
