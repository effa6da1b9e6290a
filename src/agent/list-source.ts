import { parseIpBlocks } from "./ip-blocks.ts";

/** The parts of an address list's source in the bot table. */
export interface ListSource {
  /** A URL, or the path of a file. */
  readonly location: string;
  /** The list in its document (RFC 6901, after "#"); "" if it is the document. */
  readonly pointer: string;
}

export function splitListSource(source: string): ListSource {
  const hash = source.indexOf("#/");
  if (hash === -1) return { location: source, pointer: "" };
  return { location: source.slice(0, hash), pointer: source.slice(hash + 1) };
}

export function isListUrl(source: string): boolean {
  return source.includes("://");
}

/** Whether a source is a file, not a URL or a block. */
export function isListFile(source: string): boolean {
  return !isListUrl(source) && parseIpBlocks(source) === undefined;
}
