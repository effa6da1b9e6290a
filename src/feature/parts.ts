import type { DeltaCodec } from "../codecs/delta.ts";
import type { PlainCodec } from "../codecs/plain/codec.ts";
import type { OwnRequests } from "../pipeline/own-requests.ts";
import type { Generations, Store } from "../store/store.ts";
import type { Scheduler } from "../timing/scheduler.ts";
import type { PolicyView } from "./policy-view.ts";

/** The options of a conversion. */
export interface MarkdownOptions {
  /** Public URL of the page: base of its relative links (with `<base>`), canonical of the frontmatter. */
  readonly url: string;
  /** @default true */
  readonly frontmatter?: boolean;
  /** A line put first after the frontmatter, e.g. a pointer to /llms.txt. */
  readonly preface?: string;
  /** Simple selectors (tag, .class, #id, [attr], combined) of what counts as main content. */
  readonly select?: readonly string[];
  /** Simple selectors of what is left out. */
  readonly ignore?: readonly string[];
  /** Date of the last change for the frontmatter, if the response tells one. */
  readonly lastModified?: string;
}

/** Turns pages into markdown; one engine serves any number of pages at once. */
export interface MarkdownEngine {
  readonly name: "stream" | "turndown";
  open(options: MarkdownOptions): MarkdownConverter;
}

/** One page on its way; never throws on any input, and its output does not depend on the cuts. */
export interface MarkdownConverter {
  /** Absolute address of the markdown that the page's head names as its own, once that was read. */
  readonly alternate?: string | undefined;
  /** Tags and texts so far, as a measure of work; undefined if the engine counts none. */
  readonly steps?: number | undefined;
  /** Takes the page's decoded text piece by piece, cut anywhere; gives the markdown settled so far. */
  push(html: string): string;
  /** Ends the page; gives the rest. */
  end(): string;
  /** Ends a page that was cut at a limit: closes open fences, appends a visible notice. */
  truncate(): string;
}

/** Deltas that were built ahead of a deploy. */
export interface BuiltDeltas {
  /** The whole content of a delta in the first of the codings there is one for; checked against its hash. */
  find(
    content: string,
    dictionary: string,
    codings: readonly ("dcb" | "dcz")[],
  ): Promise<{ coding: "dcb" | "dcz"; content: Uint8Array<ArrayBuffer> } | undefined>;
}

type Facts = Readonly<Record<string, unknown>>;

/** The parts that a runtime provides for features. */
export interface FeaturePlatform {
  readonly codecs: readonly DeltaCodec[];
  /** The codecs of plain content codings. @default none, so that content stays as it came */
  readonly plain?: readonly PlainCodec[];
  readonly engine: MarkdownEngine;
  /** Loads the second markdown engine, where this runtime has it. */
  readonly loadTurndown?: (() => Promise<MarkdownEngine>) | undefined;
  /** Deltas built ahead, in the folder that a rule names. */
  readonly builtIn?: ((folder: string) => BuiltDeltas | undefined) | undefined;
  /** Bytes of content up to which a client may wait for its delta, whatever rules say. @default 8388608 */
  readonly inlineBytes?: number | undefined;
  /** Milliseconds for which work may go on after a response. @default no limit */
  readonly backgroundLimit?: number;
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly log: {
    info(event: string, facts: Facts): void;
    warn(event: string, facts: Facts): void;
  };
}

/** The parts from which the stage of a feature is made. */
export interface FeatureParts extends FeaturePlatform {
  /** The part of the store that belongs to the origin server. */
  readonly store: Store;
  /** What was purged. */
  readonly generations: Generations;
  readonly policies: PolicyView;
  /** Decides which work behind responses begins. */
  readonly scheduler: Scheduler;
  /** Undefined if the origin can't be asked on our own account. */
  readonly own: OwnRequests | undefined;
  /** The origin server's scheme, host and port; undefined if the origin is another handler. */
  readonly originServer: string | undefined;
  /** The one public origin, if the rules name it. */
  readonly publicOrigin: string | undefined;
  /** Whether the origin server gets the public host name, and so may serve several sites. */
  readonly isHostSent: boolean;
  /** Identifies the version of the rules. */
  readonly rulesKey: string;
  /** Reports to the operator: a store failed, and the page went out without it. */
  readonly onStoreFault: (error: unknown) => void;
  /** A value that is made once and outlives a change of the rules. */
  lasting<T>(name: string, make: () => T): T;
}
