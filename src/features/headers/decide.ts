import { oncePer } from "../../http/once-per.ts";
import { OF_CACHES } from "./editable.ts";
import type { HeadersPolicy } from "./policy.ts";

/** Edits of one message, by lower-case name. */
export interface Edits {
  readonly set: readonly (readonly [name: string, value: string])[];
  readonly remove: readonly string[];
}

/** A policy's edits, as a message needs them. */
interface CompiledEdits {
  readonly request: Edits | undefined;
  readonly response: Edits | undefined;
  /** The edits of a response whose fields for caches must stay. */
  readonly sparing: Edits | undefined;
}

/** Compiles the edits of a policy, once for each. */
export const editsOf = oncePer(({ request, response }: HeadersPolicy): CompiledEdits => {
  const whole = compile(response);
  return { request: compile(request), response: whole, sparing: whole && spareCaches(whole) };
});

/**
 * Decides the edits of a response. A rule's fields for caches replace those of the origin server only if
 * no feature has changed them: otherwise a shared cache could store an answer that is for one client.
 *
 * @param received Cache-Control as it came from the origin server or the store; undefined if the response
 *   came from neither
 * @param present Cache-Control of the response as the features have left it
 */
export function decideResponse(
  policy: HeadersPolicy,
  received: { readonly cacheControl: string | undefined } | undefined,
  present: string | undefined,
): Edits | undefined {
  const { response, sparing } = editsOf(policy);
  return received !== undefined && received.cacheControl === present ? response : sparing;
}

/** The names in edits, for traces; values may be secrets. */
export function describeEdits({ set, remove }: Edits): Readonly<Record<string, string>> {
  const names = set.map(([name]) => name);
  return {
    ...(names.length === 0 ? {} : { set: names.join(", ") }),
    ...(remove.length === 0 ? {} : { remove: remove.join(", ") }),
  };
}

function compile({ set, remove }: HeadersPolicy["request"]): Edits | undefined {
  return unlessEmpty({
    set: Object.entries(set).map(([name, value]) => [name.toLowerCase(), value] as const),
    remove: remove.map((name) => name.toLowerCase()),
  });
}

function spareCaches({ set, remove }: Edits): Edits | undefined {
  return unlessEmpty({
    set: set.filter(([name]) => !OF_CACHES.has(name)),
    remove: remove.filter((name) => !OF_CACHES.has(name)),
  });
}

function unlessEmpty(edits: Edits): Edits | undefined {
  return edits.set.length + edits.remove.length === 0 ? undefined : edits;
}
