// oxlint-disable unicorn/require-post-message-target-origin -- these are threads, not windows
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { HeadScanner } from "../../src/features/canonical-redirect/head-scan.ts";
import { median, ratio } from "./medians.ts";
import { SUBJECTS, type Subject } from "./scan-worker.ts";

const FLOORS: readonly Subject[] = ["bare tokenizer", "bare tokenizer, no entities"];

/** Prints the rate of the head scan over the heads of pages, against htmlparser2's bare tokenizer. */
export async function scanBench(rounds: number, more: string | undefined): Promise<void> {
  const pages = readPages(more);
  const heads = pages.map(headOf);
  const size = heads.reduce((sum, { length }) => sum + length, 0);
  // Each has its own isolate, so that the compiler's profile of one does not slow the others.
  const workers = new Map(SUBJECTS.map((name) => [name, start(name, pages, heads)]));
  const samples = new Map(SUBJECTS.map((name) => [name, [] as number[]]));
  for (let round = -20; round < rounds; round++) {
    for (const [name, worker] of workers) {
      const took = await ask(worker);
      if (round >= 0) samples.get(name)?.push(took);
    }
  }
  for (const worker of workers.values()) await worker.terminate();
  const costs = new Map([...samples].map(([name, took]) => [name as string, median(took)]));
  console.log(`${pages.length} pages with ${(size / 1024).toFixed(0)} KB of heads`);
  for (const [name, cost] of costs) {
    const rate = (size / 1024 / 1024 / (cost / 1000)).toFixed(0);
    const ratios = FLOORS.map((floor) => `${ratio(costs, floor, name)} × ${floor}`).join(", ");
    console.log(`${name.padEnd(36)} ${rate.padStart(5)} MB/s  ${ratios}`);
  }
}

/** Pages as bytes: all under fixtures, and those of a folder. */
function readPages(more: string | undefined): Uint8Array[] {
  const roots = [new URL("../../fixtures", import.meta.url).pathname, ...(more ? [more] : [])];
  return roots.flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: "utf8" })
      .filter((name) => /\.x?html?$/.test(name) && !name.includes("charsets"))
      .map((name) => new Uint8Array(readFileSync(join(root, name)))),
  );
}

/** The number of bytes of a page that the scanner reads. */
function headOf(page: Uint8Array): Uint8Array {
  const scanner = new HeadScanner("utf-8");
  for (let at = 0; at < page.length; at += 64) {
    if (scanner.push(page.subarray(at, at + 64))) return page.slice(0, at + 64);
  }
  return page;
}

function start(name: Subject, pages: readonly Uint8Array[], heads: readonly Uint8Array[]): Worker {
  return new Worker(new URL("scan-worker.ts", import.meta.url), {
    workerData: { name, pages, heads },
  });
}

function ask(worker: Worker): Promise<number> {
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.once("message", (took: number) => {
      worker.off("error", reject);
      resolve(took);
    });
    worker.postMessage("run");
  });
}
