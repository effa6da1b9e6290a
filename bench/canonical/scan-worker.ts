// oxlint-disable unicorn/require-post-message-target-origin -- these are threads, not windows
import { parentPort, workerData } from "node:worker_threads";
import { Tokenizer, type TokenizerCallbacks } from "htmlparser2";
import { HeadScanner } from "../../src/features/canonical-redirect/head-scan.ts";

/** The subjects. The bare tokenizer, with its defaults, gets only the bytes that the scan reads. */
export const SUBJECTS = [
  "bare tokenizer",
  "bare tokenizer, no entities",
  "head scan",
  "head scan, the page in 64 KB pieces",
] as const;

export type Subject = (typeof SUBJECTS)[number];

/** Runs over the pages in one turn. */
const TURNS = 10;

const NOTHING = (): void => {};
const SILENT: TokenizerCallbacks = {
  onattribdata: NOTHING,
  onattribentity: NOTHING,
  onattribend: NOTHING,
  onattribname: NOTHING,
  oncdata: NOTHING,
  onclosetag: NOTHING,
  oncomment: NOTHING,
  ondeclaration: NOTHING,
  onend: NOTHING,
  onopentagend: NOTHING,
  onopentagname: NOTHING,
  onprocessinginstruction: NOTHING,
  onselfclosingtag: NOTHING,
  ontext: NOTHING,
  ontextentity: NOTHING,
};

interface Work {
  readonly name: Subject;
  readonly pages: readonly Uint8Array[];
  readonly heads: readonly Uint8Array[];
}

function bare(head: Uint8Array, options: { decodeEntities?: boolean }): void {
  const tokenizer = new Tokenizer(options, SILENT);
  tokenizer.write(new TextDecoder().decode(head));
  tokenizer.end();
}

function scan(page: Uint8Array, size: number): void {
  const scanner = new HeadScanner("utf-8");
  for (let at = 0; at < page.length; at += size) {
    if (scanner.push(page.subarray(at, at + size))) break;
  }
  scanner.end();
  scanner.links();
}

function subjectOf({ name, pages, heads }: Work): () => void {
  switch (name) {
    case "bare tokenizer":
      return () => heads.forEach((head) => bare(head, {}));
    case "bare tokenizer, no entities":
      return () => heads.forEach((head) => bare(head, { decodeEntities: false }));
    case "head scan":
      return () => heads.forEach((head) => scan(head, head.length));
    case "head scan, the page in 64 KB pieces":
      return () => pages.forEach((page) => scan(page, 65_536));
  }
}

if (parentPort !== null) {
  const run = subjectOf(workerData as Work);
  parentPort.on("message", () => {
    const start = performance.now();
    for (let turn = 0; turn < TURNS; turn++) run();
    parentPort?.postMessage((performance.now() - start) / TURNS);
  });
}
