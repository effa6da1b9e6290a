import { isInnerAddress } from "../agent/public-address.ts";
import { isObject } from "../http/json.ts";

/** Members of X-Forwarded-For that are told apart; longer lists count as this many. */
const MOST = 6;
/** Requests after which all counts are halved, so that the latest count most. */
const HALVED_AT = 4096;
/** Of so many requests one is counted, once a verdict is possible. */
const SAMPLED = 16;
/** Requests that a verdict needs. */
const LEAST = 20;

/** The way in which requests arrived, as counts of a sample. */
export interface ArrivalFacts {
  /** `agents.trustedProxyHops` of the rules. */
  readonly hops: number;
  readonly requests: number;
  /** Requests whose peer has a private or loopback address, as a proxy in front mostly has. */
  readonly innerPeers: number;
  /** Requests by the number of members of X-Forwarded-For, from none on. */
  readonly members: readonly number[];
}

/** Counts how requests arrive, so that a wrong `trustedProxyHops` is noticed; stores no address. */
export class ForwardedCensus {
  #next = 0;
  #requests = 0;
  #innerPeers = 0;
  readonly #members = Array.from({ length: MOST + 1 }, () => 0);

  /** Whether the next request should be counted. */
  isDue(): boolean {
    return this.#requests < LEAST || this.#next++ % SAMPLED === 0;
  }

  /** Counts a request to the site; our own endpoints get requests from monitors, which come another way. */
  count(peer: string | undefined, forwardedFor: string | undefined): void {
    if (peer === undefined) return;
    if (this.#requests >= HALVED_AT) this.#halve();
    this.#requests++;
    if (isInnerAddress(peer)) this.#innerPeers++;
    const length = membersOf(forwardedFor);
    this.#members[length] = (this.#members[length] ?? 0) + 1;
  }

  describe(hops: number): ArrivalFacts {
    const [requests, innerPeers] = [this.#requests, this.#innerPeers];
    return { hops, requests, innerPeers, members: [...this.#members] };
  }

  #halve(): void {
    this.#requests = Math.floor(this.#requests / 2);
    this.#innerPeers = Math.floor(this.#innerPeers / 2);
    for (const [at, count] of this.#members.entries()) this.#members[at] = Math.floor(count / 2);
  }
}

function membersOf(forwardedFor: string | undefined): number {
  if (forwardedFor === undefined) return 0;
  let members = 1;
  for (let at = forwardedFor.indexOf(","); at !== -1 && members < MOST; members++) {
    at = forwardedFor.indexOf(",", at + 1);
  }
  return members;
}

/** The verdict on `trustedProxyHops`; `members` is the most frequent length of X-Forwarded-For. */
export type HopsVerdict =
  | { readonly kind: "fits" }
  | { readonly kind: "unknown" }
  | { readonly kind: "too-few"; readonly members: number }
  | { readonly kind: "too-many"; readonly members: number };

/** Decides if `trustedProxyHops` fits the requests that arrive. */
export function decideHops({ hops, requests, innerPeers, members }: ArrivalFacts): HopsVerdict {
  if (requests < LEAST) return { kind: "unknown" };
  const most = members.indexOf(Math.max(...members));
  if (hops === 0) {
    // A client of the web that states its own field is no proxy of the operator.
    const comesFromProxy = innerPeers > requests / 2 && most > 0;
    return comesFromProxy ? { kind: "too-few", members: most } : { kind: "fits" };
  }
  const tooShort = members.slice(0, hops).reduce((sum, count) => sum + count, 0);
  return tooShort > requests / 2 ? { kind: "too-many", members: most } : { kind: "fits" };
}

/** Reads the facts from the details of a proxy's health; undefined if they are not there. */
export function readCensus(value: unknown): ArrivalFacts | undefined {
  if (!isObject(value)) return undefined;
  const { hops, requests, innerPeers, members } = value;
  const isList = Array.isArray(members) && members.every((each) => typeof each === "number");
  if (typeof hops !== "number" || typeof requests !== "number") return undefined;
  if (typeof innerPeers !== "number" || !isList) return undefined;
  return { hops, requests, innerPeers, members };
}
