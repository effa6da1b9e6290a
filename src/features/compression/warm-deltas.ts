import type { Exchange } from "../../pipeline/exchange.ts";
import type { Warming } from "../../pipeline/warming.ts";
import type { Context } from "./context.ts";
import { findDelta } from "./find-delta.ts";
import type { StoredDictionary } from "./group-state.ts";
import type { Offer } from "./offer.ts";
import { PAGES_GROUP } from "./pages/address.ts";

/** The most versions against which deltas are made before clients ask for them. */
const MOST = { ofFiles: 8, ofPages: 2 } as const;

/** Clients accept both; each gets one delta, in the coding that it prefers. */
const CODINGS = ["dcb", "dcz"] as const;

/** A version that the operator has named. */
interface NamedVersion {
  readonly exchange: Exchange;
  readonly offer: Offer & { kind: "eligible" };
  readonly content: Uint8Array<ArrayBuffer>;
  /** SHA-256 of the content. */
  readonly hash: string;
}

/** Makes the deltas of a version at the best quality, against the versions that most clients have. */
export async function warmDeltas(
  version: NamedVersion,
  warming: Warming,
  context: Context,
): Promise<void> {
  // A page is no dictionary for others: its group has the dictionaries of the text that they share.
  const isPage = version.offer.match === PAGES_GROUP;
  if (isPage && (await version.offer.proof.of(version.hash)) !== "proven") return;
  // Another process may have stored versions in the last half minute.
  const { dictionaries } = await context.groups.state(version.offer.group, 0);
  const others = [...dictionaries.values()].filter(({ hash }) => hash !== version.hash);
  const most = isPage ? MOST.ofPages : MOST.ofFiles;
  for (const { hash } of others.toSorted(byUse).slice(0, most)) {
    await warmDelta(version, hash, warming, context);
  }
}

/** The versions first that more clients use, and that they used last. */
function byUse(one: StoredDictionary, other: StoredDictionary): number {
  return other.standing - one.standing || lastOf(other) - lastOf(one);
}

function lastOf({ usedAt, seenAt }: StoredDictionary): number {
  return Math.max(usedAt, seenAt);
}

async function warmDelta(
  version: NamedVersion,
  dictionary: string,
  warming: Warming,
  context: Context,
): Promise<void> {
  const { offer, content } = version;
  const old = await context.groups.dictionary(offer.group, dictionary);
  const miss = (reason: string): void => void warming.missing.push({ dictionary, reason });
  if (old === undefined) return miss("unknown-dictionary");
  const bytes = Math.max(content.length, old.length);
  const codings = context.deltas.madeHere(CODINGS, bytes);
  if (codings.length === 0) return miss("too-large-for-codec");
  for (const coding of codings) {
    const made = await findOrMake(version, { dictionary, old, coding }, context);
    if (typeof made === "string") miss(made);
    else warming.ready.push({ coding: made.coding, bytes: made.bytes, dictionary });
  }
}

/** A delta to make, in one coding. */
interface WarmedDelta {
  /** SHA-256 of the older version, in hexadecimal, and its bytes. */
  readonly dictionary: string;
  readonly old: Uint8Array<ArrayBuffer>;
  readonly coding: (typeof CODINGS)[number];
}

/** A delta that is stored, or is made now; or why there is none. */
async function findOrMake(
  { exchange, offer, content, hash }: NamedVersion,
  { dictionary, old, coding }: WarmedDelta,
  context: Context,
): Promise<{ readonly coding: string; readonly bytes: number } | string> {
  const { deltas, schedulerFor } = context;
  const { group, bounds, finder } = offer;
  const raw = Uint8Array.from(dictionary.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  const codings = [coding];
  const request = { kind: "offered", dictionary, hash: raw, codings, preferred: codings } as const;
  const found = await findDelta(exchange, hash, { ...offer, request }, context);
  if (found === "useless") return "no-gain";
  if (found !== undefined) return { coding, bytes: found.content.length };
  const made = await deltas.make({
    wanted: {
      group,
      network: context.causedBy(exchange),
      content: hash,
      dictionary,
      hash: raw,
      codings,
      bounds,
      report: finder?.report,
    },
    content,
    dictionary: old,
    effort: "best",
    background: (work) => exchange.background(work),
    scheduler: schedulerFor(exchange),
  });
  return typeof made === "string" ? made : { coding, bytes: made.delta.length };
}
