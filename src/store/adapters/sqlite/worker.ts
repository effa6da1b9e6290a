// The thread of one database file: runs one call after another. See thread.ts.
import { chmodSync, mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import { isReported, messageOf } from "../../failures/reported.ts";
import { accountsIn } from "./accounts.ts";
import { historyIn } from "./history.ts";
import { Lasting } from "./lasting.ts";
import { replayIn } from "./replay.ts";
import { storeIn } from "./store.ts";
import {
  callOf,
  type CallResult,
  type Call,
  type Order,
  type ThreadData,
  type ThreadMessage,
} from "./thread.ts";

/** Methods that work if the file can only be read. */
const READS: ReadonlySet<string> = new Set(["get", "touch", "read", "peek", "balances", "entries"]);

const { path, holds, maxBytes, makesFolder, ...data } = workerData as ThreadData;
let { now } = data;
const clock = (): number => now;

const post = (message: ThreadMessage, moved: ArrayBuffer[] = []): void =>
  parentPort?.postMessage(message, moved);

// rate-limiter-flexible is loaded only for a file that counts.
const rates = holds === "rates" ? await import("./rates.ts") : undefined;

function partsIn(db: DatabaseSync): object {
  if (rates !== undefined) return { rates: rates.ratesIn(db, clock) };
  if (holds === "replay") return { replay: replayIn(db, clock) };
  if (holds === "accounts") return { accounts: accountsIn(db) };
  if (holds === "history") return { history: historyIn(db) };
  return storeIn(db, clock, maxBytes === undefined ? {} : { maxBytes });
}

const lasting = new Lasting<object>({
  path,
  now: clock,
  tell: (event) => post({ event }),
  prepare: makesFolder === true ? makePrivateFolder : undefined,
  isKept: holds === "accounts",
  build: partsIn,
});

parentPort?.on("message", ({ id, call, now: time }: Order) => {
  now = time;
  if (call !== undefined) {
    void answerTo(call).then((answer) => {
      const value = answer.kind === "value" ? answer.value : undefined;
      post({ id, answer }, value instanceof Uint8Array ? [value.buffer as ArrayBuffer] : []);
    });
    return;
  }
  lasting.close();
  parentPort?.close();
});

async function answerTo(call: Call): Promise<CallResult> {
  try {
    return await lasting.use(READS.has(call[1]) ? "read" : "write", async (parts) =>
      parts === undefined
        ? { kind: "memory" }
        : { kind: "value", value: await callOf(parts, call) },
    );
  } catch (error) {
    return { kind: "failed", why: messageOf(error), isReported: isReported(error) };
  }
}

function makePrivateFolder(): void {
  // Node tries forever to make a relative folder if the current one has been removed.
  const folder = dirname(resolve(path));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Earlier versions created them readable by everyone.
  for (const each of [dirname(folder), folder]) chmodSync(each, 0o700);
}
