import type { MarkdownConverter, MarkdownEngine, MarkdownOptions } from "../../feature/parts.ts";
import { streamEngine } from "../../features/markdown/stream/index.ts";
import { workInTurns } from "../../features/markdown/work-in-turns.ts";
import { DEFAULT_LIMITS } from "../../features/markdown/turndown/limits.ts";
import { nextTurn } from "../../timing/turns.ts";
import { threadPool, type ThreadPool } from "./thread-pool.ts";

/** What a thread gets at its start. */
export interface TurndownData {
  /** URL of the module that exports the operator's turndown rules. */
  readonly rules: string | undefined;
}

/** A job for a thread: a page to convert. */
export interface TurndownJob {
  readonly html: string;
  readonly page: MarkdownOptions;
  readonly how: "end" | "truncate";
}

/** The markdown of a page, and the facts about the page. */
export interface TurndownResult extends PageFacts {
  readonly markdown: string;
}

/** The facts about a page that its converter tells. */
type PageFacts = Pick<
  MarkdownConverter,
  "alternate" | "metas" | "isScriptOnly" | "note" | "explanation"
>;

export interface ThreadedTurndownOptions {
  /** URL of the module that exports the operator's turndown rules. */
  readonly rules?: string | undefined;
  /** Reports that a thread failed or was too slow; the standard engine converts the page. */
  readonly onFailed?: ((error: unknown) => void) | undefined;
}

/** Pages that wait for a thread, at most; the largest takes about a second. */
const WAITING = 8;
/** Milliseconds for a page with its time in the queue: half of the time of a stage. */
const TIMEOUT = 5000;
/** Characters of HTML that the standard engine converts in one turn. */
const BLOCK = 32 * 1024;

type Convert = (job: TurndownJob) => Promise<TurndownResult | undefined>;

/**
 * Creates the engine with turndown on threads, so that no other request waits for a conversion. The
 * stream engine converts the pages that the threads can't.
 */
export function threadedTurndown({
  rules,
  onFailed,
}: ThreadedTurndownOptions = {}): MarkdownEngine {
  const run: ThreadPool<TurndownJob, TurndownResult> = threadPool({
    source: "./turndown-worker.ts",
    compiled: "#turndown-worker",
    workerData: { rules } satisfies TurndownData,
    waiting: WAITING,
    timeout: TIMEOUT,
  });
  const convert: Convert = async (job) => {
    try {
      return await run(job);
    } catch (error) {
      onFailed?.(error);
      return undefined;
    }
  };
  return { name: "turndown", open: (page) => openThreaded(page, convert) };
}

function openThreaded(page: MarkdownOptions, convert: Convert): MarkdownConverter {
  /** The text that no engine has converted yet; `last` is the end of it. */
  let blocks: string[] = [];
  let last = "";
  let length = 0;
  let isEnded = false;
  let facts: PageFacts = {};
  /** Converts the page if the threads can't. */
  let fallback: MarkdownConverter<string> | undefined;

  const finish = async (how: "end" | "truncate"): Promise<string> => {
    if (isEnded) return "";
    isEnded = true;
    blocks.push(last);
    if (fallback === undefined) {
      const made = await convert({ html: blocks.join(""), page, how });
      if (made !== undefined) {
        facts = made;
        return made.markdown;
      }
    }
    const stream = (fallback ??= streamEngine.open(page));
    let markdown = "";
    for (const block of blocks) {
      markdown += stream.push(block);
      await nextTurn();
    }
    await workInTurns(stream);
    return markdown + stream[how]();
  };

  return {
    get alternate() {
      return (fallback ?? facts).alternate;
    },
    get metas() {
      return (fallback ?? facts).metas ?? [];
    },
    get isScriptOnly() {
      return (fallback ?? facts).isScriptOnly;
    },
    get note() {
      return (fallback ?? facts).note;
    },
    get explanation() {
      return (fallback ?? facts).explanation ?? [];
    },
    push(piece) {
      if (isEnded) return "";
      if (last.length + piece.length > BLOCK) {
        blocks.push(last);
        last = "";
      }
      last += piece;
      length += piece.length;
      if (length <= DEFAULT_LIMITS.size) return "";
      fallback ??= streamEngine.open(page);
      return fallback.push(blocks.shift() ?? "");
    },
    end: () => finish("end"),
    truncate: () => finish("truncate"),
  };
}
