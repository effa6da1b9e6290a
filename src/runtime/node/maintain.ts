import type { Identification } from "../../agent/identification.ts";
import { secondsOf } from "../../timing/duration.ts";
import type { RulesFile } from "../../rules/schema.ts";

/** Keeps lists and key directories up to date: now, and by a timer that keeps no process alive. */
export function maintain(
  identification: Identification,
  { agents }: RulesFile,
): { readonly stop: () => void } {
  const { ipRanges } = agents;
  const interval = ipRanges === false ? DIRECTORIES_ONLY : secondsOf(ipRanges.refresh);
  void identification.restore().then(() => identification.refresh());
  const timer = setInterval(() => void identification.refresh(), interval * 1000);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

const DIRECTORIES_ONLY = 43_200;
