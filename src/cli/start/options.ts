import type { LoadedRules } from "../../rules/load.ts";
import type { LogOptions, ProcessLog } from "./log-options.ts";
import type { Tokens } from "../../admin/bearer.ts";
import type { StoreChoice } from "../store-choice.ts";
import type { ConfigureTurndown } from "../../features/markdown/turndown/service.ts";

/** What a version of the rules makes of the site. */
export interface SiteOptions extends LoadedRules {
  /** Scheme, host and port of the origin server. */
  readonly origin: string;
  /** Certificates in PEM that the origin's has to descend from. */
  readonly originCa: string | undefined;
  /** The private keys of the site's own agents as text, and where they are from. */
  readonly ownKeys: { readonly text: string; readonly from: string } | undefined;
}

/** What both runtimes are started with. */
export interface StartOptions {
  readonly site: SiteOptions;
  /** The path of the rules file that the site's options are from. */
  readonly rulesFile: string;
  /** What was in it then. */
  readonly rulesText: string;
  /** What other rules make of the site; throws if they want what takes a restart. */
  readonly siteOf: (loaded: LoadedRules) => SiteOptions;
  /** The address to listen on. */
  readonly host: string;
  readonly port: number;
  readonly dev: boolean;
  readonly logging: LogOptions;
  readonly log: ProcessLog;
  /** Whether each response carries its trace, in short. */
  readonly debug: boolean;
  /** Whether lists and directories are fetched ahead; the demo asks nobody. */
  readonly prefetches: boolean;
  /** The text of an address list that the bot table names as a file. */
  readonly readList: (path: string) => string | undefined;
  /** Where Node keeps things. @default a file in `dataFolder` */
  readonly store: StoreChoice | undefined;
  /** Secrets that open our own endpoints. */
  readonly tokens: Tokens;
  /** The operator's turndown rules, if the runtime has them. */
  readonly turndown?: ConfigureTurndown | undefined;
  /** Folder for what survives a restart. */
  readonly dataFolder: string;
}

/** A started proxy. */
export interface Started {
  readonly url: string;
  /** Reads the rules file anew; what is wrong with it is told in the log. */
  readonly reload: () => void;
  /** Sees to it that no request waits for what threw past every guard of ours. */
  answerStuck?(error: unknown): void;
  /**
   * Ends: takes no more connections, and lets running responses end.
   *
   * @param grace milliseconds until what is left is cut
   */
  close(grace: number): Promise<void>;
}
