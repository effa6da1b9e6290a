import type { Exchange } from "../../pipeline/exchange.ts";
import type { Warming } from "../../pipeline/warming.ts";
import type { Context } from "./context.ts";
import { findDelta } from "./find-delta.ts";
import type { StoredDictionary } from "./group-state.ts";
import type { Offer } from "./offer.ts";
import { PAGES_GROUP } from "./pages/address.ts";

/** The most versions against which deltas are made before clients ask for them. */
const MOST = 8;

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
  // The deltas of pages are in memory alone, and made in a moment.
  if (version.offer.match === PAGES_GROUP) return;
  // Another process may have stored versions in the last half minute.
  const { dictionaries } = await context.groups.state(version.offer.group, 0);
  const others = [...dictionaries.values()].filter(({ hash }) => hash !== version.hash);
  for (const { hash } of others.toSorted(byUse).slice(0, MOST)) {
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
  { exchange, offer, content, hash }: NamedVersion,
  dictionary: string,
  warming: Warming,
  context: Context,
): Promise<void> {
  const { groups, deltas, schedulerFor } = context;
  const { group, bounds, finder } = offer;
  const raw = Uint8Array.from(dictionary.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  const miss = (reason: string): void => void warming.missing.push({ dictionary, reason });
  const old = await groups.dictionary(group, dictionary);
  if (old === undefined) return miss("unknown-dictionary");
  const bytes = Math.max(content.length, old.length);
  const codings = deltas.madeHere(["dcb", "dcz"], bytes);
  const request = { kind: "offered", dictionary, hash: raw, codings, preferred: codings } as const;
  const found = await findDelta(exchange, hash, { ...offer, request }, context);
  if (found === "useless") return miss("no-gain");
  if (found !== undefined) {
    const { coding, content: delta } = found;
    warming.ready.push({ coding, bytes: delta.length, dictionary });
    return;
  }
  if (codings.length === 0) return miss("too-large-for-codec");
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
  if (typeof made === "string") return miss(made);
  warming.ready.push({ coding: made.coding, bytes: made.delta.length, dictionary });
}
