import type { LoadedRules } from "../../rules/load.ts";
import type { LogOptions, ProcessLog } from "./log-options.ts";
import type { Tokens } from "../../admin/bearer.ts";
import type { GivenSockets } from "./sockets.ts";
import type { TlsChoice } from "./tls.ts";
import type { StoreChoice } from "../store-choice.ts";
import type { ClusterMember } from "../../runtime/node/cluster/member.ts";
import type { RulesText } from "../../runtime/rules-in-force.ts";

/** The options of a site under one version of the rules. */
export interface SiteOptions extends LoadedRules {
  readonly originServer: string;
  /** CA certificates in PEM for the origin server. */
  readonly originCa: string | undefined;
  /** Those of the named origin servers, by name. */
  readonly originCas: Readonly<Record<string, string>>;
  /** The private keys of the site's own agents as text, with their source. */
  readonly ownKeys: { readonly text: string; readonly from: string } | undefined;
  /** Secrets that charges need, by their variables. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** The options with which both runtimes start. */
export interface StartOptions {
  readonly site: SiteOptions;
  readonly rulesFile: string;
  /** The text of the rules file at the start. */
  readonly rulesText: string;
  /** Returns the site's options under other rules; throws if these need a restart. */
  readonly siteOf: (loaded: LoadedRules) => SiteOptions;
  readonly host: string;
  readonly port: number;
  /** The address of the operator's listener. @default none */
  readonly admin?: { readonly host: string; readonly port: number } | undefined;
  /** The sockets that systemd has opened. @default none */
  readonly sockets?: GivenSockets | undefined;
  /** TLS on Node. @default http */
  readonly tls?: TlsChoice | undefined;
  readonly dev: boolean;
  readonly logging: LogOptions;
  readonly log: ProcessLog;
  /** Sends the short trace with every response. */
  readonly debug: boolean;
  /** Whether address lists and directories are fetched at the start; not for the demo. */
  readonly prefetches: boolean;
  /** Reads an address list that the bot table names as a file. */
  readonly readList: (path: string) => string | undefined;
  /** The store on Node. @default a file in `dataFolder` */
  readonly store: StoreChoice | undefined;
  /** Secrets: the tokens for our own endpoints. */
  readonly tokens: Tokens;
  /** The path of a module with turndown rules. */
  readonly turndown?: string | undefined;
  readonly dataFolder: string;
  /** Seconds for responses under way of a process that ends. */
  readonly grace: number;
  /** The number of processes that serve. */
  readonly processes: number;
  /** The address of the demo site, if it is the site. */
  readonly demoOrigin?: string | undefined;
  /** This process as one of several. @default it is alone */
  readonly member?: ClusterMember | undefined;
}

/** A started proxy. */
export interface Started {
  readonly url: string;
  /** That of the operator's listener, if there is one. */
  readonly operatorUrl?: string | undefined;
  /** Reads the rules file again; logs its faults. */
  readonly reload: () => void;
  /** Responds to requests that wait for ever because of an exception that no handler caught. */
  answerStuck?(error: unknown): void;
  /**
   * Shuts down: accepts no more connections, and completes responses under way.
   *
   * @param grace milliseconds until the rest is cut
   * @param patience milliseconds for which connections without a request wait for one more
   */
  close(grace: number, patience?: number): Promise<void>;
  /** Replaces the processes by those of the program on disk, if there are several. */
  renew?(): void;
  /** Puts rules in force that another process has read. Rejects if they are refused. */
  force?(rules: RulesText): Promise<void>;
  /** Replaces the key of TLS session tickets, 48 bytes. */
  useTicketKey?(key: Buffer): void;
}
