import type { Exchange } from "../../pipeline/exchange.ts";
import type { Context } from "./context.ts";
import type { DeltaCoding } from "./decide.ts";
import { deltaKey } from "./group-state.ts";
import type { Offer } from "./offer.ts";
import { patiently } from "./patience.ts";
import type { DictionaryPolicy } from "./policy.ts";
import { splitTarget } from "../../http/target.ts";
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

/**
 * Finds a delta that exists, prebuilt or stored; "useless" if one was made and saved too little.
 *
 * @param content its SHA-256, in hexadecimal
 */
export async function findDelta(
  exchange: Exchange,
  content: string,
  offer: Offer & { kind: "eligible" },
  context: Context,
): Promise<CodedVariant | "useless" | undefined> {
  const { request, group, policy } = offer;
  if (request.kind !== "offered") return undefined;
  const { dictionary, preferred } = request;
  const built = policy.deltas === undefined ? undefined : context.builtIn(policy.deltas);
  const find = built && (() => built.find(content, dictionary, preferred));
  const ahead = find && (await patiently(find, BUILT_PATIENCE));
  // If the folder fails or hangs, a delta may be stored or can be made.
  if (ahead?.kind === "done" && ahead.value !== undefined) {
    return variantOf(ahead.value.coding, dictionary, ahead.value.content);
  }
  const state = await context.groups.state(group);
  const stored = await context.groups.delta(group, state, content, dictionary, preferred);
  if (typeof stored !== "object") return stored;
  const delta = deltaKey(content, dictionary, stored.coding);
  noteUse(exchange, offer, { dictionary, delta }, context);
  return variantOf(stored.coding, dictionary, stored.delta);
}

/** A delta as a variant, whose name is its coding and dictionary. */
export function variantOf(
  coding: DeltaCoding,
  dictionary: string,
  content: Uint8Array<ArrayBuffer>,
): CodedVariant {
  return { coding, name: `${coding}.${dictionary.slice(0, 8)}`, content };
}

/** Whether a delta that was built ahead proves that versions of this file are similar. */
export async function isBuilt(
  { target }: Exchange,
  { deltas }: DictionaryPolicy,
  { builtIn }: Context,
): Promise<boolean> {
  const built = deltas === undefined ? undefined : builtIn(deltas);
  if (built?.names === undefined) return false;
  const find = async () => built.names?.(splitTarget(target).path);
  const found = await patiently(find, BUILT_PATIENCE);
  return found.kind === "done" && found.value === true;
}
