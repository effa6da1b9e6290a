import type { Agent } from "./agent.ts";
import type { Directories } from "./web-bot-auth/index.ts";
import { createTrustedDirectories } from "./trusted-directories.ts";
import { compileBots } from "./bot-table.ts";
import type { Bot } from "./bots.ts";
import type { DnsResolver } from "./dns-resolver.ts";
import { compileHostMasks } from "./host-mask.ts";
import { identify } from "./identify.ts";
import { createPinnedKeys } from "./pinned-keys.ts";
import { verificationOf } from "./signature-options.ts";
import type { IpRangeListState, ListFetch } from "./ip-range-list.ts";
import { createStoredRanges, type StoredRanges } from "./stored-ranges.ts";
import { createNetworkEvidence } from "./network-evidence.ts";
import { createOperatorRanges } from "./operator-ranges.ts";
import { createReverseDns } from "./reverse-dns.ts";
import type { DirectoryFetch, DirectoryState, PrivateJwk } from "./web-bot-auth/index.ts";
import type { Exchange } from "../pipeline/exchange.ts";
import type { Awaitable } from "../pipeline/stage.ts";
import type { RulesFile } from "../rules/schema.ts";
import type { ReplayStore } from "../store/replay.ts";
import type { IndexStore } from "../store/store.ts";
import { isReported } from "../store/failures/reported.ts";
import type { Log } from "../telemetry/log.ts";

/** The parts of identification that a runtime provides. */
export interface IdentityPlatform {
  readonly fetchDirectory: DirectoryFetch;
  /** Fetches the operators' address lists. @default none are fetched */
  readonly fetchList?: ListFetch | undefined;
  /** Fetches key directories of the operator's inner network. @default `fetchDirectory` */
  readonly fetchInner?: DirectoryFetch | undefined;
  /** Reads the text of an address list from a file. @default no files */
  readonly readList?: ((path: string) => string | undefined) | undefined;
  /** Creates the resolver for the rules' DNS-over-HTTPS service. @default no reverse DNS */
  readonly dns?: ((service: string | undefined) => DnsResolver) | undefined;
  /** The store of used nonces, for `agents.replay`. */
  readonly replay?: ReplayStore | undefined;
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
}

export interface IdentitySettings {
  readonly rules: RulesFile;
  /** The bot table, with the operator's entries. */
  readonly bots: readonly Bot[];
  /** Allows test keys, and key directories on loopback over http and at any port. */
  readonly dev: boolean;
  /** The origin server's scheme, host and port; undefined if the origin is another handler. */
  readonly originServer?: string | undefined;
  /** The addresses of all origin servers of the rules. @default none besides `originServer` */
  readonly originServers?: readonly string[] | undefined;
  /** Secret: private keys of the site's own agents, whose key directory the proxy serves. */
  readonly ownKeys?: readonly PrivateJwk[] | undefined;
}

/** Identifies the agents that send requests, and refreshes the sources of evidence. */
export interface Identification {
  identify(exchange: Exchange): Awaitable<Agent>;
  /** Fetches lists and directories again, at a start and on a schedule; never rejects. */
  refresh(): Promise<void>;
  /** Loads the stored lists; never rejects. */
  restore(): Promise<void>;
  describe(): IdentityState;
}

/** The state of the sources of evidence, for `explain`; ages in seconds. */
export interface IdentityState {
  readonly directories: readonly DirectoryState[];
  readonly ipRanges: readonly IpRangeListState[];
}

