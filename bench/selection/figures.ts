import { recall, words } from "../../scripts/corpus-words.ts";
import { textOf } from "../../test/features/markdown/outline.ts";
import type { Label } from "./pages.ts";

/** How markdown compares with a label; `of` are the numbers behind shares of sentences. */
export type Result =
  | {
      readonly kind: "sentences";
      readonly missed: readonly string[];
      readonly kept: readonly string[];
      readonly of: { readonly wanted: number; readonly unwanted: number };
    }
  | { readonly kind: "text"; readonly recall: number; readonly precision: number };

/** The text of markdown that a reader sees, with the signs of notes and the names of alerts. */
export function seenIn(markdown: string): string {
  const signs = [...markdown.matchAll(/\[\^([^\]]+)\](?!:)/g)].map(([, label]) => label);
  const text = markdown.replaceAll(
    /\[!([A-Z])([A-Z]+)\]/g,
    (_, first: string, rest: string) => first + rest.toLowerCase(),
  );
  return `${textOf(text)} ${signs.join(" ")}`;
}

/** Compares what a reader of markdown sees with a label. */
export function compare(markdown: string, label: Label): Result {
  if (label.kind === "text") {
    const given = words(seenIn(markdown));
    // An address without a text, as of a frame, is no word that is too many.
    const written = words(seenIn(markdown.replaceAll(/<https?:[^>\s]*>/g, " ")));
    return {
      kind: "text",
      recall: recall(label.words, given).share,
      precision: recall(written, label.words).share,
    };
  }
  const seen = plain(textOf(markdown));
  const isSeen = (sentence: string): boolean => seen.includes(plain(sentence));
  return {
    kind: "sentences",
    missed: label.wanted.filter((sentence) => !isSeen(sentence)),
    kept: label.unwanted.filter(isSeen),
    of: { wanted: label.wanted.length, unwanted: label.unwanted.length },
  };
}

/** The figures of pages: found and kept of all sentences; or the means of recall, precision and F1. */
export function summarize(results: readonly Result[]): string[] {
  const sentences = results.filter((result) => result.kind === "sentences");
  if (sentences.length > 0) {
    const sum = (pick: (result: (typeof sentences)[number]) => number) =>
      sentences.reduce((total, result) => total + pick(result), 0);
    const missed = sum(({ missed: list }) => list.length) / sum(({ of }) => of.wanted);
    const kept = sum(({ kept: list }) => list.length) / sum(({ of }) => of.unwanted);
    return [`found ${(1 - missed).toFixed(3)}`, `kept ${kept.toFixed(3)}`];
  }
  const texts = results.filter((result) => result.kind === "text");
  const mean = (pick: (result: (typeof texts)[number]) => number) =>
    (texts.reduce((total, result) => total + pick(result), 0) / texts.length).toFixed(3);
  return [
    `recall ${mean((result) => result.recall)}`,
    `precision ${mean((result) => result.precision)}`,
    `F1 ${mean(harmonic)}`,
  ];
}

/** How bad a result is, to find the worst pages. */
export function badness(result: Result): number {
  return result.kind === "text"
    ? 1 - harmonic(result)
    : result.missed.length * 2 + result.kept.length;
}

/** One line about a result. */
export function describe(result: Result): string {
  if (result.kind === "text")
    return `recall ${result.recall.toFixed(3)} precision ${result.precision.toFixed(3)}`;
  return `missed ${list(result.missed)} kept ${list(result.kept)}`;
}

function list(sentences: readonly string[]): string {
  return sentences.map((line) => JSON.stringify(line)).join(" ");
}

function harmonic(result: { readonly recall: number; readonly precision: number }): number {
  const sum = result.recall + result.precision;
  return sum === 0 ? 0 : (2 * result.recall * result.precision) / sum;
}

function plain(text: string): string {
  return text
    .normalize("NFC")
    .replaceAll(/[\u00AD\u200B\u2060\uFEFF]/g, "")
    .replaceAll(/\s+/g, " ")
    .trim();
}
