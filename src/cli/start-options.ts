import type { LoadedRules } from "../rules/load.ts";
import type { ConfigureTurndown } from "../stages/markdown/turndown/service.ts";

/** What both runtimes are started with. */
export interface StartOptions extends LoadedRules {
  /** Scheme, host and port of the origin server. */
  readonly origin: string;
  readonly port: number;
  readonly dev: boolean;
  /** Whether lists and directories are fetched ahead; the demo asks nobody. */
  readonly prefetches: boolean;
  /** The private keys of the site's own agents as text, and where they are from. */
  readonly ownKeys?: { readonly text: string; readonly from: string } | undefined;
  /** The text of an address list that the bot table names as a file. */
  readonly readList: (path: string) => string | undefined;
  /** The operator's turndown rules, where the runtime has them. */
  readonly turndown?: ConfigureTurndown | undefined;
  /** Folder for what survives a restart. */
  readonly dataFolder: string;
}

/** A started proxy. */
export interface Started {
  readonly url: string;
  close(): Promise<void>;
}
