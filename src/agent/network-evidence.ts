import type { PlatformVerdict } from "./agent.ts";
import { fleetOf, groupByFleet, hasCompleteRanges, type Bot } from "./bots.ts";
import { NETWORK_EXPLANATIONS, type NetworkReason } from "./explanations.ts";
import { compileHostMasks } from "./host-mask.ts";
import type { OperatorRanges } from "./operator-ranges.ts";
import { fitsVerdict } from "./platform-category.ts";
import { isInnerAddress, isPublicAddress } from "./public-address.ts";
import type { ReverseDns } from "./reverse-dns.ts";

/** The facts about a request's connection. */
export interface NetworkFacts {
  /** The client's address, from the socket or a trusted proxy. */
  readonly address: string | undefined;
  readonly platform: PlatformVerdict | undefined;
  readonly background: (work: Promise<unknown>) => void;
}

type NetworkVerdict =
  | {
      readonly kind: "proven";
      readonly bot: Bot;
      readonly evidence: "ip-range" | "reverse-dns";
      readonly vouchedBy?: "cloudflare";
    }
  | {
      readonly kind: "open";
      readonly reason: NetworkReason;
      /** The claims that the address refutes. @default none */
      readonly refuted?: readonly Bot[];
    };

interface NetworkEvidenceOptions {
  readonly bots: readonly Bot[];
  readonly ranges: OperatorRanges | undefined;
  readonly reverseDns: ReverseDns | undefined;
  /** Milliseconds that a request may wait for names; with 0 the look-up runs in the background. */
  readonly timeout: number;
}

/** Decides which of the bots named in the User-Agent the client's address proves. */
export type CheckNetwork = (
  claims: readonly Bot[],
  facts: NetworkFacts,
) => NetworkVerdict | Promise<NetworkVerdict>;

/** Operators named by one User-Agent that are checked, at most. */
const MOST_OPERATORS = 4;

export function createNetworkEvidence(options: NetworkEvidenceOptions): CheckNetwork {
  const { ranges, reverseDns, timeout } = options;
  const named = groupByFleet(options.bots, ({ reverseDns: masks }) => masks);
  const masks = new Map([...named].map(([fleet, texts]) => [fleet, compileHostMasks(texts)]));

  return (claims, facts) => {
    const asked = claims.slice(0, MOST_OPERATORS);
    let reason: NetworkReason = "no-source";
    let best: NetworkVerdict | undefined;
    const refuted: Bot[] = [];
    const waiting: Bot[] = [];
    for (const bot of asked) {
      const verdict = weigh(bot, facts);
      if (verdict.kind === "open") {
        reason = stronger(reason, verdict.reason);
        refuted.push(...(verdict.refuted ?? []));
        if (verdict.reason === "reverse-dns-pending") waiting.push(bot);
      } else if (best === undefined || verdict.evidence === "reverse-dns") best = verdict;
    }
    if (best !== undefined) return best;
    const [first] = waiting;
    if (first === undefined || timeout === 0) return open(reason, refuted);
    return awaitNames(first, facts.address ?? "").then((verdict) => {
      if (verdict.kind === "proven") return verdict;
      const isLate = verdict.reason !== "reverse-dns-pending" && isRefuted(first, facts.address);
      return open(verdict.reason, isLate ? [first, ...refuted] : refuted);
    });
  };

  function weigh(bot: Bot, { address, platform, background }: NetworkFacts): NetworkVerdict {
    const isOwn = masks.get(fleetOf(bot));
    const names =
      address !== undefined && isOwn !== undefined && isPublicAddress(address)
        ? reverseDns?.peek(address, isOwn, background)
        : undefined;
    if (names === "confirmed") return { kind: "proven", bot, evidence: "reverse-dns" };
    const listed = address === undefined ? undefined : ranges?.check(bot, address);
    if (listed === "inside") return { kind: "proven", bot, evidence: "ip-range" };
    if (platform !== undefined && fitsVerdict(platform, bot)) {
      return { kind: "proven", bot, evidence: "ip-range", vouchedBy: platform.by };
    }
    if (address === undefined) return { kind: "open", reason: "no-address" };
    // A name that is still looked up may prove what a list does not have yet.
    const refuted = names !== "pending" && isRefuted(bot, address) ? [bot] : [];
    if (names !== undefined) return open(`reverse-dns-${names}`, refuted);
    return open(listed === "outside" ? "not-in-ranges" : "no-list", refuted);
  }

  /** Whether an address outside all lists of the bot's fleet refutes the claim. */
  function isRefuted(bot: Bot, address: string | undefined): boolean {
    // An inner address is most likely that of a proxy in front, which the rules do not mention.
    if (address === undefined || !hasCompleteRanges(bot) || isInnerAddress(address)) return false;
    return ranges?.isFresh(bot) === true && ranges.check(bot, address) === "outside";
  }

  async function awaitNames(bot: Bot, address: string): Promise<NetworkVerdict> {
    const isOwn = masks.get(fleetOf(bot)) ?? (() => false);
    const names = await reverseDns?.check(address, isOwn, timeout);
    if (names === "confirmed") return { kind: "proven", bot, evidence: "reverse-dns" };
    const reason = names === undefined ? "no-source" : (`reverse-dns-${names}` as const);
    return { kind: "open", reason };
  }
}

function open(reason: NetworkReason, refuted: readonly Bot[]): NetworkVerdict {
  return refuted.length === 0 ? { kind: "open", reason } : { kind: "open", reason, refuted };
}

/** The reasons, the most telling last. */
const TELLING = Object.keys(NETWORK_EXPLANATIONS);

function stronger(a: NetworkReason, b: NetworkReason): NetworkReason {
  return TELLING.indexOf(b) > TELLING.indexOf(a) ? b : a;
}
