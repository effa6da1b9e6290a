import type { ReadField } from "../../../http/fields.ts";
import { formatUseAsDictionary } from "../../../http/dictionary.ts";
import { escapePattern, starredFile } from "../auto/template.ts";

/** The part of a dictionary's name in place of a chunk's hash. */
const NAME = /wayleave-dictionary-(\d{1,6})/;

/** The chunks of one folder and type, whose names are nothing but a hash. */
export interface Chunks {
  /** URL Pattern of their paths, which also matches the address of their dictionary. */
  readonly match: string;
}

/**
 * The group of a chunk by its target in origin-form; undefined if only folders have versions.
 *
 * @param isImmutable see `templateOf`
 */
export function chunksOf(target: string, isImmutable = false): Chunks | undefined {
  const match = starredFile(target, isImmutable);
  return match === undefined || marking(match) === match ? undefined : { match };
}

/** The address of the dictionary of a deploy. */
export function addressOf({ match }: Chunks, deploy: number): string {
  return match.replace("*", `wayleave-dictionary-${deploy}`);
}

/** The group and the deploy of a dictionary's address; undefined if it is another address. */
export function parseAddress(
  target: string,
): { readonly chunks: Chunks; readonly deploy: number } | undefined {
  const found = target.length > 1024 ? null : NAME.exec(target);
  if (found === null) return undefined;
  const [name, deploy] = found;
  const before = target.slice(0, found.index);
  const match = `${escapePattern(before)}*${escapePattern(target.slice(found.index + name.length))}`;
  const chunks = chunksOf(`${before}0123456789abc${target.slice(found.index + name.length)}`);
  return chunks?.match === match ? { chunks, deploy: Number(deploy) } : undefined;
}

/**
 * The pattern that tells which deploy a client has: shorter than that of the dictionary, which
 * browsers prefer (RFC 9842 §2.2.3), and matching the same paths.
 */
function marking(match: string): string {
  return match.replace("*.", "*");
}

/** The value of Use-As-Dictionary of a chunk: it marks the deploy from which a client has chunks. */
export function markOf({ match }: Chunks, deploy: number): string {
  return formatUseAsDictionary({ match: marking(match), id: `w${deploy}` });
}

/** The value of Use-As-Dictionary of the dictionary of a deploy. */
export function useOf({ match }: Chunks, deploy: number): string {
  return formatUseAsDictionary({ match, id: `b${deploy}` });
}

/** The deploy in the client's Dictionary-ID: never trusted, it only saves bytes. */
export function deployOfClient(field: ReadField): number | undefined {
  const found = /^"[wb](\d{1,6})"$/.exec(field("dictionary-id") ?? "");
  return found === null ? undefined : Number(found[1]);
}