export function createIdentification(
  settings: IdentitySettings,
  platform: IdentityPlatform & { readonly index: IndexStore },
): Identification {
  const { rules, bots, dev } = settings;
  const { agents } = rules;
  const { now, log } = platform;
  if (dev) log.warn("dev-mode", { allows: "test keys, and key directories on loopback" });
  const directories = createTrustedDirectories(settings, platform);
  const failed = (what: string) => (error: unknown) => {
    if (!isReported(error)) log.warn("identification-failed", { what, error: String(error) });
  };

  const warned = lastingWarnings(log);
  const storedRanges = createStoredRanges(platform.index);
  const ranges = agents.ipRanges === false ? undefined : rangesOf(bots, platform, storedRanges);
  const checkNetwork = networkEvidenceOf(settings, platform, ranges);
  const { replay } = platform;
  if (agents.replay !== false && replay === undefined) {
    log.warn("replay-unavailable", { means: "signatures are not checked for replay" });
  }
  const options = {
    bots: compileBots(bots),
    now,
    directories,
    pinned: createPinnedKeys(agents.keys, bots, {
      allowTestKeys: dev || agents.allowTestKeys,
      onUnusable: (agent) => log.warn("agent-key-unusable", { agent }),
    }),
    checkNetwork,
    onFailure: failed("signature"),
    verification: verificationOf(rules, dev, directories, replay),
  };

  return {
    identify: onceLoaded(ranges?.loaded, (exchange) => identify(exchange, options)),
    async refresh() {
      const fetched = platform.fetchList === undefined ? undefined : ranges?.refresh();
      await Promise.all([directories.prefetch(), fetched]).catch(failed("refresh"));
      await storedRanges.save().catch(failed("lists-stored"));
      warnOfStale(ranges?.describe() ?? [], warned);
      warnOfFailing(directories, warned);
    },
    restore: () =>
      ranges === undefined
        ? Promise.resolve()
        : storedRanges.restore(ranges).catch(failed("lists-restored")),
    describe: () => ({
      directories: directories.describe(),
      ipRanges: ranges?.describe() ?? [],
    }),
  };
}

/** Delays the calls of a function while something is loading. */
function onceLoaded<Given, Made>(
  loading: Promise<void> | undefined,
  act: (given: Given) => Awaitable<Made>,
): (given: Given) => Awaitable<Made> {
  let left: Promise<void> | undefined = loading?.finally(() => (left = undefined));
  return (given) => (left === undefined ? act(given) : left.then(() => act(given)));
}

/** Logs a condition at each refresh while it lasts, and once that it is over. */
function lastingWarnings(log: Log): LastingWarning {
  const lasting = new Set<string>();
  return (name, over, facts) => {
    if (facts !== undefined) {
      lasting.add(name);
      log.warn(name, facts);
    } else if (lasting.delete(name)) log.info(over, {});
  };
}

type LastingWarning = (
  name: string,
  over: string,
  facts: Readonly<Record<string, unknown>> | undefined,
) => void;

function warnOfFailing(
  directories: Pick<Directories, "describe" | "isListed">,
  warn: LastingWarning,
): void {
  const failing = directories
    .describe()
    .filter(({ url, failure }) => failure !== undefined && directories.isListed(new URL(url)))
    .map(({ url, failure }) => ({ url, failure }));
  const facts = failing.length === 0 ? undefined : { directories: failing };
  warn("directories-failing", "directories-work", facts);
}

function warnOfStale(lists: readonly IpRangeListState[], warn: LastingWarning): void {
  const lacking = lists
    .filter(({ age, failure }) => age === undefined || failure !== undefined)
    .map(({ url, age = null, failure = null }) => ({ url, age, failure }));
  warn("ip-ranges-stale", "ip-ranges-fresh", lacking.length === 0 ? undefined : { lists: lacking });
}

function rangesOf(bots: readonly Bot[], platform: IdentityPlatform, stored: StoredRanges) {
  return createOperatorRanges({
    bots,
    now: platform.now,
    fetch: platform.fetchList ?? (() => Promise.reject(new Error("no lists here"))),
    readFile: platform.readList ?? (() => undefined),
    onFetched: (url, text, fetchedAt) => stored.note(url, text, fetchedAt),
  });
}

function networkEvidenceOf(
  { rules, bots }: IdentitySettings,
  { dns, now }: IdentityPlatform,
  ranges: ReturnType<typeof rangesOf> | undefined,
) {
  const { reverseDns } = rules.agents;
  const resolver = reverseDns === false ? undefined : dns?.(reverseDns.resolver);
  const isWanted = compileHostMasks(bots.flatMap((bot) => bot.reverseDns));
  return createNetworkEvidence({
    bots,
    ranges,
    reverseDns: resolver && createReverseDns({ resolver, now, isWanted }),
    timeout: reverseDns === false ? 0 : reverseDns.wait,
  });
}
