import type { LoadedRules } from "../rules/load.ts";

/** What both runtimes are started with. */
export interface StartOptions extends LoadedRules {
  /** Scheme, host and port of the origin server. */
  readonly origin: string;
  readonly port: number;
  readonly dev: boolean;
  /** Folder for what survives a restart. */
  readonly dataFolder: string;
}

/** A started proxy. */
export interface Started {
  readonly url: string;
  close(): Promise<void>;
}
