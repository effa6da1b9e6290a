import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  builtDeltaName,
  parseBuiltDeltas,
  type BuiltDelta,
} from "../../features/compression/built.ts";
import { sha256, toHex } from "../../http/digest.ts";
import { UsageError } from "../usage.ts";
import type { BuildDelta } from "./encode.ts";
import type { Pair } from "./pair.ts";
import { readBytes, type BuiltFile } from "./walk.ts";

/** The result for one pair in one coding. */
export interface PairOutcome {
  readonly path: string;
  readonly from: string;
  readonly coding: BuiltDelta["coding"];
  /** Bytes of the new version, and of the new version in br (0 if not computed). */
  readonly contentLength: number;
  readonly plainLength: number;
  readonly result:
    | { readonly kind: "made" | "kept"; readonly delta: BuiltDelta }
    | { readonly kind: "skipped"; readonly reason: "no-gain"; readonly length: number }
    | { readonly kind: "skipped"; readonly reason: "refused" };
}

/** A delta must be smaller than this share of the content in br. */
const MARGIN = 0.9;

interface BuildOptions {
  readonly pairs: readonly Pair[];
  readonly folder: string;
  readonly encode: BuildDelta;
  readonly plainLength: (content: Uint8Array<ArrayBuffer>) => Promise<number>;
  /** Pairs that are encoded at the same time. */
  readonly width: number;
  readonly onProgress: (done: number, pair: Pair) => void;
}

/** Builds the deltas that are missing in a folder, and writes its `deltas.json`. */
export async function buildDeltas(options: BuildOptions): Promise<PairOutcome[]> {
  const { pairs, folder, width, onProgress } = options;
  await mkdir(folder, { recursive: true });
  const known = new Map((await readList(folder)).map((delta) => [delta.file, delta]));
  const outcomes: PairOutcome[][] = [];
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < pairs.length; at = next++) {
      const pair = pairs[at] as Pair;
      outcomes[at] = await buildPair(pair, known, options);
      onProgress(++done, pair);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, pairs.length) }, work));
  const all = outcomes.flat();
  const deltas = all.flatMap(({ result }) => ("delta" in result ? [result.delta] : []));
  deltas.sort((a, b) => (a.file < b.file ? -1 : 1));
  await write(folder, "deltas.json", `${JSON.stringify({ version: 1, deltas }, undefined, 2)}\n`);
  await removeOthers(folder, new Set(deltas.map(({ file }) => file)));
  return all;
}

async function buildPair(
  { file, from }: Pair,
  known: ReadonlyMap<string, BuiltDelta>,
  { folder, encode, plainLength }: BuildOptions,
): Promise<PairOutcome[]> {
  const about = { path: file.path, from: from.path };
  const names = { content: file.hash, contentLength: file.length, dictionary: from.hash };
  const outcomes: PairOutcome[] = [];
  let plain = 0;
  for (const coding of ["dcb", "dcz"] as const) {
    const add = (result: PairOutcome["result"]): void => {
      const { length: contentLength } = file;
      outcomes.push({ ...about, coding, contentLength, plainLength: plain, result });
    };
    const name = builtDeltaName(file.hash, from.hash, coding);
    const existing = known.get(name);
    if (existing !== undefined && (await isWhole(folder, existing))) {
      add({ kind: "kept", delta: { ...existing, ...names, ...about } });
      continue;
    }
    const [content, dictionary] = [await readAgain(file), await readAgain(from)];
    const delta = await encode(coding, content, dictionary);
    if (delta === undefined) {
      add({ kind: "skipped", reason: "refused" });
      continue;
    }
    plain ||= await plainLength(content);
    const { length } = delta;
    if (length >= plain * MARGIN) {
      add({ kind: "skipped", reason: "no-gain", length });
      continue;
    }
    await write(folder, name, delta);
    add({
      kind: "made",
      delta: { file: name, sha256: toHex(await sha256(delta)), length, ...names, coding, ...about },
    });
  }
  return outcomes;
}

/** Reads a file again; rejects if it has changed since it was hashed. */
async function readAgain({ place, hash }: BuiltFile): Promise<Uint8Array<ArrayBuffer>> {
  const content = await readBytes(place);
  if (toHex(await sha256(content)) !== hash)
    throw new UsageError(`${place} has changed while deltas were built; run the command again`);
  return content;
}

async function readList(folder: string): Promise<BuiltDelta[]> {
  const text = await readFile(join(folder, "deltas.json"), "utf8").catch(() => "");
  return parseBuiltDeltas(text) ?? [];
}

async function isWhole(
  folder: string,
  { file, sha256: hash, length }: BuiltDelta,
): Promise<boolean> {
  const content = await readBytes(join(folder, file)).catch(() => undefined);
  return content?.length === length && toHex(await sha256(content)) === hash;
}

/** Writes a file atomically. */
async function write(folder: string, name: string, content: string | Uint8Array): Promise<void> {
  const draft = join(folder, `.${randomUUID()}.tmp`);
  try {
    await writeFile(draft, content);
    await rename(draft, join(folder, name));
  } finally {
    await rm(draft, { force: true });
  }
}

/** Deletes deltas of earlier builds that are not listed. */
async function removeOthers(folder: string, listed: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(folder)) {
    const isOurs = /^[0-9a-f]{64}-[0-9a-f]{64}\.dc[bz]$/.test(name);
    if (isOurs && !listed.has(name)) await rm(join(folder, name), { force: true });
  }
}
