import { workerData } from "node:worker_threads";
import {
  createTurndownEngine,
  type ConfigureTurndown,
} from "../../features/markdown/turndown/index.ts";
import { answerJobs } from "./thread-pool.ts";
import type { TurndownData, TurndownJob, TurndownResult } from "./threaded-turndown.ts";

/** One thread of the pool: loads the operator's turndown rules once, and converts page after page. */
const engine = createTurndownEngine(await readOptions(workerData as TurndownData));

answerJobs(({ html, page, how }: TurndownJob): TurndownResult => {
  const converter = engine.open(page);
  const markdown = converter.push(html) + converter[how]();
  const { alternate, isScriptOnly, note, metas = [], explanation = [] } = converter;
  return { markdown, alternate, isScriptOnly, note, metas, explanation };
});

async function readOptions({ rules }: TurndownData) {
  if (rules === undefined) return {};
  const { default: configure } = (await import(rules)) as { readonly default: ConfigureTurndown };
  return { configure };
}
