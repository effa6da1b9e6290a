import { readFileSync } from "node:fs";
import { join } from "node:path";

const ASSETS = join(import.meta.dirname, "..", "..", "..", "..", "fixtures", "site", "assets");

/** A file of the demo site. */
export function asset(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(join(ASSETS, name)));
}

/** Random numbers from 0 to 1, the same for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const SYLLABLES =
  "ka lo mi ren tas vu del or ine ast qui ber fon gra hel jis pol zur wen yat".split(" ");

/** Sentences that no other seed has. */
export function prose(seed: number, sentences: number): string[] {
  const next = random(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;
  const word = () => Array.from({ length: 1 + Math.floor(next() * 3) }, () => pick(SYLLABLES));
  return Array.from({ length: sentences }, () => {
    const words = Array.from({ length: 8 + Math.floor(next() * 8) }, () => word().join(""));
    return `${words.join(" ")}. `;
  });
}

export function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Prose in which some sentences are another's; `share` 0 to 1. */
export function edited(seed: number, sentences: number, share: number): Uint8Array<ArrayBuffer> {
  const next = random(seed + 1);
  const others = prose(seed + 7919, sentences);
  const own = prose(seed, sentences);
  return bytes(own.map((each, i) => (next() < share ? others[i] : each)).join(""));
}

/** A page of one site: the same around other text. */
export function page(seed: number, sentences = 12): Uint8Array<ArrayBuffer> {
  const frame = prose(1, 60).map((text) => `<li><a href="/x">${text}</a></li>`);
  const text = prose(seed + 100, sentences).join("</p><p>");
  return bytes(`<!doctype html><title>${seed}</title><ul>${frame.join("\n")}</ul><p>${text}</p>`);
}

/** The three deploys of the demo site's bundle. */
export const V1 = asset("app.v1.js");
export const V2 = asset("app.v2.js");
export const V3 = asset("app.v3.js");

const TEXT = prose(1, 200);

/** Successive versions of one text. */
export function version(number: number): Uint8Array<ArrayBuffer> {
  return bytes(TEXT.with(number, "new ").join(""));
}
