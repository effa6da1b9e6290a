import type { Exchange } from "../../pipeline/exchange.ts";
import type { Context } from "./context.ts";
import type { DeltaCoding } from "./decide.ts";
import { deltaKey } from "./group-state.ts";
import type { Offer } from "./offer.ts";
import { patiently } from "./patience.ts";
import { noteUse } from "./standings.ts";

/** Milliseconds for which a client waits for a prebuilt delta. */
const BUILT_PATIENCE = 1000;

/** The content of a resource in one coding. */
export interface CodedVariant {
  readonly coding: string;
  /** The variant's name in the ETag. */
  readonly name: string;
  readonly content: Uint8Array<ArrayBuffer>;
}

/** A delta that exists, or is known to save too little. */
type Found =
  | { readonly kind: "useless" }
  | { readonly kind: "found"; readonly variant: CodedVariant };

/** Finds a delta that exists, prebuilt or stored. @param content its SHA-256, in hexadecimal */
export async function findDelta(
  exchange: Exchange,
  content: string,
  offer: Offer & { kind: "eligible" },
  context: Context,
): Promise<Found | undefined> {
  const { request, offered, group, policy } = offer;
  if (request.kind !== "offered" || offered === undefined) return undefined;
  const built = policy.deltas === undefined ? undefined : context.builtIn(policy.deltas);
  const ahead =
    built &&
    (await patiently(() => built.find(content, offered, request.preferred), BUILT_PATIENCE));
  // If the folder fails or hangs, a delta may be stored or can be made.
  if (ahead?.kind === "done" && ahead.value !== undefined) {
    return found(ahead.value.coding, offered, ahead.value.content);
  }
  const state = await context.groups.state(group);
  const stored = await context.groups.delta(group, state, content, offered, request.preferred);
  if (stored?.kind !== "stored") return stored;
  const delta = deltaKey(content, offered, stored.coding);
  noteUse(exchange, offer, { dictionary: offered, delta }, context);
  return found(stored.coding, offered, stored.delta);
}

function found(coding: DeltaCoding, offered: string, content: Uint8Array<ArrayBuffer>): Found {
  return { kind: "found", variant: { coding, name: variantName(coding, offered), content } };
}

/** The name of a delta in the ETag: its coding and dictionary. */
export function variantName(coding: DeltaCoding, dictionary: string): string {
  return `${coding}.${dictionary.slice(0, 8)}`;
}
